"""The spine: registry, change log, pipeline, names, and the two triggers that every record table carries."""

from migrations.tables import own_table, run_sql

revision = "20261121_0910"
down_revision = "20261121_0900"

RECORDS = """
create table records (
    id uuid primary key,
    user_id uuid not null references users (id) on delete cascade,
    kind text not null,
    title text not null,
    preview text not null,
    sensitivity text not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    archived_at timestamptz,
    deleted_at timestamptz,
    unique (user_id, id)
)"""

# Beside the registry, not in it: an update of any registry column would write every lexeme into GIN again.
RECORD_WORDS = """
create table record_words (
    record_id uuid primary key,
    user_id uuid not null,
    words tsvector not null,
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

CHANGE_LOG = """
create table change_log (
    seq bigint generated always as identity primary key,
    xid xid8 not null default pg_current_xact_id(),
    user_id uuid not null references users (id) on delete cascade,
    record_id uuid not null,
    kind text not null,
    op text not null check (op in ('create', 'update', 'delete')),
    columns text[] not null default '{}',
    before jsonb not null default '{}',
    part_id uuid,
    action_id uuid not null,
    actor text not null,
    at timestamptz not null default clock_timestamp()
)"""

# `backlog` sorts an import behind what a person writes meanwhile.
PIPELINE = """
create table pipeline (
    record_id uuid not null,
    slot text not null check (slot in ('index', 'connect', 'heat', 'react')),
    user_id uuid not null,
    seq bigint not null,
    backlog boolean not null default false,
    due_at timestamptz not null default now(),
    claimed_by text,
    claimed_until timestamptz,
    attempts integer not null default 0,
    error text,
    parked_at timestamptz,
    primary key (record_id, slot),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

NAMES = """
create table names (
    user_id uuid not null,
    record_id uuid not null,
    folded text not null check (folded <> ''),
    name text not null,
    origin text not null check (origin in ('title', 'alias', 'nickname')),
    primary key (record_id, folded),
    foreign key (user_id, record_id) references records (user_id, id) on delete cascade
)"""

# The same as app/core/text.py's fold: links are looked up by the one what the other has stored (a test compares).
DECOMPOSE = """
create function decompose(value text) returns text language sql immutable parallel safe strict
as $$ select normalize(casefold(normalize(value, NFKD) collate pg_unicode_fast) collate "default", NFKD) $$"""

FOLD = r"""
create function fold_text(value text) returns text language sql immutable parallel safe strict
as $$ select case when octet_length(value) = length(value)
    then btrim(regexp_replace(lower(value collate "C") collate "default", '\s+', ' ', 'g'))
    else coalesce(nullif(btrim(regexp_replace(normalize(
        replace(replace(replace(translate(
            regexp_replace(decompose(decompose(value)),
                '[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u0610-\u061a\u064b-\u065f'
                '\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]',
                '', 'g'),
            'øłđðħŧı', 'olddhti'), 'þ', 'th'), 'æ', 'ae'), 'œ', 'oe'), NFKC), '\s+', ' ', 'g')), ''),
        btrim(regexp_replace(casefold(value collate pg_unicode_fast) collate "default", '\s+', ' ', 'g')))
    end $$"""

# Both weights in one vector: A for the title, D for the text. 200,000 characters keep below tsvector's 1 MiB.
WORDS = """
create function words_of(title text, body text) returns tsvector language sql immutable parallel safe
as $$ select setweight(to_tsvector('simple', fold_text(left(title, 2000))), 'A')
          || to_tsvector('simple', fold_text(left(body, 200000))) $$"""

MOVE_VERSION = """
create function move_version() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.id <> old.id or new.user_id <> old.user_id then
        raise exception 'a record keeps its id and its owner';
    end if;
    new.version := old.version + 1;
    -- An import brings a date of its own; every other write is dated now.
    if new.updated_at is not distinct from old.updated_at then
        new.updated_at := now();
    end if;
    return new;
end $$"""

# One row-level trigger: a statement-level one with transition tables went quadratic in bulk (no statistics).
RECORD_CHANGED = r"""
create function record_changed() returns trigger language plpgsql security definer
set search_path = pg_catalog, public, pg_temp as $$
declare
    fresh jsonb := case when tg_op = 'DELETE' then null else to_jsonb(new) end;
    stale jsonb := case when tg_op = 'INSERT' then null else to_jsonb(old) end;
    record jsonb := coalesce(fresh, stale);
    owner_id uuid := (record ->> 'user_id')::uuid;
    row_id uuid := (record ->> 'id')::uuid;
    actor text := coalesce(nullif(current_setting('app.actor', true), ''), session_user);
    action uuid := coalesce(nullif(current_setting('app.action_id', true), '')::uuid, uuidv7());
    changed text[];
    values_before jsonb := '{}';
    title text := coalesce(record ->> tg_argv[1], '');
    body text := coalesce(record ->> tg_argv[2], '');
    change bigint;
begin
    if tg_op = 'UPDATE' then
        select array_agg(key order by key),
               jsonb_object_agg(key, value) filter (where octet_length(value::text) <= 262144)
          into changed, values_before
          from jsonb_each(stale) where value is distinct from fresh -> key and key not in ('version', 'updated_at');
        if changed is null then
            return null;
        end if;
    elsif tg_op = 'DELETE' then
        -- With the whole account gone, its history is gone too: there is nobody to write it for.
        if not exists (select from users u where u.id = owner_id) then
            return null;
        end if;
        values_before := (select jsonb_object_agg(key, value) from jsonb_each(stale)
                          where octet_length(value::text) <= 262144);
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

REGISTER = r"""
create function register_record(kind text, fresh jsonb, stale jsonb, title text, body text, reworded boolean)
returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    rid uuid := (fresh ->> 'id')::uuid;
    uid uuid := (fresh ->> 'user_id')::uuid;
begin
    insert into records as r values (rid, uid, kind, title, preview_of(body), fresh ->> 'sensitivity',
        (fresh ->> 'created_at')::timestamptz, (fresh ->> 'updated_at')::timestamptz,
        (fresh ->> 'archived_at')::timestamptz, (fresh ->> 'deleted_at')::timestamptz)
    on conflict (id) do update set title = excluded.title, preview = excluded.preview,
        sensitivity = excluded.sensitivity, created_at = excluded.created_at, updated_at = excluded.updated_at,
        archived_at = excluded.archived_at, deleted_at = excluded.deleted_at;
    if stale is null or reworded then
        insert into record_words as w values (rid, uid, words_of(title, body))
        on conflict (record_id) do update set words = excluded.words;
        perform name_record(uid, rid, title, coalesce((stale ->> 'updated_at')::timestamptz, now()));
    end if;
end $$"""

# A former title stays as an alias when somebody links to it or when it stood for a minute: links stay alive, and
# the half-typed titles of an autosave leave nothing behind.
NAME_RECORD = """
create function name_record(uid uuid, rid uuid, title text, stood_since timestamptz)
returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    new_folded text := left(fold_text(title), 500);
    former text := (select folded from names where record_id = rid and origin = 'title');
begin
    if former is not null and former <> new_folded then
        if stood_since < now() - interval '1 minute' or exists (
            select from entity_links l where l.user_id = uid and l.target_id = rid and l.target_name = former
        ) then
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

PREVIEW = r"""
create function preview_of(body text) returns text language sql immutable parallel safe
as $$ select btrim(left(regexp_replace(regexp_replace(regexp_replace(left(body, 1200),
      '!?\[\[(?:[^\[\]|]*\|)?([^\[\]]*)\]\]', '\1', 'g'),
      '!?\[([^\[\]]*)\]\([^()]*\)', '\1', 'g'),
      '(^|\n)\s*(?:#{1,6}|>|[-*+]|\d+\.)\s+(?:\[[ xX]\]\s+)?|[*`~]+|\s+', ' ', 'g'), 240)) $$"""


def upgrade() -> None:
    run_sql(RECORDS, RECORD_WORDS, CHANGE_LOG, PIPELINE, NAMES)
    own_table("records", app="select", worker="select")
    own_table("record_words", worker="select")
    own_table("change_log", app="select", worker="select")
    own_table("pipeline", app="select", worker="select, update, delete")
    own_table("names", app="select, insert, update, delete", worker="select, insert, update, delete")
    run_sql(
        "create index records_by_update on records (user_id, updated_at desc, id desc) where deleted_at is null",
        "create index records_by_kind on records (user_id, kind, updated_at desc)",
        "create index record_words_words on record_words using gin (words)",
        "create index change_log_of_record on change_log (user_id, record_id, seq)",
        "create index change_log_by_action on change_log (user_id, action_id)",
        "create index pipeline_waiting on pipeline (slot, backlog, due_at) where parked_at is null",
        "create index pipeline_of_user on pipeline (user_id)",
        "create index names_by_folded on names (user_id, folded)",
        "create index names_by_record on names (user_id, record_id)",
        # The worker may see whose work waits; everything else it sees as one user at a time.
        "create policy lease on pipeline to hearth_worker using (true) with check (true)",
        DECOMPOSE, FOLD, WORDS, PREVIEW, MOVE_VERSION, NAME_RECORD, REGISTER, RECORD_CHANGED,
        "revoke execute on function record_changed, register_record, name_record from public",
    )  # fmt: skip
