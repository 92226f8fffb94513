"""While nobody is there: what a person allows the house to think at night, and each stretch of it as a row."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261122_1900"
down_revision = "20261122_1800"

HEAD = "set search_path = pg_catalog, public, pg_temp"
GATE = f"security definer {HEAD}"

# What is off is named, so that a kind that comes with a newer house is on. Sessions say every five minutes that
# somebody is there: nobody is asleep sooner.
SETTINGS = """
alter table users
    add column sleeps boolean not null default true,
    add column sleep_seconds integer not null default 600 check (sleep_seconds between 10 and 36000),
    add column sleep_rows integer not null default 20000 check (sleep_rows between 100 and 10000000),
    add column sleep_tokens integer not null default 0 check (sleep_tokens between 0 and 100000000),
    add column sleep_from time not null default '22:00',
    add column sleep_until time not null default '07:00',
    add column sleep_idle_minutes integer not null default 20 check (sleep_idle_minutes between 6 and 1440),
    add column sleep_without text[] not null default '{}' check (cardinality(sleep_without) <= 200)"""
COLUMNS = "sleeps, sleep_seconds, sleep_rows, sleep_tokens, sleep_from, sleep_until, sleep_idle_minutes, sleep_without"

# A row is one stretch of work, which begins and ends once: whoever goes on where it stopped is another row that
# `resumes` it. So what a night has spent is the sum of its rows, and what broke off stays told. `seq_from` and `seq_to`
# are the changes that it looks at, `day` the day that it prepares.
RUNS = """
create table sleep_runs (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    kind text not null check (length(kind) between 1 and 60),
    state text not null default 'running' check (state in
        ('waiting', 'running', 'done', 'woken', 'spent', 'morning', 'stopped', 'interrupted', 'failed')),
    is_asked boolean not null default false,
    is_dry boolean not null default false,
    night date not null,
    day date not null,
    seq_from bigint not null default 0,
    seq_to bigint not null default 0,
    cursor jsonb not null default '{}',
    resumes uuid,
    attempts integer not null default 1,
    worked_ms bigint not null default 0,
    rows bigint not null default 0,
    tokens bigint not null default 0,
    cost numeric(12, 6) not null default 0,
    output jsonb not null default '{}',
    error text not null default '',
    claimed_by text,
    claimed_until timestamptz,
    stop_asked_at timestamptz,
    began_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    ended_at timestamptz,
    unique (user_id, id),
    foreign key (user_id, resumes) references sleep_runs (user_id, id) on delete set null (resumes)
)"""

# Whoever has the page open hears of it (app/web/live.py); it names no record, but whose nights they are.
TELL = f"""
create function tell_sleep() returns trigger language plpgsql {HEAD} as $$
begin
    perform pg_notify('hearth_changes', concat_ws(' ', new.user_id, new.user_id, '0'));
    return null;
end $$"""

# A worker that died says nothing any more: what it was at is told as interrupted, at the moment it was last heard.
INTERRUPT = f"""
create function gate_interrupt_sleep() returns bigint language plpgsql {GATE} as $$
declare
    found_any bigint;
begin
    update sleep_runs set state = 'interrupted', ended_at = updated_at, claimed_by = null
     where state = 'running' and claimed_until < now();
    get diagnostics found_any = row_count;
    return found_any;
end $$"""

# Who lives here and is not being thought for: since when nobody saw them, and whether they asked.
SLEEPERS = f"""
create function gate_sleepers() returns table (user_id uuid, time_zone text, seen_at timestamptz, has_asked boolean)
language sql stable {GATE} as $$
    select u.id, u.time_zone,
           (select max(s.last_seen_at) from sessions s where s.user_id = u.id),
           exists (select from sleep_runs r where r.user_id = u.id and r.state = 'waiting') as has_asked
      from users u
     where u.status = 'active'
       and not exists (select from sleep_runs r where r.user_id = u.id and r.state = 'running')
     order by 4 desc, 3 nulls first, 1 $$"""

LAST_SEEN = f"""
create function gate_last_seen() returns timestamptz language sql stable {GATE} as $$
    select max(s.last_seen_at) from sessions s where s.user_id = app_user_id() $$"""


def upgrade() -> None:
    run_sql(SETTINGS, f"grant update ({COLUMNS}) on users to hearth_app, hearth_worker", RUNS)
    own_table("sleep_runs", app="select, insert, update", worker="select, insert, update, delete")
    run_sql(
        TELL,
        "create policy gate on sleep_runs to hearth_gate using (true) with check (true)",
        "grant select, update on sleep_runs to hearth_gate",
        "create index sleep_runs_of on sleep_runs (user_id, began_at desc)",
        "create index sleep_runs_of_night on sleep_runs (user_id, night)",
        "create index sleep_runs_at_work on sleep_runs (claimed_until) where state in ('waiting', 'running')",
        "create unique index sleep_runs_one on sleep_runs (user_id) where state = 'running'",
        "create unique index sleep_runs_asked on sleep_runs (user_id, kind) where state = 'waiting'",
        "create trigger tell_sleep after insert or update of state, rows on sleep_runs "
        "for each row execute function tell_sleep()",
        "revoke execute on function tell_sleep from public",
    )
    gate_function(INTERRUPT, "gate_interrupt_sleep()", "hearth_worker")
    gate_function(SLEEPERS, "gate_sleepers()", "hearth_worker")
    gate_function(LAST_SEEN, "gate_last_seen()", "hearth_worker")
