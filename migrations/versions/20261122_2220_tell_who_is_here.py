"""Whether somebody is here: what a page asks for by itself does not say so."""

from migrations.tables import gate_function, run_sql

revision = "20261122_2220"
down_revision = "20261122_2210"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# As before (20261122_1410), but for `app.unattended`, which a request sets that no person made (app/web/auth.py): a
# page left open must not keep the house from thinking.
OPEN_SESSION = f"""
create function gate_open_session(token_hash bytea)
returns table (user_id uuid, session_id uuid, role text, name text, locale text, time_zone text, theme text,
               density text, motion text, week_start smallint, leaves_at timestamptz, waiting integer)
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
    if found_session.last_seen_at < now() - interval '5 minutes'
       and coalesce(current_setting('app.unattended', true), '') = '' then
        update sessions s set last_seen_at = now() where s.id = found_session.id;
    end if;
    return query select u.id, found_session.id, u.role, c.full_name, u.locale, u.time_zone, u.theme, u.density,
                        u.motion, u.week_start, u.leaves_at, inbox_size(u.id)
      from users u join contacts c on c.user_id = u.id and c.is_self
     where u.id = found_session.user_id and u.status = 'active';
end $$"""


def upgrade() -> None:
    run_sql("drop function gate_open_session(bytea)")
    gate_function(OPEN_SESSION, "gate_open_session(bytea)", "hearth_app")
