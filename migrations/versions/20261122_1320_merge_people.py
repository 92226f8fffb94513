"""Several people become one, and one again; two of whom a person said that they are not the same."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261122_1320"
down_revision = "20261122_1340"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# As topics and notes (20261122_1250): whoever was merged lies in the trash and stands for the other.
MERGED = (
    "alter table contacts add column merged_into uuid, "
    "add foreign key (user_id, merged_into) references contacts (user_id, id) on delete set null (merged_into), "
    "add constraint contacts_merged check (merged_into is null or deleted_at is not null and not is_self)",
    "create trigger keep_merged before update of deleted_at on contacts for each row "
    "when (new.deleted_at is null and new.merged_into is not null) execute function keep_merged()",
    "create trigger hand_over after update of merged_into on contacts for each row "
    "when (old.merged_into is distinct from new.merged_into) execute function hand_over()",
    "create index contacts_merged_into on contacts (user_id, merged_into) where merged_into is not null",
)

# The rows of other kinds that name a person (`Kind.people`) are changed as any change is, so that each one's history
# has it and undo puts it back. A list keeps its order, and names nobody twice.
RENAME = f"""
create function name_instead(tbl regclass, col text, gone uuid[], kept uuid) returns void language plpgsql {HEAD} as $$
begin
    if (select a.atttypid = 'uuid[]'::regtype from pg_attribute a where a.attrelid = tbl and a.attname = col) then
        execute format(
            'update %s t set %I = array(select w.id from (
                    select case when u = any($1) then $2 else u end as id, min(n) as n
                      from unnest(t.%I) with ordinality l(u, n) group by 1) w order by w.n)
              where user_id = (select app_user_id()) and %I && $1', tbl, col, col, col) using gone, kept;
    else
        execute format('update %s set %I = $2 where user_id = (select app_user_id()) and %I = any($1)', tbl, col, col)
        using gone, kept;
    end if;
end $$"""

# `one` is the smaller id. With an id and a deleted_at, so that the log and undo know it as they know of filings.
DISTINCTIONS = """
create table distinctions (
    id uuid primary key default uuidv7(),
    user_id uuid not null,
    one uuid not null,
    other uuid not null,
    created_at timestamptz not null default now(),
    deleted_at timestamptz,
    unique (user_id, id),
    unique (one, other),
    check (one < other),
    foreign key (user_id, one) references contacts (user_id, id) on delete cascade,
    foreign key (user_id, other) references contacts (user_id, id) on delete cascade
)"""

# Whoever writes it names the two in any order: an import gives them other ids, and so another order.
ORDER_TWO = """
create function order_two() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    less uuid := least(new.one, new.other);
begin
    new.other := greatest(new.one, new.other);
    new.one := less;
    return new;
end $$"""

# A note that became a person lies in the trash and stands for them, as what was merged does (20261122_1250).
BECAME = (
    "alter table notes add column became_contact_id uuid, "
    "add foreign key (user_id, became_contact_id) references contacts (user_id, id) "
    "on delete set null (became_contact_id), "
    "add constraint notes_became check (became_contact_id is null or deleted_at is not null)",
    f"""
create function keep_became() returns trigger language plpgsql {HEAD} as $$
begin
    new.became_contact_id := null;
    return new;
end $$""",
    f"""
create function become_person() returns trigger language plpgsql {HEAD} as $$
begin
    if old.became_contact_id is not null then
        update entity_links l set target_id = new.id, merged_from = null
         where l.user_id = new.user_id and l.target_id = old.became_contact_id and l.merged_from = new.id
           and l.source_id <> new.id;
        delete from names n
         where n.record_id = old.became_contact_id and n.origin = 'alias' and n.merged_from = new.id;
    end if;
    if new.became_contact_id is not null then
        insert into names (user_id, record_id, folded, name, origin, merged_from)
        select n.user_id, new.became_contact_id, n.folded, n.name, 'alias', new.id
          from names n where n.record_id = new.id
        on conflict (record_id, folded) do nothing;
        update entity_links l set target_id = new.became_contact_id, merged_from = new.id
         where l.user_id = new.user_id and l.target_id = new.id and l.source_id <> new.became_contact_id
           and (l.origin = 'written' or not exists (
                select from entity_links o where o.source_id = l.source_id and o.relation = l.relation
                   and o.target_id = new.became_contact_id and o.origin = l.origin));
    end if;
    return null;
end $$""",
    "create trigger keep_became before update of deleted_at on notes for each row "
    "when (new.deleted_at is null and new.became_contact_id is not null) execute function keep_became()",
    "create trigger become_person after update of became_contact_id on notes for each row "
    "when (old.became_contact_id is distinct from new.became_contact_id) execute function become_person()",
    "create index notes_became on notes (user_id, became_contact_id) where became_contact_id is not null",
)


def upgrade() -> None:
    run_sql(*MERGED, RENAME, DISTINCTIONS, *BECAME)
    own_table("distinctions", app=WRITE, worker=WRITE)
    run_sql(
        ORDER_TWO,
        "create trigger order_two before insert or update of one, other on distinctions "
        "for each row execute function order_two()",
    )
    run_sql(
        "create index distinctions_of_other on distinctions (user_id, other)",
        "create trigger company_changed after insert or update or delete on distinctions "
        "for each row execute function company_changed('distinction')",
    )
