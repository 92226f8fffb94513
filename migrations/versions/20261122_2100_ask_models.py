"""A language model that the house may ask, and a line for each call: what it sent where, without a word of it."""

from migrations.tables import gate_function, own_table, run_sql

revision = "20261122_2100"
down_revision = "20261122_2010"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# One or none. `sealed_key` opens with the data directory's key only; prices are for a million tokens.
MODEL = """
create table language_model (
    id smallint primary key default 1 check (id = 1),
    provider text not null check (provider in ('ollama', 'openai')),
    address text not null,
    name text not null,
    sealed_key text not null default '',
    is_local boolean not null,
    timeout_seconds smallint not null default 120 check (timeout_seconds between 1 and 900),
    price_in numeric(12, 4) not null default 0 check (price_in >= 0),
    price_out numeric(12, 4) not null default 0 check (price_out >= 0),
    changed_at timestamptz not null default now()
)"""

# Written before anything is sent, and ended when something came: a worker that dies in between leaves it `sent`, which
# is what happened. No key leads from `record_ids` to the records: what was sent stays told when a record is no more.
CALLS = """
create table model_calls (
    id uuid primary key default uuidv7(),
    user_id uuid not null references users (id) on delete cascade,
    purpose text not null check (length(purpose) between 1 and 60),
    provider text not null,
    model text not null,
    host text not null,
    is_local boolean not null,
    record_ids uuid[] not null default '{}',
    state text not null default 'sent' check (state in ('sent', 'answered', 'unusable', 'failed', 'cut')),
    error text not null default '',
    tokens_in integer not null default 0 check (tokens_in >= 0),
    tokens_out integer not null default 0 check (tokens_out >= 0),
    is_guessed boolean not null default false,
    cost numeric(12, 6) not null default 0 check (cost >= 0),
    milliseconds integer not null default 0 check (milliseconds >= 0),
    at timestamptz not null default now(),
    unique (user_id, id)
)"""

# How far a person's records may go to a model outside of the house: none of them, those that nothing marks, or the
# delicate ones too. What is critical never does. And nights have tokens to spend now: 0 were none to count.
SETTINGS = """
alter table users
    add column may_leave text not null default 'nothing' check (may_leave in ('nothing', 'normal', 'high')),
    alter column sleep_tokens set default 50000"""

CHOOSE = f"""
create function gate_choose_language_model(
    its_provider text, its_address text, its_name text, its_key text, stays boolean, seconds smallint,
    in_price numeric, out_price numeric
) returns boolean language plpgsql {HEAD} as $$
begin
    if gate_rank(app_user_id()) = 0 then
        return false;
    end if;
    insert into language_model as m (provider, address, name, sealed_key, is_local, timeout_seconds, price_in,
                                     price_out)
    values (its_provider, its_address, its_name, its_key, stays, seconds, in_price, out_price)
    on conflict (id) do update
       set provider = its_provider, address = its_address, name = its_name, sealed_key = its_key, is_local = stays,
           timeout_seconds = seconds, price_in = in_price, price_out = out_price, changed_at = now();
    return true;
end $$"""

GIVE_UP = f"""
create function gate_give_up_language_model() returns boolean language plpgsql {HEAD} as $$
begin
    if gate_rank(app_user_id()) = 0 then
        return false;
    end if;
    delete from language_model;
    return true;
end $$"""


def upgrade() -> None:
    run_sql(
        MODEL, CALLS, SETTINGS,
        "alter table users no force row level security",
        "update users set sleep_tokens = 50000 where sleep_tokens = 0",
        "alter table users force row level security",
        "grant update (may_leave) on users to hearth_app, hearth_worker",
        "grant select on language_model to hearth_app, hearth_worker",
        "grant select, insert, update, delete on language_model to hearth_gate",
        "create index model_calls_of on model_calls (user_id, at desc)",
    )  # fmt: skip
    # Nobody who serves pages may change what was logged.
    own_table("model_calls", app="select, insert", worker="select, insert, update, delete")
    gate_function(
        CHOOSE, "gate_choose_language_model(text, text, text, text, boolean, smallint, numeric, numeric)", "hearth_app"
    )
    gate_function(GIVE_UP, "gate_give_up_language_model()", "hearth_app")
