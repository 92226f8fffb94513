"""Topics under several names, merged topics and notes, what is filed by hand; the note list in other orders."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_1250"
down_revision = "20261122_1240"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# What was merged lies in the trash and stands for the other: `#old` in a text still means something, and undo needs
# no more than the two columns.
MERGED = (
    "alter table {table} add column merged_into uuid, "
    "add foreign key (user_id, merged_into) references {table} (user_id, id) on delete set null (merged_into), "
    "add constraint {table}_merged check (merged_into is null or deleted_at is not null)"
)
MERGED_TRIGGERS = (
    "create trigger keep_merged before update of deleted_at on {table} for each row "
    "when (new.deleted_at is null and new.merged_into is not null) execute function keep_merged()",
    "create trigger hand_over after update of merged_into on {table} for each row "
    "when (old.merged_into is distinct from new.merged_into) execute function hand_over()",
    "create index {table}_merged_into on {table} (user_id, merged_into) where merged_into is not null",
)

# Whoever takes it out of the trash has it back as its own.
KEEP_MERGED = f"""
create function keep_merged() returns trigger language plpgsql {HEAD} as $$
begin
    new.merged_into := null;
    return new;
end $$"""

# Its names and the links to it go along, and come back with it; `merged_from` says which those are.
HAND_OVER = f"""
create function hand_over() returns trigger language plpgsql {HEAD} as $$
begin
    if old.merged_into is not null then
        update entity_links l set target_id = new.id, merged_from = null
         where l.user_id = new.user_id and l.target_id = old.merged_into and l.merged_from = new.id
           and l.source_id <> new.id;
        delete from names n
         where n.record_id = old.merged_into and n.origin = 'alias' and n.merged_from = new.id;
    end if;
    if new.merged_into is not null then
        insert into names (user_id, record_id, folded, name, origin, merged_from)
        select n.user_id, new.merged_into, n.folded, n.name, 'alias', new.id from names n where n.record_id = new.id
        on conflict (record_id, folded) do nothing;
        update entity_links l set target_id = new.merged_into, merged_from = new.id
         where l.user_id = new.user_id and l.target_id = new.id and l.source_id <> new.merged_into
           and (l.origin = 'written' or not exists (
                select from entity_links o where o.source_id = l.source_id and o.relation = l.relation
                   and o.target_id = new.merged_into and o.origin = l.origin));
    end if;
    return null;
end $$"""

# Every short name by which a topic is or was known. `folded` is for matching alone: #café and #cafe are one.
TOPIC_SLUGS = """
create table topic_slugs (
    user_id uuid not null,
    slug text not null check (slug <> ''),
    folded text not null,
    topic_id uuid not null,
    created_at timestamptz not null default now(),
    primary key (user_id, slug),
    foreign key (user_id, topic_id) references topics (user_id, id) on delete cascade
)"""

# A name that an undo takes away was never meant.
NAME_TOPIC = f"""
create function name_topic() returns trigger language plpgsql {HEAD} as $$
begin
    if tg_op = 'UPDATE' and current_setting('app.actor', true) = 'undo' then
        delete from topic_slugs s where s.user_id = new.user_id and s.slug = old.slug and s.topic_id = new.id;
    end if;
    insert into topic_slugs (user_id, slug, folded, topic_id)
    values (new.user_id, new.slug, fold_text(new.slug), new.id)
    on conflict (user_id, slug) do update set topic_id = excluded.topic_id;
    return null;
end $$"""

# What a person filed by hand. `record_topics` follows, beside what texts and properties say; the log and undo know
# of these rows as they know of folders.
FILINGS = """
create table filings (
    id uuid primary key default uuidv7(),
    user_id uuid not null,
    record_id uuid not null,
    topic_id uuid not null,
    created_at timestamptz not null default now(),
    deleted_at timestamptz,
    unique (user_id, id),
    unique (record_id, topic_id),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade,
    foreign key (user_id, topic_id) references topics (user_id, id) on delete cascade
)"""
KEEP_FILED = f"""
create function keep_filed() returns trigger language plpgsql {HEAD} as $$
begin
    if tg_op <> 'INSERT' then
        delete from record_topics rt
         where rt.record_id = old.record_id and rt.topic_id = old.topic_id and rt.origin = 'manual';
    end if;
    if tg_op <> 'DELETE' and new.deleted_at is null then
        insert into record_topics (user_id, record_id, topic_id, origin)
        values (new.user_id, new.record_id, new.topic_id, 'manual') on conflict do nothing;
    end if;
    return null;
end $$"""

# A merged topic that leaves the trash for ever leaves its names and records to the other.
BEQUEATH = f"""
create function bequeath_topic() returns trigger language plpgsql security definer {HEAD} as $$
begin
    if exists (select from users u where u.id = old.user_id) then
        update topic_slugs s set topic_id = old.merged_into where s.topic_id = old.id;
        insert into record_topics (user_id, record_id, topic_id, origin, created_at)
        select rt.user_id, rt.record_id, old.merged_into, rt.origin, rt.created_at from record_topics rt
         where rt.topic_id = old.id and rt.origin <> 'manual' on conflict do nothing;
        update filings f set topic_id = old.merged_into
         where f.topic_id = old.id and not exists (
               select from filings o where o.record_id = f.record_id and o.topic_id = old.merged_into);
    end if;
    return old;
end $$"""

LIFTED = ("topics", "record_topics")


def upgrade() -> None:
    run_sql(*(f"alter table {table} no force row level security" for table in LIFTED))
    run_sql(
        TOPIC_SLUGS, FILINGS,
        "insert into topic_slugs (user_id, slug, folded, topic_id, created_at) "
        "select user_id, slug, fold_text(slug), id, created_at from topics",
        "insert into filings (user_id, record_id, topic_id, created_at) "
        "select user_id, record_id, topic_id, created_at from record_topics where origin = 'manual'",
    )  # fmt: skip
    run_sql(*(f"alter table {table} force row level security" for table in LIFTED))
    own_table("topic_slugs", app=WRITE, worker=WRITE)
    own_table("filings", app=WRITE, worker=WRITE)
    for table in ("entity_links", "names"):
        run_sql(f"alter table {table} add column merged_from uuid")
    run_sql(KEEP_MERGED, HAND_OVER)
    for table in ("topics", "notes"):
        run_sql(MERGED.format(table=table), *(trigger.format(table=table) for trigger in MERGED_TRIGGERS))
    run_sql(
        NAME_TOPIC, KEEP_FILED, BEQUEATH,
        "create index topic_slugs_by_folded on topic_slugs (user_id, folded)",
        "create index topic_slugs_of_topic on topic_slugs (user_id, topic_id)",
        "create index filings_of_topic on filings (user_id, topic_id)",
        "create trigger name_topic after insert or update of slug on topics "
        "for each row execute function name_topic()",
        "create trigger bequeath_topic before delete on topics for each row "
        "when (old.merged_into is not null) execute function bequeath_topic()",
        "create trigger company_changed after insert or update or delete on filings "
        "for each row execute function company_changed('filing')",
        "create trigger keep_filed after insert or update or delete on filings "
        "for each row execute function keep_filed()",
        "create index topics_by_label on topics (user_id, lower(label), id) where deleted_at is null",
        # It was without the id, by which a page of the list goes on.
        "drop index notes_by_creation",
        "create index notes_by_creation on notes (user_id, created_at desc, id desc) where deleted_at is null",
        "create index names_by_title on names (user_id, folded, record_id) where origin = 'title'",
        r"create index notes_untitled on notes (user_id, id) where title !~ '\S'",
        "drop index record_heat_warmest",
        "create index record_heat_warmest on record_heat (user_id, warmth desc, record_id desc)",
        "revoke execute on function bequeath_topic from public",
    )  # fmt: skip
