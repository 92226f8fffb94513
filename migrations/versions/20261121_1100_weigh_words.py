"""Lexical search by BM25: what each record weighs for each word, in an index that holds one person's words together."""

from migrations.tables import own_table, run_sql

revision = "20261121_1100"
down_revision = "20261121_1090"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# `terms` holds a lexeme for each stem with how often it occurs (`1f9kharbour.2`) and, where stems are not the words
# themselves, one for each spelling (`1f9kharbours=`). The first four characters are the person's: one GIN index serves
# all, and a look-up reads the postings of one person alone. (A table of one row for each posting, which row-level
# security could index, would take some eighty bytes for each, and the index as much again; here it is a byte or two.)
COLUMNS = """
alter table record_words
    add column terms tsvector not null default '',
    add column length integer not null default 0,
    add column kind text not null default '',
    add column shelf text not null default 'current' check (shelf in ('current', 'archived', 'deleted')),
    add column language text"""

LANGUAGES = (
    "simple", "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "estonian", "finnish", "french",
    "german", "greek", "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian",
    "portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
)  # fmt: skip

# What BM25 must know of all of a person's texts, and the words they are made of (for what is common and what may have
# been meant). Counted now and then, so both lag behind a little.
STATISTICS = """
create table word_statistics (
    user_id uuid primary key references users (id) on delete cascade,
    records integer not null default 0,
    mean_length double precision not null default 0,
    counted_at timestamptz not null default now()
)"""

VOCABULARY = """
create table vocabulary (
    user_id uuid not null references users (id) on delete cascade,
    word text collate "C" not null,
    is_stem boolean not null,
    records integer not null,
    primary key (user_id, is_stem, word)
)"""

WORD_KEY = f"""
create function word_key(user_id uuid) returns text language sql immutable parallel safe strict {HEAD}
as $$ select encode(substring(uuid_send(user_id) from 14 for 3), 'base64') $$"""

# Scripts that put no blanks between words become overlapping pairs, and the last character alone, which a look-up by
# a beginning reaches. Runs are cut at 64 characters, for what takes the square of a run's length must have an end.
PAIRS = r"""
create function pair_characters(value text) returns text language sql immutable parallel safe strict
set search_path = pg_catalog, public, pg_temp
as $$ select string_agg(case when part[1] is null then part[2] else ' ' || (
          select string_agg(substr(part[1], i, 2), ' ' order by i) from generate_series(1, length(part[1])) i) || ' '
          end, '' order by place)
      from regexp_matches(value, '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u9fff'
          '\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]{1,64})|([^\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff'
          '\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+)', 'g')
          with ordinality found(part, place) $$"""

# Folded, and with blanks for all that is neither letter nor digit, so that Postgres's parser finds words and nothing
# else: no addresses, no paths, no signs. C++ and C# keep what makes them what they are.
SPACE_WORDS = r"""
create function space_words(value text) returns text language sql immutable parallel safe strict
set search_path = pg_catalog, public, pg_temp
as $$ select case when octet_length(spaced) = length(spaced) then spaced
        when spaced ~ '[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3'
                      '\uf900-\ufaff\U00020000-\U0003ffff]' then pair_characters(spaced)
        else spaced end
      from (select case when octet_length(signed) = length(signed)
                then regexp_replace(lower(signed collate "C") collate "default", '[^a-z0-9]+', ' ', 'g')
                else regexp_replace(fold_text(signed), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9'
                     '\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u037e\u0387\u055a-\u055f\u0589\u05be'
                     '\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u200b\u200e-\u206f\u3000-\u3004'
                     '\u3008-\u301f\u3030\u30fb\ufeff\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65'
                     '\ufffc-\uffff]+', ' ', 'g') end as spaced
              from (select case when value ~ '[a-zA-Z](\+\+|#)'
                    then regexp_replace(regexp_replace(value, '\m([a-zA-Z])\+\+', '\1plusplus', 'g'),
                                        '\m([a-zA-Z])#(?!\w)', '\1sharp', 'g')
                    else value end as signed) s) w $$"""

# getUserName is found by each of its parts as well; they stand behind the text, where they part no phrase.
NAME_PARTS = r"""
create function name_parts(value text) returns text language sql immutable parallel safe strict
set search_path = pg_catalog, public, pg_temp
as $$ select case when value ~ '[a-z0-9][A-Z]' then coalesce((
          select string_agg(regexp_replace(part[1], '([a-z0-9])([A-Z])', '\1 \2', 'g'), ' ')
            from regexp_matches(value, '[A-Za-z0-9]*[a-z0-9][A-Z][A-Za-z0-9]*', 'g') part), '') else '' end $$"""

WORDS = f"""
create or replace function words_of(title text, body text) returns tsvector
language sql immutable parallel safe {HEAD}
as $$ select setweight(to_tsvector('simple', space_words(left(title, 2000))), 'A')
          || to_tsvector('simple', space_words(left(body, 200000)))
          || to_tsvector('simple', space_words(left(name_parts(left(title, 2000) || ' ' || left(body, 200000)),
                                                    50000))) $$"""

# The words of a query in their order. The last character alone of a run of pairs is for beginnings: it is no word
# of a query, where the run goes on in the text.
TOKENS = f"""
create function tokens_of(value text) returns text[] language sql immutable parallel safe strict {HEAD}
as $$ select coalesce(array_agg(lexeme order by place), '{{}}')
        from (select lexeme, place, lag(lexeme) over (order by place) as former
                from unnest(to_tsvector('simple', space_words(value))) w(lexeme, positions, weights),
                     unnest(positions) place) t
       where not (length(lexeme) = 1 and octet_length(lexeme) > 1
                  and coalesce(length(former) = 2 and right(former, 1) = lexeme, false)) $$"""

# A stemmer answers with nothing for what it takes for a stop word; here every word counts, a common one for little.
# A stemmer answers with nothing for what it takes for a stop word; here every word counts, a common one for little.
# Neither strict nor immutable nor with a search path, for then Postgres would call it once a word instead of
# unfolding it (20 µs against 1).
STEM = """
create function stem_word(language text, word text) returns text language sql stable parallel safe
as $$ select case when language = 'simple' then word
             else coalesce((ts_lexize((language || '_stem')::regdictionary, word))[1], word) end $$"""

# How often a word occurs, in steps: beyond nine times more of it says hardly more. In the title it counts as three.
TERMS = f"""
create function terms_of(key text, language text, words tsvector) returns tsvector
language sql stable parallel safe {HEAD}
as $$ with word as (
          select lexeme, stem_word(language, lexeme) as stem,
                 cardinality(weights) + 2 * cardinality(array_positions(weights, 'A')) as times
            from unnest(words) w(lexeme, positions, weights)),
      term as (
          select key || stem || '.' || case when sum(times) <= 3 then sum(times)::integer
                                            when sum(times) <= 6 then 4 else 5 end as lexeme
            from word group by stem
          union all select key || lexeme || '=' from word where language <> 'simple')
      select coalesce(array_to_tsvector(array_agg(lexeme)), '') from term $$"""

# Whoever writes `words` need not know what follows from them. Weight C is the properties'.
WEIGH = f"""
create or replace function add_property_words() returns trigger language plpgsql security definer {HEAD} as $$
begin
    if tg_op = 'UPDATE' and new.words = old.words and new.language = old.language
       and (new.kind, new.shelf) is distinct from (old.kind, old.shelf) then
        return new;
    end if;
    new.words := ts_filter(new.words, '{{a,b,d}}') || setweight(to_tsvector('simple', coalesce(
        (select space_words(left(string_agg(v.folded, ' ' order by v.ordinal), 40000))
           from property_values v where v.record_id = new.record_id), '')), 'C');
    new.language := coalesce((select u.search_stems from users u where u.id = new.user_id), 'simple');
    new.terms := terms_of(word_key(new.user_id), new.language, new.words);
    new.length := (select coalesce(sum(cardinality(positions)), 0)
                     from unnest(new.words) w(lexeme, positions, weights));
    return new;
end $$"""

SHELF = """
create function shelf_of(record jsonb) returns text language sql immutable parallel safe
as $$ select case when record ->> 'deleted_at' is not null then 'deleted'
                  when record ->> 'archived_at' is not null then 'archived' else 'current' end $$"""

# Where a record is kept (current, archived, deleted) is no word of it: moving it writes no lexeme.
REGISTER = f"""
create or replace function register_record(kind text, fresh jsonb, stale jsonb, title text, body text, reworded boolean)
returns void language plpgsql {HEAD} as $$
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
        insert into record_words as w (record_id, user_id, kind, shelf, words)
        values (rid, uid, kind, shelf_of(fresh), words_of(title, body))
        on conflict (record_id) do update set words = excluded.words, shelf = excluded.shelf;
        perform name_record(uid, rid, title, coalesce((stale ->> 'updated_at')::timestamptz, now()));
    elsif shelf_of(fresh) <> shelf_of(stale) then
        update record_words w set shelf = shelf_of(fresh) where w.record_id = rid;
    end if;
end $$"""

QUOTED = r"""
create function quoted(lexeme text) returns text language sql immutable parallel safe
as $$ select '''' || replace(replace(lexeme, '\', '\\'), '''', '''''') || '''' $$"""

PHRASE_OF = f"""
create function phrase_of(tokens text[]) returns tsquery language sql immutable parallel safe {HEAD}
as $$ select string_agg(quoted(token), ' <-> ' order by place)::tsquery
        from unnest(tokens) with ordinality t(token, place) $$"""

# Each as it is spelled: as a stem that it is itself, or as a spelling beside its stem.
ALL_OF = f"""
create function all_of(key text, tokens text[]) returns tsquery language sql immutable parallel safe {HEAD}
as $$ select string_agg('(' || quoted(key || token || '.') || ':* | ' || quoted(key || token || '=') || ')', ' & ')
        ::tsquery from unnest(tokens) token $$"""

# What stands there already. A forced policy binds the owner too, who has no user here: lifted for this transaction.
REWORD = r"""
do $$
declare
    kept record;
    arguments text[];
begin
    for kept in select tgrelid::regclass as name, tgargs from pg_trigger where tgname = 'record_changed' loop
        arguments := string_to_array(replace(encode(kept.tgargs, 'escape'), '\000', '|'), '|');
        execute format('alter table %s no force row level security', kept.name);
        execute format('update record_words w set kind = %L, shelf = shelf_of(to_jsonb(t)), language = null,
            words = words_of(t.%I, t.%I) from %s t where t.id = w.record_id',
            arguments[1], arguments[2], arguments[3], kept.name);
        execute format('alter table %s force row level security', kept.name);
    end loop;
end $$"""
FORCED = ("users", "property_values", "record_words")


def upgrade() -> None:
    names = ", ".join(f"'{name}'" for name in LANGUAGES)
    run_sql(
        COLUMNS, STATISTICS, VOCABULARY,
        f"alter table users add column search_language text not null default 'simple' "
        f"check (search_language in ('auto', {names})), "
        f"add column search_stems text not null default 'simple' check (search_stems in ({names}))",
        "grant update (search_language, search_stems) on users to hearth_app, hearth_worker",
        # Room for a row that only changes its shelf: it stays on its page, and no index hears of it.
        "alter table record_words set (fillfactor = 90)",
        "drop function gate_search(text, integer)",
        "drop function gate_find_words(tsquery, integer)",
        "drop index record_words_words",
        WORD_KEY, PAIRS, SPACE_WORDS, NAME_PARTS, WORDS, TOKENS, STEM, TERMS, QUOTED, PHRASE_OF, ALL_OF, SHELF, WEIGH,
        REGISTER,
        "create index record_words_of_user on record_words (user_id, language)",
    )  # fmt: skip
    own_table("word_statistics", app="select", worker="select")
    own_table("vocabulary", app="select", worker="select")
    run_sql(
        *(f"alter table {table} no force row level security" for table in FORCED),
        REWORD,
        *(f"alter table {table} force row level security" for table in FORCED),
        "create index record_words_terms on record_words using gin (terms) with (fastupdate = off)",
        "create policy gate_update on record_words for update to hearth_gate using (true) with check (true)",
        "create policy gate on word_statistics to hearth_gate using (true) with check (true)",
        "create policy gate on vocabulary to hearth_gate using (true) with check (true)",
        "grant update (language) on record_words to hearth_gate",
        "grant update (search_stems) on users to hearth_gate",
        "grant select, insert, update, delete on word_statistics, vocabulary to hearth_gate",
    )
