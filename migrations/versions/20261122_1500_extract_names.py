"""Names by their first and last words; entities; names that were seen and nobody bears yet; links that say more."""

from migrations.tables import READ, WRITE, gate_function, own_table, record_table, run_sql

revision = "20261122_1500"
down_revision = "20261122_1460"

HEAD = "set search_path = pg_catalog, public, pg_temp"
GATE = f"security definer {HEAD}"

# The worker asks for the names that begin (or, behind a title, end) with a word of a text. A function in an index is
# not leakproof, so under a policy it would not be reached: the words are columns.
WORDS_OF_NAMES = r"""
alter table names
    add column first_word text generated always as
        (case when folded ~ '^[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]'
              then left(folded, 1) else substring(folded from '[[:alnum:]]+') end) stored,
    add column last_word text generated always as (substring(folded from '([[:alnum:]]+)[^[:alnum:]]*$')) stored"""

# What was merged lies in the trash and stands for another record, of whatever kind: a person, a topic, an entity.
ENTITY_COLUMNS = """
    name text not null check (name <> ''),
    normalised_name text not null check (normalised_name <> ''),
    entity_type text not null check (entity_type in ('person', 'organisation', 'project', 'location', 'topic')),
    description text not null default '',
    properties jsonb not null default '{}',
    first_seen timestamptz,
    last_seen timestamptz,
    merged_into uuid,
    check (merged_into is null or deleted_at is not null)"""

# Derived from the texts, and no record: what only one or two texts name is in no list, no search and no graph.
SIGHTINGS = """
create table sightings (
    user_id uuid not null,
    record_id uuid not null,
    folded text not null check (folded <> ''),
    name text not null,
    type text not null check (type in ('person', 'organisation', 'location', 'date', 'domain')),
    confidence real not null check (confidence between 0 and 1),
    times integer not null default 1,
    evidence text not null default '',
    anchor text not null,
    seen_at timestamptz not null,
    primary key (record_id, type, folded),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# By which names a record's mentions were last looked for: where they differ now, its mentions are looked for anew.
NAME_MARKS = """
create table name_marks (
    record_id uuid primary key,
    user_id uuid not null,
    names text[] not null,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

QUEUE = f"""
create function queue_connect(ids uuid[]) returns void language sql {GATE} as $$
    insert into pipeline as p (record_id, slot, user_id, seq, backlog)
    select r.id, 'connect', r.user_id, nextval(pg_get_serial_sequence('public.change_log', 'seq')), true
      from records r where r.user_id = app_user_id() and r.id = any(ids) and r.deleted_at is null
     order by r.id
    on conflict on constraint pipeline_pkey do update
       set seq = excluded.seq, attempts = 0, error = null, parked_at = null;
    select pg_notify('hearth_pipeline', '');
$$"""

# A record that comes, goes or is called otherwise is looked at by the connect slot, which looks for its mentions.
RENAMED = f"""
create function name_changed() returns trigger language plpgsql {GATE} as $$
declare
    one record := case when tg_op = 'DELETE' then old else new end;
begin
    insert into pipeline as p (record_id, slot, user_id, seq)
    select r.id, 'connect', r.user_id, nextval(pg_get_serial_sequence('public.change_log', 'seq'))
      from records r where r.user_id = one.user_id and r.id = case tg_argv[0] when 'names'
           then (to_jsonb(one) ->> 'record_id')::uuid else (to_jsonb(one) ->> 'id')::uuid end
    on conflict on constraint pipeline_pkey do update
       set seq = excluded.seq, backlog = false, due_at = now(), attempts = 0, error = null, parked_at = null;
    return null;
end $$"""

# Which records hold one of these words, by the text index, which row-level security cannot reach by itself.
SAYING = f"""
create function gate_records_saying(said text[]) returns setof uuid
language plpgsql stable {GATE} set enable_seqscan = off as $$
declare
    me uuid := app_user_id();
    part text;
    wanted tsquery;
begin
    foreach part in array said loop
        wanted := phraseto_tsquery('simple', part);
        if numnode(wanted) > 0 then
            return query select w.record_id from record_words w where w.words @@ wanted and w.user_id = me;
        end if;
    end loop;
end $$"""

# As before, and what was found or made by hand goes too, though it keeps the name it was found by.
UNLINK = f"""
create or replace function unlink_ends() returns trigger language plpgsql {HEAD} as $$
begin
    delete from entity_links l
     where l.user_id = old.user_id and l.target_id = old.id and l.origin <> 'written';
    return old;
end $$"""

# Only what a person did to it by hand is a deed that History shows and an undo takes back: what the connect slot makes
# follows the texts.
BY_HAND = (
    "when (pg_trigger_depth() = 0 and new.origin in ('manual', 'extracted') "
    "and current_setting('app.actor', true) in ('person', 'undo'))"
)
KINDS = ("contacts", "topics", "entities")


def upgrade() -> None:
    run_sql(WORDS_OF_NAMES)
    record_table("entities", kind="entity", title="name", body="description", columns=ENTITY_COLUMNS)
    run_sql(SIGHTINGS, NAME_MARKS)
    own_table("sightings", app=WRITE, worker=WRITE)
    own_table("name_marks", app=READ, worker=WRITE)
    run_sql(
        QUEUE, RENAMED, UNLINK,
        "revoke execute on function queue_connect, name_changed from public",
        "grant execute on function queue_connect to hearth_app, hearth_worker",
        "alter table entity_links add column accepted_at timestamptz, add unique (user_id, id)",
        "alter table entities add foreign key (user_id, merged_into) references records (user_id, id) "
        "on delete set null (merged_into)",
        "create index names_by_first_word on names (user_id, first_word)",
        "create index names_by_last_word on names (user_id, last_word)",
        # One that was thrown away is not made again, and one that was merged means the other.
        "create unique index entities_by_name on entities (user_id, normalised_name, entity_type)",
        "create index entities_merged_into on entities (user_id, merged_into) where merged_into is not null",
        "create index sightings_by_name on sightings (user_id, type, folded)",
        "create trigger keep_merged before update of deleted_at on entities for each row "
        "when (new.deleted_at is null and new.merged_into is not null) execute function keep_merged()",
        "create trigger hand_over after update of merged_into on entities for each row "
        "when (old.merged_into is distinct from new.merged_into) execute function hand_over()",
        # A title changes with its record, which the slot looks at anyway.
        "create trigger name_came after insert on names for each row when (new.origin <> 'title') "
        "execute function name_changed('names')",
        "create trigger name_went after delete on names for each row when (old.origin <> 'title') "
        "execute function name_changed('names')",
        f"create trigger company_changed after insert on entity_links for each row {BY_HAND} "
        "execute function company_changed('link')",
        f"create trigger company_updated after update on entity_links for each row {BY_HAND} "
        "execute function company_changed('link')",
    )  # fmt: skip
    for table in KINDS:
        run_sql(
            f"create trigger name_came_or_went after update of deleted_at on {table} for each row "
            "when (old.deleted_at is distinct from new.deleted_at) execute function name_changed('record')"
        )
    gate_function(SAYING, "gate_records_saying(text[])", "hearth_worker")
