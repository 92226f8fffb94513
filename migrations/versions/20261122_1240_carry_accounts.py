"""Accounts come and go whole: what the import of an export may ask, what the worker may write."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261122_1240"
down_revision = "20261122_1230"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# Whether an id is free must be asked across users: the registry would else be written over for another's record.
# Nothing of theirs is shown; whoever asks knew the id before.
TAKEN = f"""
create function gate_taken_ids(ids uuid[]) returns setof uuid language sql stable {HEAD}
as $$ select r.id from records r where r.id = any(ids) $$"""

LIVES_HERE = f"""
create function gate_lives_here(someone uuid) returns boolean language sql stable {HEAD}
as $$ select exists (select from users u where u.id = someone) $$"""

# Archives that a browser asked for. The worker makes them; they are kept a day, in the data directory.
EXPORTS = """
create table exports (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    has_history boolean not null default false,
    state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'failed', 'gone')),
    done integer not null default 0,
    total integer,
    size bigint,
    error text not null default '',
    attempts integer not null default 0,
    claimed_by text,
    claimed_until timestamptz,
    created_at timestamptz not null default now(),
    ended_at timestamptz
)"""

# The oldest that waits, or whose worker is gone.
LEASE = f"""
create function gate_lease_export(worker text, seconds integer)
returns table (id uuid, user_id uuid, has_history boolean, attempts integer) language sql {HEAD}
as $$ with next as (
          select e.id from exports e
           where e.state = 'waiting' or e.state = 'running' and coalesce(e.claimed_until, '-infinity') < now()
           order by e.created_at limit 1 for update skip locked)
      update exports e
         set state = 'running', claimed_by = worker, claimed_until = now() + make_interval(secs => seconds),
             attempts = e.attempts + 1
        from next where e.id = next.id
      returning e.id, e.user_id, e.has_history, e.attempts $$"""

# Tells which ones still have their archives.
GIVE_UP = f"""
create function gate_give_up_exports(before timestamptz) returns setof uuid language plpgsql {HEAD} as $$
begin
    update exports set state = 'gone' where state = 'done' and ended_at < before;
    delete from exports where state in ('gone', 'failed') and created_at < before - interval '30 days';
    return query select e.id from exports e where e.state in ('waiting', 'running', 'done');
end $$"""


def upgrade() -> None:
    gate_function(TAKEN, "gate_taken_ids(uuid[])", "hearth_app, hearth_worker")
    gate_function(LIVES_HERE, "gate_lives_here(uuid)", "hearth_app, hearth_worker")
    run_sql(EXPORTS)
    own_table("exports", app="select, insert", worker="select, update")
    run_sql(
        "create policy gate on exports to hearth_gate using (true) with check (true)",
        "grant select, update, delete on exports to hearth_gate",
        "create index exports_of_user on exports (user_id, created_at desc)",
        # A press of the button while one is being made asks for nothing more.
        "create unique index exports_one_at_work on exports (user_id) where state in ('waiting', 'running')",
    )
    gate_function(LEASE, "gate_lease_export(text, integer)", "hearth_worker")
    gate_function(GIVE_UP, "gate_give_up_exports(timestamptz)", "hearth_worker")
    run_sql(
        "grant select, insert, update on saved_searches, search_history, property_definitions to hearth_worker",
        "grant update (time_zone, locale, theme, density, motion, week_start, keeps_searches, updated_at) "
        "on users to hearth_worker",
    )
