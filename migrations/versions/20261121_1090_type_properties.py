"""Typed properties: what type a name has, and the values of every record in a table that lists are filtered by."""

from migrations.tables import PROPERTIES, own_table, run_sql

revision = "20261121_1090"
down_revision = "20261121_1080"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# Only what a person chose: a name that is not here has the type that each of its values shows.
DEFINITIONS = """
create table property_definitions (
    user_id uuid not null references users (id) on delete cascade,
    key text not null check (key <> ''),
    name text not null,
    type text not null check (type in ('text', 'number', 'date', 'moment', 'yes_no', 'list', 'link', 'url', 'email')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (user_id, key)
)"""

# Filtering by `custom_fields` itself took 95 ms on 10,000 notes (63 ms for lists, 18 ms for one exact spelling of a
# name), for under a policy no index on jsonb is reached. Here it is an index look-up whatever the spelling.
# Compared as bytes, so that days stand in their order whatever collation the database has.
VALUES = """
create table property_values (
    user_id uuid not null,
    record_id uuid not null,
    ordinal integer not null,
    key text not null,
    name text not null,
    folded text collate "C" not null,
    number double precision,
    primary key (record_id, ordinal),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# One row for each word, number or truth within a value; `[[Name|shown]]` is its name. What begins with an underscore
# is the import's own.
VALUES_OF = r"""
create function property_values_of(fields jsonb)
returns table (ordinal integer, key text, name text, folded text, number double precision)
language sql immutable parallel safe set search_path = pg_catalog, public, pg_temp
as $$ select (row_number() over (order by p.key collate "C", leaf.place))::integer,
             left(fold_text(p.key), 100), left(p.key, 100),
             left(fold_text(regexp_replace(coalesce(leaf.value #>> '{}', ''),
                  '^\s*\[\[([^\[\]|]+)(?:\|[^\[\]]*)?\]\]\s*$', '\1')), 400),
             case when (leaf.value #>> '{}') ~ '^-?[0-9]{1,15}(\.[0-9]{1,15})?$'
                  then (leaf.value #>> '{}')::double precision end
        from jsonb_each(fields) p
       cross join lateral (
            select value, place from jsonb_path_query(p.value, 'strict $.**') with ordinality found(value, place)
             where jsonb_typeof(value) not in ('object', 'array') limit 500) leaf
       where not starts_with(p.key, '_') $$"""

# Its name comes after record_changed's, by which triggers are ordered: the registry has the row already.
RECORD_PROPERTIES = f"""
create function record_properties() returns trigger language plpgsql security definer {HEAD} as $$
begin
    if tg_op = 'INSERT' and new.custom_fields = '{{}}' then
        return null;
    elsif tg_op = 'UPDATE' then
        if new.custom_fields = old.custom_fields then
            return null;
        end if;
        delete from property_values v where v.record_id = new.id;
    end if;
    insert into property_values (user_id, record_id, ordinal, key, name, folded, number)
    select new.user_id, new.id, v.* from property_values_of(new.custom_fields) v;
    if found or tg_op = 'UPDATE' then
        update record_words w set words = w.words where w.record_id = new.id;
    end if;
    return null;
end $$"""

# Weight C is the properties': whoever writes the words of a text need not know of them.
ADD_PROPERTY_WORDS = f"""
create function add_property_words() returns trigger language plpgsql {HEAD} as $$
begin
    new.words := ts_filter(new.words, '{{a,b,d}}') || setweight(to_tsvector('simple', coalesce(
        (select left(string_agg(v.folded, ' ' order by v.ordinal), 40000)
           from property_values v where v.record_id = new.record_id), '')), 'C');
    return new;
end $$"""

# One property of a record of any kind, and no other, becomes `value` (null: stays what it is) under `name` (null: it
# is taken away); `former` is what it was called, null for a new one. What stands beside it stays as it was written,
# digit for digit. Runs as its caller, under the caller's policy.
SET_PROPERTY = f"""
create function set_property(target regclass, row_id uuid, former text, stamp text, name text, value jsonb)
returns text language plpgsql {HEAD} as $$
declare
    fields jsonb;
    fresh jsonb;
begin
    execute format('select custom_fields from %s where id = $1 for update', target) into fields using row_id;
    if fields is null then
        return 'gone';
    -- The same form sent twice is no conflict.
    elsif stamp = '' and fields -> name = value or stamp <> '' and former is distinct from name
          and not fields ? former and (name is null or fields -> name = value) then
        return 'same';
    elsif former is not null and md5((fields -> former)::text) is distinct from stamp then
        return case when fields -> name = coalesce(value, fields -> former) then 'same' else 'moved' end;
    elsif exists (select from jsonb_object_keys(fields) k
                   where fold_text(k) = fold_text(name) and k is distinct from former) then
        return 'taken';
    end if;
    fresh := case when former is null then fields else fields - former end
          || case when name is null then '{{}}' else jsonb_build_object(name, coalesce(value, fields -> former)) end;
    if octet_length(fresh::text) > 200000 and octet_length(fresh::text) > octet_length(fields::text) then
        return 'full';
    elsif fresh::text = fields::text then
        return 'same';
    end if;
    execute format('update %s set custom_fields = $2 where id = $1', target) using row_id, fresh;
    return 'done';
end $$"""

# Null when one of the properties that were changed is no longer as `expected`.
MERGE_PROPERTIES = f"""
create function merge_properties(standing jsonb, wanted jsonb, expected jsonb) returns jsonb
language sql immutable parallel safe {HEAD}
as $$ select case when bool_and(standing -> k is not distinct from expected -> k) then (standing - array_agg(k))
             || coalesce(jsonb_object_agg(k, wanted -> k) filter (where wanted ? k), '{{}}') end
        from jsonb_object_keys(wanted || expected) k where wanted -> k is distinct from expected -> k $$"""

# As before, but properties are put back one by one: those that another action changed since stay as they are.
PUT_BACK = f"""
create or replace function put_back(target regclass, row_id uuid, wanted jsonb, expected jsonb default '{{}}')
returns text[] language plpgsql {HEAD} as $$
declare
    current jsonb;
    merged jsonb;
    moved text[];
    assignments text;
begin
    execute format('select to_jsonb(t) from %s t where id = $1 for update', target) into current using row_id;
    if current is null then
        return null;
    end if;
    select coalesce(array_agg(key), '{{}}') into moved
      from jsonb_each(expected) where wanted ? key and value is distinct from current -> key;
    if 'custom_fields' = any(moved) then
        merged := merge_properties(current -> 'custom_fields', wanted -> 'custom_fields', expected -> 'custom_fields');
        if merged is not null then
            wanted := wanted || jsonb_build_object('custom_fields', merged);
            moved := array_remove(moved, 'custom_fields');
        end if;
    end if;
    select string_agg(format('%1$I = (jsonb_populate_record(null::%2$s, $2)).%1$I', key, target), ', ')
      into assignments from jsonb_object_keys(wanted - moved) key;
    if assignments is not null and (wanted - moved) <> (select jsonb_object_agg(key, current -> key)
                                                        from jsonb_object_keys(wanted - moved) key) then
        execute format('update %s set %s where id = $1', target, assignments) using row_id, wanted;
    end if;
    return array_remove(moved, 'updated_at');
end $$"""

# What stands there already. A forced policy binds the owner too, who has no user here: lifted for this transaction.
ATTACH = f"""
do $$
declare
    kept regclass;
begin
    for kept in select tgrelid::regclass from pg_trigger where tgname = 'record_changed' loop
        execute format('alter table %s no force row level security', kept);
        execute format('insert into property_values (user_id, record_id, ordinal, key, name, folded, number)
            select t.user_id, t.id, v.* from %s t cross join lateral property_values_of(t.custom_fields) v', kept);
        execute format('alter table %s force row level security', kept);
        execute format('{PROPERTIES}', kept);
    end loop;
    update record_words w set words = w.words
     where exists (select from property_values v where v.record_id = w.record_id);
end $$"""


def upgrade() -> None:
    run_sql(DEFINITIONS, VALUES)
    own_table("property_definitions", app="select, insert, update, delete", worker="select")
    own_table("property_values", app="select", worker="select")
    run_sql(
        "create index property_values_by_word on property_values (user_id, key, folded, record_id)",
        "create index property_values_by_number on property_values (user_id, key, number) where number is not null",
        VALUES_OF, RECORD_PROPERTIES, ADD_PROPERTY_WORDS, SET_PROPERTY, MERGE_PROPERTIES, PUT_BACK,
        "revoke execute on function record_properties, add_property_words from public",
        "create trigger add_property_words before insert or update on record_words "
        "for each row execute function add_property_words()",
        "alter table property_values no force row level security",
        "alter table record_words no force row level security",
        ATTACH,
        "alter table property_values force row level security",
        "alter table record_words force row level security",
    )  # fmt: skip
