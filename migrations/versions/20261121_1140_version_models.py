"""Models of meaning that can be changed while the house is lived in: vectors stand apart from the passages' text.

A passage is the text's alone, a vector is one model's reading of one text: a new model fills its vectors beside those
of the one that answers, the switch moves two rows of `embedding_models`, and a text that two records share, or that
comes back, is read once. Narrow rows also make the scan of a person's vectors cheaper: the text is not dragged along.
"""

from migrations.tables import WRITE, gate_function, own_table, run_sql

revision = "20261121_1140"
down_revision = "20261121_1130"

HEAD = "security definer set search_path = pg_catalog, public, pg_temp"

# `sealed_key` opens with the data directory's key only. Another document prefix is another space; what questions
# begin with, and how the provider is asked, may change without reading everything again.
DESCRIBE = """
alter table embedding_models
    add column address text not null default '',
    add column sealed_key text not null default '',
    add column query_prefix text not null default '',
    add column document_prefix text not null default '',
    add column asks_dimensions boolean not null default false,
    add column batch_size smallint not null default 32 check (batch_size between 1 and 256),
    add column timeout_seconds smallint not null default 30 check (timeout_seconds between 1 and 600),
    add column is_paused boolean not null default false,
    add column texts integer not null default 0,
    add column filled integer not null default 0,
    add column texts_a_second real,
    add column trouble text not null default '',
    add column changed_at timestamptz not null default now(),
    add column retired_at timestamptz,
    drop constraint embedding_models_provider_name_key,
    add unique (provider, address, name, dimensions, document_prefix)"""

VECTORS = """
create table vectors (
    user_id uuid not null references users (id) on delete cascade,
    model_id smallint not null references embedding_models (id) on delete cascade,
    text_hash bytea not null check (length(text_hash) = 32),
    embedding halfvec not null,
    primary key (user_id, model_id, text_hash)
)"""

# Up to now the newest of several active ones answered.
ONE_ANSWERS = """
update embedding_models set state = 'retired', retired_at = now()
 where state <> 'active' or id <> (select max(id) from embedding_models where state = 'active')"""

MOVE = """
insert into vectors (user_id, model_id, text_hash, embedding)
select distinct on (user_id, model_id, text_hash) user_id, model_id, text_hash, embedding from passages"""

DROP_OTHERS = """
delete from passages p where not exists (
    select from embedding_models m where m.id = p.model_id and m.state = 'active')"""

# Checked when the statement ends, so that one statement can move the answer from one row to another.
ONE_AT_A_TIME = [
    f"alter table embedding_models add constraint one_is_{state} exclude (state with =) where (state = '{state}') "
    "deferrable initially immediate"
    for state in ("active", "filling")
]

# Whose texts a model has not read, how many they have in all, and how many of them are missing.
GAPS = f"""
create function gate_gaps(model smallint) returns table (user_id uuid, texts bigint, missing bigint)
language sql stable {HEAD} as $$
    select t.user_id, count(*), count(*) filter (where v.text_hash is null)
      from (select distinct p.user_id, p.text_hash from passages p) t
      left join vectors v on v.user_id = t.user_id and v.model_id = model and v.text_hash = t.text_hash
     group by t.user_id order by t.user_id $$"""

# An administrator's choice: a model that is known is taken up again with what it has read so far.
CHOOSE = f"""
create function gate_choose_model(
    its_provider text, its_address text, its_name text, its_dimensions integer, its_document_prefix text,
    its_query_prefix text, its_key text, asks boolean, at_once smallint, seconds smallint
) returns smallint language plpgsql {HEAD} as $$
declare
    chosen smallint;
begin
    if gate_rank(app_user_id()) = 0 then
        return null;
    end if;
    update embedding_models set state = 'retired', retired_at = now() where state = 'filling';
    insert into embedding_models as m (provider, address, name, dimensions, document_prefix, query_prefix, sealed_key,
                                       asks_dimensions, batch_size, timeout_seconds, state)
    values (its_provider, its_address, its_name, its_dimensions, its_document_prefix, its_query_prefix, its_key,
            asks, at_once, seconds, 'filling')
    on conflict (provider, address, name, dimensions, document_prefix) do update
       set query_prefix = its_query_prefix, sealed_key = its_key, asks_dimensions = asks, batch_size = at_once,
           timeout_seconds = seconds, changed_at = now(), is_paused = false, trouble = '', retired_at = null,
           state = case m.state when 'active' then 'active' else 'filling' end
    returning id into chosen;
    return chosen;
end $$"""

STEER = f"""
create function gate_steer_model(model smallint, verb text) returns boolean language plpgsql {HEAD} as $$
begin
    if gate_rank(app_user_id()) = 0 then
        return false;
    end if;
    update embedding_models
       set is_paused = case verb when 'pause' then true when 'resume' then false else is_paused end,
           trouble = '', changed_at = now(),
           state = case verb when 'cancel' then 'retired' else state end,
           retired_at = case verb when 'cancel' then now() else retired_at end
     where id = model and state = 'filling' and verb in ('pause', 'resume', 'cancel');
    return found;
end $$"""


# At night: models that were given up, with all they read, and what was read of texts that are no more.
TIDY = f"""
create function gate_tidy_vectors(before timestamptz) returns bigint language plpgsql {HEAD} as $$
declare
    dropped bigint;
    stale bigint;
begin
    select count(*) into dropped from vectors v join embedding_models m on m.id = v.model_id
     where m.state = 'retired' and m.retired_at < before;
    delete from embedding_models where state = 'retired' and retired_at < before;
    delete from vectors v where not exists (
        select from passages p where p.user_id = v.user_id and p.text_hash = v.text_hash);
    get diagnostics stale = row_count;
    return dropped + stale;
end $$"""


def upgrade() -> None:
    run_sql(DESCRIBE, ONE_ANSWERS, *ONE_AT_A_TIME, VECTORS)
    run_sql(
        # A forced policy binds the owner too, who has no user here: lifted for this transaction.
        "alter table passages no force row level security",
        MOVE,
        DROP_OTHERS,
        "alter table passages drop constraint passages_pkey, drop column model_id, drop column embedding, "
        "add primary key (user_id, record_id, ordinal)",
        "alter table passages force row level security",
        "create index passages_by_text on passages (user_id, text_hash)",
        # Inline up to the page's end: a vector out of line costs a look-up for each that is compared.
        "alter table vectors alter column embedding set storage plain",
    )
    own_table("vectors", app="select, delete", worker=WRITE)
    run_sql(
        "create policy gate on passages for select to hearth_gate using (true)",
        "create policy gate on vectors to hearth_gate using (true)",
        "grant select on passages to hearth_gate",
        "grant select, delete on vectors to hearth_gate",
        "grant select, insert, update, delete on embedding_models to hearth_gate",
    )
    gate_function(GAPS, "gate_gaps(smallint)", "hearth_worker")
    signature = "text, text, text, integer, text, text, text, boolean, smallint, smallint"
    gate_function(CHOOSE, f"gate_choose_model({signature})", "hearth_app")
    gate_function(STEER, "gate_steer_model(smallint, text)", "hearth_app")
    gate_function(TIDY, "gate_tidy_vectors(timestamptz)", "hearth_worker")
