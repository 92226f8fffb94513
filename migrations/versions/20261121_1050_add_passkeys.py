"""Passkeys: keys that a person's devices keep, each good for one name of this house."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261121_1050"
down_revision = "20261121_1040"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# `relying_party` is the host's name that it was made under: a browser offers it under no other.
PASSKEYS = """
create table passkeys (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    credential_id bytea not null unique check (length(credential_id) between 1 and 1023),
    public_key bytea not null,
    sign_count bigint not null,
    transports text[] not null,
    backed_up boolean not null,
    relying_party text not null,
    name text not null check (length(name) between 1 and 100),
    created_at timestamptz not null default now(),
    last_used_at timestamptz
)"""

FIND = f"""
create function gate_find_passkey(credential_id bytea)
returns table (id uuid, user_id uuid, public_key bytea, relying_party text, status text) language sql stable {HEAD}
as $$ select p.id, p.user_id, p.public_key, p.relying_party, u.status
        from passkeys p join users u on u.id = p.user_id
       where p.credential_id = gate_find_passkey.credential_id $$"""

# A reset is for whoever lost their way in, or whose account is in wrong hands: no older way in stays open.
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
    return taken.for_user;
end $$"""


def upgrade() -> None:
    run_sql(PASSKEYS, "create index passkeys_of_user on passkeys (user_id)")
    own_table("passkeys", app="select, insert, delete")
    run_sql(
        "grant update (name, sign_count, backed_up, last_used_at) on passkeys to hearth_app",
        "create policy gate on passkeys to hearth_gate using (true) with check (true)",
        "grant select, delete on passkeys to hearth_gate",
    )
    gate_function(FIND, "gate_find_passkey(bytea)", "hearth_app")
    run_sql(RESET)
