"""Personal tokens: how a program reaches what one person keeps, as far as they let it."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261121_1060"
down_revision = "20261121_1050"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# The token itself is nowhere. Each has an end, so that one that was forgotten somewhere stops opening doors.
TOKENS = """
create table personal_tokens (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    name text not null check (name <> '' and length(name) <= 100),
    token_hash bytea not null unique check (length(token_hash) = 32),
    scopes text[] not null check (scopes <> '{}' and scopes <@ array['read', 'write', 'capture']),
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    last_used_at timestamptz
)"""

# Sets the user for the rest of the caller's transaction, as gate_open_session does.
OPEN_TOKEN = f"""
create function gate_open_token(token_hash bytea)
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
    update personal_tokens t set last_used_at = now()
     where t.id = found_token.id and coalesce(t.last_used_at, '-infinity') < now() - interval '1 minute';
    return query select u.id, found_token.id, found_token.name, found_token.scopes, found_token.expires_at, c.full_name,
                        u.locale, u.time_zone
      from users u join contacts c on c.user_id = u.id and c.is_self where u.id = found_token.user_id;
end $$"""

# As before, and besides: a reset is for an account that may be in wrong hands, and its tokens with it.
RESET = f"""
create or replace function gate_reset(token_hash bytea, password_hash text) returns uuid language plpgsql {HEAD} as $$
declare
    taken account_links%rowtype;
begin
    delete from account_links l where l.token_hash = gate_reset.token_hash and l.purpose = 'reset'
       and l.expires_at > now() and gate_rank(l.user_id) > 0 returning * into taken;
    if taken.id is null then
        return null;
    end if;
    update users u set password_hash = gate_reset.password_hash, updated_at = now() where u.id = taken.for_user;
    delete from sessions s where s.user_id = taken.for_user;
    delete from second_steps s where s.user_id = taken.for_user;
    delete from recovery_codes c where c.user_id = taken.for_user;
    delete from passkeys p where p.user_id = taken.for_user;
    delete from personal_tokens t where t.user_id = taken.for_user;
    return taken.for_user;
end $$"""


def upgrade() -> None:
    run_sql(TOKENS, "create index personal_tokens_of_user on personal_tokens (user_id)")
    own_table("personal_tokens", app="select, insert, delete")
    run_sql(
        "create policy gate on personal_tokens to hearth_gate using (true) with check (true)",
        "grant select, update, delete on personal_tokens to hearth_gate",
    )
    gate_function(OPEN_TOKEN, "gate_open_token(bytea)", "hearth_app")
    run_sql(RESET)
