"""How each person wants their pages, and what holds for the whole house."""

from migrations.tables import gate_function, run_sql

revision = "20261121_1070"
down_revision = "20261121_1060"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# On the user's row, because every page needs them and opening the session reads that row anyway.
# `week_start` is the ISO number of a day, 0 as the language has it.
PREFERENCES = """
alter table users
    add column theme text not null default 'system' check (theme in ('system', 'light', 'dark')),
    add column density text not null default 'calm' check (density in ('calm', 'dense')),
    add column motion text not null default 'system' check (motion in ('system', 'still')),
    add column week_start smallint not null default 0 check (week_start in (0, 1, 6, 7)),
    add column leaves_at timestamptz"""

# Only what somebody changed has a row; app/core/house.py knows the types and what holds without one.
HOUSE_SETTINGS = """
create table house_settings (
    name text primary key,
    value jsonb not null,
    changed_at timestamptz not null default now()
)"""

CHANGE_HOUSE = f"""
create function gate_change_house(name text, value jsonb) returns boolean language plpgsql {HEAD} as $$
begin
    if gate_rank(app_user_id()) = 0 then
        return false;
    end if;
    insert into house_settings as h (name, value) values (name, value)
    on conflict on constraint house_settings_pkey do update set value = excluded.value, changed_at = now();
    return true;
end $$"""

# As before, with what every page has to know about its reader.
OPEN_SESSION = f"""
create function gate_open_session(token_hash bytea)
returns table (user_id uuid, session_id uuid, role text, name text, locale text, time_zone text, theme text,
               density text, motion text, week_start smallint, leaves_at timestamptz)
language plpgsql {HEAD} as $$
declare
    found_session sessions%rowtype;
begin
    select s.* into found_session from sessions s
     where s.token_hash = gate_open_session.token_hash and s.expires_at > now();
    if not found then
        return;
    end if;
    perform set_config('app.user_id', found_session.user_id::text, true);
    if found_session.last_seen_at < now() - interval '5 minutes' then
        update sessions s set last_seen_at = now() where s.id = found_session.id;
    end if;
    return query select u.id, found_session.id, u.role, c.full_name, u.locale, u.time_zone, u.theme, u.density,
                        u.motion, u.week_start, u.leaves_at
      from users u join contacts c on c.user_id = u.id and c.is_self
     where u.id = found_session.user_id and u.status = 'active';
end $$"""


def upgrade() -> None:
    run_sql(
        PREFERENCES, HOUSE_SETTINGS,
        "grant update (theme, density, motion, week_start) on users to hearth_app",
        "grant select on house_settings to hearth_app, hearth_worker",
        "grant select, insert, update on house_settings to hearth_gate",
        "drop function gate_open_session(bytea)",
    )  # fmt: skip
    gate_function(OPEN_SESSION, "gate_open_session(bytea)", "hearth_app")
    gate_function(CHANGE_HOUSE, "gate_change_house(text, jsonb)", "hearth_app")
