"""Address books for phones: passwords of their own, the names of cards, and how far back the change log reaches."""

from migrations.tables import own_table, run_sql

revision = "20261122_1330"
# Both, since the people's parts were built side by side.
down_revision = "20261122_1360"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# The name that a client gave to a card is its address for ever, also after the person was deleted for ever: other
# clients are told by it that the card is gone. So no key points at the contact.
CARD_NAMES = """
create table card_names (
    user_id uuid not null references users (id) on delete cascade,
    name text not null check (length(name) between 1 and 255),
    contact_id uuid not null,
    primary key (user_id, name),
    unique (user_id, contact_id)
)"""

# Whoever shortens the change log takes away what a client that was last here before would have to hear.
LOG_FLOORS = """
create table log_floors (
    user_id uuid primary key references users (id) on delete cascade,
    xid xid8 not null
)"""

LOG_SHORTENED = f"""
create function log_shortened() returns trigger language plpgsql {HEAD} as $$
begin
    insert into log_floors (user_id, xid)
    select g.user_id, max(g.xid) from gone g join users u on u.id = g.user_id group by g.user_id
    on conflict on constraint log_floors_pkey do update set xid = greatest(log_floors.xid, excluded.xid);
    return null;
end $$"""

# As before, and besides: the password of an address book lasts as long as it is used at least once a year.
OPEN_TOKEN = f"""
create or replace function gate_open_token(token_hash bytea)
returns table (user_id uuid, token_id uuid, token_name text, scopes text[], expires_at timestamptz, name text,
               locale text, time_zone text) language plpgsql {HEAD} as $$
declare
    found_token personal_tokens%rowtype;
begin
    select t.* into found_token from personal_tokens t join users u on u.id = t.user_id and u.status = 'active'
     where t.token_hash = gate_open_token.token_hash and t.expires_at > now();
    if not found then
        return;
    end if;
    perform set_config('app.user_id', found_token.user_id::text, true);
    -- To the minute is enough to tell whether it is in use, and most requests then write nothing.
    update personal_tokens t
       set last_used_at = now(),
           expires_at = case when t.scopes = array['people'] then greatest(t.expires_at, now() + interval '1 year')
                             else t.expires_at end
     where t.id = found_token.id and coalesce(t.last_used_at, '-infinity') < now() - interval '1 minute';
    return query select u.id, found_token.id, found_token.name, found_token.scopes, found_token.expires_at, c.full_name,
                        u.locale, u.time_zone
      from users u join contacts c on c.user_id = u.id and c.is_self where u.id = found_token.user_id;
end $$"""


def upgrade() -> None:
    run_sql(
        CARD_NAMES, LOG_FLOORS,
        "alter table personal_tokens drop constraint personal_tokens_scopes_check",
        "alter table personal_tokens add constraint personal_tokens_scopes_check "
        "check (scopes <> '{}' and scopes <@ array['read', 'write', 'capture', 'people'])",
        # Clients follow the log by transactions (app/dav/positions.py).
        "create index change_log_followed on change_log (user_id, xid, seq)",
        LOG_SHORTENED,
        # A record that is deleted for ever says so in the log itself: that is within another trigger.
        "create trigger log_shortened after delete on change_log referencing old table as gone "
        "for each statement when (pg_trigger_depth() = 0) execute function log_shortened()",
        OPEN_TOKEN,
    )  # fmt: skip
    own_table("card_names", app="select, insert, update, delete", worker="select")
    own_table("log_floors", app="select", worker="select")
