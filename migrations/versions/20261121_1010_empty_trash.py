"""The end of things: deleting for ever, what the nightly chores may ask across users, and their log."""

from migrations.tables import gate_function, run_sql

revision = "20261121_1010"
down_revision = "20261121_1000"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# Only what is in the trash; the trigger takes its history along. Runs as its caller, under the caller's policy.
DELETE_FOREVER = """
create function delete_forever(target regclass, ids uuid[]) returns integer language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
declare
    gone integer;
begin
    execute format('delete from %s where id = any($1) and deleted_at is not null', target) using ids;
    get diagnostics gone = row_count;
    return gone;
end $$"""

USERS_WITH_TRASH = f"""
create function gate_users_with_trash(before timestamptz) returns setof uuid language sql stable {HEAD}
as $$ select distinct user_id from records where deleted_at < before $$"""

BLOBS_IN_USE = f"""
create function gate_blobs_in_use(names text[]) returns setof text language sql stable {HEAD}
as $$ select distinct sha256 from attachments where sha256 = any(names) $$"""

# Nothing in it belongs to a user: when each chore of the house last ran and what came of it.
CHORES = """
create table chores (
    name text primary key,
    began_at timestamptz not null,
    ended_at timestamptz,
    is_well boolean,
    output text not null default ''
)"""


def upgrade() -> None:
    run_sql(
        DELETE_FOREVER, CHORES,
        "grant select on chores to hearth_app",
        "grant select, insert, update on chores to hearth_worker",
        "create policy gate on records for select to hearth_gate using (true)",
        "create policy gate on attachments for select to hearth_gate using (true)",
        "grant select on records, attachments to hearth_gate",
        "create index attachments_by_content on attachments (sha256)",
        "create index attachments_of_record on attachments (user_id, record_id) where record_id is not null",
        "grant delete on attachments to hearth_worker",
    )  # fmt: skip
    gate_function(USERS_WITH_TRASH, "gate_users_with_trash(timestamptz)", "hearth_worker")
    gate_function(BLOBS_IN_USE, "gate_blobs_in_use(text[])", "hearth_worker")
