"""Undo for every kind: what was undone by what, values put back as they were, attention that can be taken back."""

from migrations.tables import WRITE, own_table, run_sql

revision = "20261121_1000"
down_revision = "20261121_0940"

# Append-only: an undo is an action like any other and can itself be undone.
UNDOINGS = """
create table undoings (
    action_id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    undoes uuid not null,
    at timestamptz not null default now()
)"""

IS_UNDONE = """
create function is_undone(action uuid) returns boolean language sql stable
set search_path = pg_catalog, public, pg_temp
as $$ select exists (select from undoings u where u.undoes = action and not is_undone(u.action_id)) $$"""

# What made a record warm, one row each: its sum is record_heat, and an undo takes its rows out of the sum.
# `seq` is the change that counted, null for a visit; `carried` stands for the warmth from before this table.
ATTENTION = """
create table attention (
    id bigint generated always as identity primary key,
    user_id uuid not null,
    record_id uuid not null,
    seq bigint,
    reason text not null check (reason in ('create', 'edit', 'open', 'sync', 'carried')),
    weight double precision not null check (weight > 0),
    at timestamptz not null,
    is_undone boolean not null default false,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# raw = 2^(warmth - t / half-life), dated now: the same warmth by the same formula (app/heat/warmth.py).
CARRY = """
insert into attention (user_id, record_id, seq, reason, weight, at)
select user_id, record_id, null, 'carried',
       power(2, greatest(warmth - extract(epoch from now() - '2020-01-01T00:00:00Z'::timestamptz) / 604800, -900)),
       now()
  from record_heat where warmth > -1e5"""

# Sets columns of one record back to `wanted` where they still are as `expected` (a column that is not in it is set
# whatever stands there). Gives the columns that it left alone, null when the record is gone. Runs as its caller.
PUT_BACK = """
create function put_back(target regclass, row_id uuid, wanted jsonb, expected jsonb default '{}')
returns text[] language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    current jsonb;
    moved text[];
    assignments text;
begin
    execute format('select to_jsonb(t) from %s t where id = $1 for update', target) into current using row_id;
    if current is null then
        return null;
    end if;
    select coalesce(array_agg(key), '{}') into moved
      from jsonb_each(expected) where wanted ? key and value is distinct from current -> key;
    select string_agg(format('%1$I = (jsonb_populate_record(null::%2$s, $2)).%1$I', key, target), ', ')
      into assignments from jsonb_object_keys(wanted - moved) key;
    if assignments is not null and (wanted - moved) <> (select jsonb_object_agg(key, current -> key)
                                                        from jsonb_object_keys(wanted - moved) key) then
        execute format('update %s set %s where id = $1', target, assignments) using row_id, wanted;
    end if;
    return array_remove(moved, 'updated_at');
end $$"""

SHOW_ROW = """
create function show_row(target regclass, row_id uuid) returns jsonb language plpgsql stable
set search_path = pg_catalog, public, pg_temp as $$
declare
    shown jsonb;
begin
    execute format('select to_jsonb(t) from %s t where id = $1', target) into shown using row_id;
    return shown;
end $$"""

# A title that an undo takes away was never meant: it stays no alias, and links that it caught wait again.
NAME_RECORD = """
create or replace function name_record(uid uuid, rid uuid, title text, stood_since timestamptz)
returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    new_folded text := left(fold_text(title), 500);
    former text := (select folded from names where record_id = rid and origin = 'title');
    undoing boolean := current_setting('app.actor', true) = 'undo';
begin
    if former is not null and former <> new_folded then
        if undoing then
            update entity_links l set target_id = null
             where l.user_id = uid and l.target_id = rid and l.target_name = former and l.origin = 'written';
        end if;
        if not undoing and (stood_since < now() - interval '1 minute' or exists (
            select from entity_links l where l.user_id = uid and l.target_id = rid and l.target_name = former
        )) then
            update names set origin = 'alias' where record_id = rid and origin = 'title';
        else
            delete from names where record_id = rid and origin = 'title';
        end if;
    end if;
    if new_folded <> '' then
        insert into names (user_id, record_id, folded, name, origin) values (uid, rid, new_folded, title, 'title')
        on conflict (record_id, folded) do update set name = excluded.name, origin = 'title';
    end if;
end $$"""

# As before, and besides: one transaction is one action whoever writes; `before` keeps when the record was last
# changed, so that an undo gives that back too; a record that is deleted for ever takes its history along, except
# that something was deleted.
RECORD_CHANGED = r"""
create or replace function record_changed() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
    fresh jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
    stale jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
    record jsonb := coalesce(fresh, stale);
    owner_id uuid := (record ->> 'user_id')::uuid;
    row_id uuid := (record ->> 'id')::uuid;
    actor text := coalesce(nullif(current_setting('app.actor', true), ''), 'sql:' || session_user);
    action uuid := nullif(current_setting('app.action_id', true), '')::uuid;
    changed text[];
    values_before jsonb := '{}';
    title text := coalesce(record ->> tg_argv[1], '');
    body text := coalesce(record ->> tg_argv[2], '');
    change bigint;
begin
    if tg_op = 'UPDATE' then
        select array_agg(key order by key) filter (where key <> 'updated_at'),
               jsonb_object_agg(key, value) filter (where octet_length(value::text) <= 262144)
          into changed, values_before
          from jsonb_each(stale)
         where key = 'updated_at' or value is distinct from fresh -> key and key <> 'version';
        if changed is null then
            return null;
        end if;
    elsif tg_op = 'DELETE' then
        -- With the whole account gone, its history is gone too: there is nobody to write it for.
        if not exists (select from users u where u.id = owner_id) then
            return null;
        end if;
        delete from change_log c where c.user_id = owner_id and c.record_id = row_id;
    end if;
    if action is null then
        action := uuidv7();
        perform set_config('app.action_id', action::text, true);
    end if;
    insert into change_log (user_id, record_id, kind, op, columns, before, action_id, actor)
    values (owner_id, row_id, tg_argv[0], case tg_op when 'INSERT' then 'create' else lower(tg_op) end,
            coalesce(changed, '{}'), coalesce(values_before, '{}'), action, actor)
    returning seq into change;
    if tg_op = 'DELETE' then
        delete from records r where r.id = row_id;
        return null;
    end if;
    perform register_record(tg_argv[0], fresh, stale, title, body, changed && array[tg_argv[1], tg_argv[2]]);
    insert into pipeline (record_id, slot, user_id, seq, backlog)
    select row_id, slot, owner_id, change, actor = 'import' from unnest(
        case when tg_op = 'INSERT' or changed && array[tg_argv[1], tg_argv[2], 'content_format', 'custom_fields']
             then array['index', 'connect', 'heat', 'react'] else array['heat', 'react'] end) slot
    on conflict on constraint pipeline_pkey do update
       set seq = excluded.seq, backlog = pipeline.backlog and excluded.backlog, due_at = now(),
           attempts = 0, error = null, parked_at = null;
    -- Heard at commit, once per transaction; a worker that does not hear it finds the rows by its sweep.
    perform pg_notify('hearth_pipeline', '');
    return null;
end $$"""

# As before, but by the house itself: nobody made their own contact, so nobody's history tells of it.
CREATE_USER = """
create or replace function gate_create_user(email text, name text, password_hash text, role text, time_zone text,
                                            locale text, first_only boolean) returns uuid
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    made uuid := uuidv7();
begin
    if first_only then
        perform pg_advisory_xact_lock(hashtext('hearth.first_user'));
        if exists (select from users) then
            return null;
        end if;
    end if;
    insert into users (id, email, password_hash, role, time_zone, locale, verified_at)
    values (made, email, password_hash, role, time_zone, locale, now());
    perform set_config('app.user_id', made::text, true), set_config('app.actor', 'hearth', true);
    insert into contacts (user_id, full_name, email, is_self) values (made, name, email, true);
    return made;
end $$"""


def upgrade() -> None:
    run_sql(UNDOINGS, ATTENTION)
    own_table("undoings", app="select, insert", worker="select")
    run_sql(
        "create index undoings_of on undoings (user_id, undoes)",
        # A forced policy binds the owner too, who has no user here: lifted for this statement alone.
        "alter table record_heat no force row level security",
        CARRY,
        "alter table record_heat force row level security",
        "alter table record_heat drop column edited_at",
    )
    own_table("attention", app="select, insert, update", worker=WRITE)
    run_sql(
        "create unique index attention_of_change on attention (record_id, seq) where seq is not null",
        "create index attention_of_record on attention (user_id, record_id, id)",
        "drop index change_log_by_action",
        "create index change_log_by_action on change_log (user_id, action_id, seq)",
        "create index change_log_newest on change_log (user_id, seq)",
        "create index records_in_trash on records (user_id, deleted_at desc, id desc) where deleted_at is not null",
        IS_UNDONE, PUT_BACK, SHOW_ROW, NAME_RECORD, RECORD_CHANGED, CREATE_USER,
    )  # fmt: skip
