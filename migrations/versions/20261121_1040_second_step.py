"""A second step at sign-in: a code by the clock, and codes on paper for the day the phone is gone."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261121_1040"
down_revision = "20261121_1030"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# It counts from when it was confirmed with a first code. `last_step` is the newest half-minute whose code was
# used: no code is taken twice.
SECOND_STEPS = """
create table second_steps (
    user_id uuid primary key references users (id) on delete cascade,
    secret text not null,
    confirmed_at timestamptz,
    last_step bigint not null default 0,
    created_at timestamptz not null default now()
)"""

RECOVERY_CODES = """
create table recovery_codes (
    user_id uuid not null references users (id) on delete cascade,
    code_hash bytea not null check (length(code_hash) = 32),
    created_at timestamptz not null default now(),
    primary key (user_id, code_hash)
)"""

SECRET = f"""
create function gate_second_step(someone uuid) returns text language sql stable {HEAD}
as $$ select secret from second_steps where user_id = someone and confirmed_at is not null $$"""

USE_STEP = f"""
create function gate_use_step(someone uuid, step bigint) returns boolean language sql {HEAD}
as $$ with used as (update second_steps set last_step = step where user_id = someone and last_step < step returning 1)
      select exists (select from used) $$"""

USE_RECOVERY = f"""
create function gate_use_recovery(someone uuid, hash bytea) returns boolean language sql {HEAD}
as $$ with used as (delete from recovery_codes where user_id = someone and code_hash = hash returning 1)
      select exists (select from used) $$"""

# Whoever lost the phone and the paper comes back by a reset, which an administrator makes: it lifts the second step.
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
    return taken.for_user;
end $$"""


def upgrade() -> None:
    run_sql(SECOND_STEPS, RECOVERY_CODES)
    for table in ("second_steps", "recovery_codes"):
        own_table(table, app="select, insert, update, delete")
        run_sql(
            f"create policy gate on {table} to hearth_gate using (true) with check (true)",
            f"grant select, update, delete on {table} to hearth_gate",
        )
    gate_function(SECRET, "gate_second_step(uuid)", "hearth_app")
    gate_function(USE_STEP, "gate_use_step(uuid, bigint)", "hearth_app")
    gate_function(USE_RECOVERY, "gate_use_recovery(uuid, bytea)", "hearth_app")
    run_sql(RESET)
