"""The day's digest by e-mail: whether and when a person wants it, and one row for each day's."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261122_2210"
down_revision = "20261122_2200"

GATE = "security definer set search_path = pg_catalog, public, pg_temp"

# `digest_from` is the first day of which one is sent: whoever asks for it after its hour gets none for today.
SETTINGS = """
alter table users
    add column digest_mail boolean not null default false,
    add column digest_at time not null default '07:00',
    add column digest_from date"""

# One row for a person and a day, which is taken before anything is sent. `claimed` is being written and may be taken
# by another worker when its bearer died; `sending` is handed to the server, and is never taken again: whether that mail
# arrived nobody knows then, and twice is worse than told. `stop_hash` opens the link by which this mail ends all mails.
DIGESTS = """
create table digests (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    day date not null,
    state text not null default 'claimed' check (state in
        ('claimed', 'sending', 'sent', 'empty', 'failed', 'unknown')),
    attempts integer not null default 1,
    claimed_by text not null,
    claimed_until timestamptz not null,
    retry_at timestamptz,
    error text not null default '' check (length(error) <= 500),
    told integer not null default 0,
    left_out integer not null default 0,
    stop_hash bytea not null,
    ended_at timestamptz,
    unique (user_id, id),
    unique (user_id, day)
)"""

READERS = f"""
create function gate_digest_readers()
returns table (user_id uuid, time_zone text, digest_at time, digest_from date) language sql stable {GATE} as $$
    select u.id, u.time_zone, u.digest_at, u.digest_from from users u
     where u.status = 'active' and u.digest_mail order by u.id $$"""

# Whoever has the link; it says nothing of whose it was.
STOP = f"""
create function gate_stop_digest(stop_hash bytea) returns boolean language plpgsql {GATE} as $$
begin
    update users u set digest_mail = false
     where u.id = (select d.user_id from digests d where d.stop_hash = gate_stop_digest.stop_hash);
    return found;
end $$"""


def upgrade() -> None:
    run_sql(SETTINGS, "grant update (digest_mail, digest_at, digest_from) on users to hearth_app", DIGESTS)
    own_table("digests", app="select", worker="select, insert, update, delete")
    run_sql(
        "create policy gate on digests for select to hearth_gate using (true)",
        "grant select on digests to hearth_gate",
        "create index digests_stop on digests (stop_hash)",
    )
    gate_function(READERS, "gate_digest_readers()", "hearth_worker")
    gate_function(STOP, "gate_stop_digest(bytea)", "hearth_app")
