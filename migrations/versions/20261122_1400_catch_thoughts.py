"""Captures: what was caught before anybody knew where it belongs."""

from migrations.tables import record_table, run_sql

revision = "20261122_1400"
down_revision = "20261122_1330"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# One state at a time: waiting (neither processed nor discarded), filed, discarded (which lies in the trash). The title
# is that of what it points at, or a mail's subject; what has none is shown by its first line. `client_id` was made by
# whoever sent it, so that sending it again catches nothing twice.
COLUMNS = """
    title text not null default '',
    content text not null default '',
    capture_type text not null default 'thought'
        check (capture_type in ('idea', 'thought', 'todo', 'link', 'quote', 'snippet', 'question', 'other')),
    is_type_chosen boolean not null default false,
    url text,
    processed_at timestamptz,
    processed_as text,
    processed_id uuid,
    discarded_at timestamptz,
    snoozed_until timestamptz,
    client_id uuid,
    unique (user_id, client_id),
    foreign key (user_id, processed_id) references records (user_id, id) on delete set null (processed_id),
    constraint captures_one_state check (num_nonnulls(processed_at, discarded_at) <= 1),
    constraint captures_filed check ((processed_at is null) = (processed_as is null)
        and (processed_id is null or processed_at is not null)),
    constraint captures_discarded check (discarded_at is null or deleted_at is not null),
    constraint captures_snoozed check (snoozed_until is null or num_nonnulls(processed_at, discarded_at) = 0)"""

# Whoever takes one out of the trash has it in the inbox again.
TAKE_BACK = f"""
create function take_back_capture() returns trigger language plpgsql {HEAD} as $$
begin
    new.discarded_at := null;
    return new;
end $$"""

# What became of it names what it was: the structural link follows the column, whoever writes it, an undo too.
RELATE = f"""
create function relate_filed() returns trigger language plpgsql {HEAD} as $$
begin
    delete from entity_links l
     where l.user_id = new.user_id and l.target_id = new.id and l.origin = 'structural'
       and l.relation = 'filed_from' and l.source_id is distinct from new.processed_id;
    insert into entity_links (user_id, source_id, target_id, relation, origin, created_by)
    select new.user_id, r.id, new.id, 'filed_from', 'structural', 'person'
      from records r where r.user_id = new.user_id and r.id = new.processed_id and r.id <> new.id
    on conflict (source_id, relation, target_id, origin) where origin <> 'written' do nothing;
    return null;
end $$"""


def upgrade() -> None:
    record_table("captures", kind="capture", title="title", body="content", columns=COLUMNS)
    run_sql(
        TAKE_BACK, RELATE,
        "create trigger take_back_capture before update of deleted_at on captures for each row "
        "when (new.deleted_at is null and new.discarded_at is not null) execute function take_back_capture()",
        # After record_changed, by their names: a link's end stands in the registry first.
        "create trigger relate_filed_new after insert on captures for each row "
        "when (new.processed_id is not null) execute function relate_filed()",
        "create trigger relate_filed after update of processed_id on captures for each row "
        "when (new.processed_id is distinct from old.processed_id) execute function relate_filed()",
        "create index captures_waiting on captures (user_id, created_at, id) "
        "where processed_at is null and discarded_at is null and deleted_at is null",
        "create index captures_filed_as on captures (user_id, processed_id) where processed_id is not null",
        "create index captures_caught on captures (user_id, created_at)",
        "create index captures_settled on captures (user_id, processed_at) where processed_at is not null",
    )  # fmt: skip
