"""Feeds: an address that is a key, for a calendar that cannot sign in."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261122_1360"
down_revision = "20261122_1350"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# The key itself is nowhere. One feed of a kind, so that a new address ends the old one.
FEEDS = """
create table feeds (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    purpose text not null check (purpose in ('birthdays')),
    token_hash bytea not null unique check (length(token_hash) = 32),
    created_at timestamptz not null default now(),
    last_used_at timestamptz,
    unique (user_id, purpose)
)"""

# Sets the user for the rest of the caller's transaction, as gate_open_session does.
OPEN_FEED = f"""
create function gate_open_feed(token_hash bytea, purpose text)
returns table (user_id uuid, locale text, time_zone text) language plpgsql {HEAD} as $$
declare
    found_feed feeds%rowtype;
begin
    select f.* into found_feed from feeds f join users u on u.id = f.user_id and u.status = 'active'
     where f.token_hash = gate_open_feed.token_hash and f.purpose = gate_open_feed.purpose;
    if not found then
        return;
    end if;
    perform set_config('app.user_id', found_feed.user_id::text, true);
    update feeds f set last_used_at = now()
     where f.id = found_feed.id and coalesce(f.last_used_at, '-infinity') < now() - interval '1 hour';
    return query select u.id, u.locale, u.time_zone from users u where u.id = found_feed.user_id;
end $$"""


def upgrade() -> None:
    run_sql(FEEDS)
    own_table("feeds", app="select, insert, delete")
    run_sql(
        "create policy gate on feeds to hearth_gate using (true) with check (true)",
        "grant select, update on feeds to hearth_gate",
    )
    gate_function(OPEN_FEED, "gate_open_feed(bytea, text)", "hearth_app")
