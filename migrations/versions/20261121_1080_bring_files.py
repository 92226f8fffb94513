"""Imports by the browser: what was sent, how far each is, and the worker's way to find whose waits."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261121_1080"
down_revision = "20261121_1075"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# `received` is the truth of how much has come; `action_id` is given here, so that an import that a killed worker
# left is gone on with as the same action, and undone as one.
IMPORTS = """
create table imports (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    name text not null check (length(name) between 1 and 200),
    fingerprint text not null default '' check (length(fingerprint) <= 200),
    size bigint not null check (size > 0),
    received bigint not null default 0 check (received between 0 and size),
    state text not null default 'uploading'
        check (state in ('uploading', 'waiting', 'running', 'done', 'cancelled', 'failed')),
    action_id uuid not null default gen_random_uuid(),
    done integer not null default 0,
    total integer,
    report jsonb not null default '{}',
    error text not null default '',
    attempts integer not null default 0,
    claimed_by text,
    claimed_until timestamptz,
    cancel_asked_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    began_at timestamptz,
    ended_at timestamptz
)"""

# The oldest that waits, or whose worker is gone; one of each user at a time. One worker asks at a time, or two could
# each take one of the same user's.
LEASE = f"""
create function gate_lease_import(worker text, seconds integer)
returns table (id uuid, user_id uuid, name text, action_id uuid, attempts integer, began_at timestamptz)
language plpgsql {HEAD} as $$
begin
    perform pg_advisory_xact_lock(hashtext('hearth.lease_import'));
    return query
    with next as (
        select i.id from imports i
         where (i.state = 'waiting' or i.state = 'running' and coalesce(i.claimed_until, '-infinity') < now())
           and not exists (select from imports o where o.user_id = i.user_id and o.id <> i.id and o.state = 'running'
                              and o.claimed_until >= now())
         order by i.state = 'waiting', i.created_at limit 1)
    update imports i
       set state = 'running', claimed_by = worker, claimed_until = now() + make_interval(secs => seconds),
           attempts = i.attempts + 1, began_at = coalesce(i.began_at, now()), updated_at = now()
      from next where i.id = next.id
    returning i.id, i.user_id, i.name, i.action_id, i.attempts, i.began_at;
end $$"""

# Uploads that nobody went on with are given up; tells which ones still need their files.
GIVE_UP = f"""
create function gate_give_up_imports(before timestamptz) returns setof uuid language plpgsql {HEAD} as $$
begin
    update imports set state = 'cancelled', ended_at = now(), updated_at = now()
     where state = 'uploading' and updated_at < before;
    return query select i.id from imports i where i.state in ('uploading', 'waiting', 'running');
end $$"""


def upgrade() -> None:
    run_sql(IMPORTS)
    own_table("imports", app="select, insert, update", worker="select, update")
    run_sql(
        "create policy gate on imports to hearth_gate using (true) with check (true)",
        "grant select, update on imports to hearth_gate",
        "create index imports_of_user on imports (user_id, created_at desc)",
        "create index imports_at_work on imports (created_at) where state in ('uploading', 'waiting', 'running')",
        # The worker imports too, as one user at a time: what it did not need until now.
        "grant insert on folders to hearth_worker",
        "grant insert, update on attachments to hearth_worker",
        # This day in other years.
        "create index notes_by_creation on notes (user_id, created_at) where deleted_at is null",
    )
    gate_function(LEASE, "gate_lease_import(text, integer)", "hearth_worker")
    gate_function(GIVE_UP, "gate_give_up_imports(timestamptz)", "hearth_worker")
