"""The search by weight of words, and the counting that it needs: gate functions that see one person's rows alone."""

from migrations.tables import gate_function, run_sql

revision = "20261121_1110"
down_revision = "20261121_1100"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# BM25 over the postings of one person. k1 0.9 and b 0.4, as in Anserini: notes differ much in length. A word's weight
# follows from how many of the person's records hold it, counted from the postings themselves.
#
# What is asked is read in order; `beginning` is the word that is still being typed; `phrases` must stand in the
# record word for word, and `refused` must not. Words that are known to stand in very many records are not looked up
# (their postings would be most of the work and next to none of the order) but weighed for the best of the rest.
# `is not distinct from`, because with `=` the planner joins in the index of all that a person has, once for each word.
# `exactly`: 2 when the title holds all that is asked as one phrase, 1 when the text does. `coverage` is the share of
# what was asked, by weight, that the record answers.
SEARCH = f"""
create function gate_search(asked text, beginning text, phrases text[], refused text[], shelf text, kinds text[],
                            among uuid[], at_most integer)
returns table (record_id uuid, score real, coverage real, exactly smallint, matched text[], points real[])
language plpgsql stable security definer {HEAD} set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
    me uuid := app_user_id();
    key text := word_key(me);
    stems_by text := (select u.search_stems from users u where u.id = me);
    total integer;
    mean double precision;
    typed text[] := (tokens_of(asked))[1:32];
    wanted text[];
    known text[];
    needed tsquery;
    whole tsquery;
    extra tsquery;
    part text;
begin
    select s.records, s.mean_length into total, mean from word_statistics s where s.user_id = me;
    if coalesce(total, 0) < 5000 then
        select count(*), avg(w.length) into total, mean from record_words w where w.user_id = me;
    end if;
    mean := greatest(coalesce(mean, 1), 1);
    select array_agg(stem order by place) into wanted
      from (select stem_word(stems_by, token) as stem, min(place) as place
              from unnest(typed) with ordinality t(token, place) group by 1) s;
    beginning := (tokens_of(beginning))[cardinality(tokens_of(beginning))];
    if beginning is not null and length(beginning) < 2 and octet_length(beginning) = 1 then
        beginning := null;
    end if;
    foreach part in array coalesce(phrases, '{{}}') loop
        continue when cardinality(tokens_of(part)) = 0;
        needed := coalesce(needed && phrase_of(tokens_of(part)), phrase_of(tokens_of(part)));
        extra := coalesce(extra && all_of(key, tokens_of(part)), all_of(key, tokens_of(part)));
    end loop;
    foreach part in array coalesce(refused, '{{}}') loop
        continue when cardinality(tokens_of(part)) = 0;
        extra := coalesce(extra && !! all_of(key, tokens_of(part)), !! all_of(key, tokens_of(part)));
    end loop;
    if cardinality(typed) between 2 and 12 then
        whole := phrase_of(typed);
    end if;
    select array_agg(stem) into known from (
        select w.stem, sum(coalesce(v.records, 0)) over (order by coalesce(v.records, 0), w.stem) as postings,
               row_number() over (order by coalesce(v.records, 0), w.stem) as place
          from unnest(wanted) w(stem)
          left join vocabulary v on v.user_id = me and v.is_stem and v.word = w.stem) c
     where c.place = 1 or c.postings <= 6000;
    return query
    with ask as (
        select stem, place from unnest(wanted) with ordinality w(stem, place)),
    step(step, times) as (
        values ('1', 1.0::float8), ('2', 2.0), ('3', 3.0), ('4', 4.7), ('5', 9.0)),
    probe as (
        select a.place, 1.0::float8 as part, t.times, quoted(key || a.stem || '.' || t.step)::tsquery as lexeme
          from ask a cross join step t where a.stem = any(known)
        union all
        select 0, 0.5, 1, (quoted(key || beginning) || ':*')::tsquery where beginning is not null),
    hit as materialized (
        select p.place, p.part * p.times * 1.9 / (p.times + 0.54 + 0.36 * f.length / mean) as times, f.record_id
          from probe p cross join lateral (
            select w.record_id, w.length from record_words w
             where w.terms @@ case when extra is null then p.lexeme else p.lexeme && extra end
               and w.user_id is not distinct from me and w.shelf = gate_search.shelf
               and (gate_search.kinds is null or w.kind = any(gate_search.kinds))
               and (gate_search.among is null or w.record_id in (select unnest(gate_search.among)))
               and (needed is null or w.words @@ needed)
             limit 200000) f),
    weight as materialized (
        select h.place, ln(1 + (greatest(total, count(*)) - count(*) + 0.5)::float8 / (count(*) + 0.5)) as weight
          from hit h group by h.place),
    best as materialized (
        select h.record_id, sum(h.times * x.weight) as score,
               coalesce(sum(x.weight) filter (where x.place > 0), 0) + case
                   when bool_or(x.place = cardinality(wanted)) then 0
                   else coalesce(max(x.weight) filter (where x.place = 0), 0) end as covered
          from hit h join weight x on x.place = h.place
         group by h.record_id order by 2 desc, 1 limit greatest(at_most, 300)),
    common_probe as materialized (
        select a.place, t.times, quoted(key || a.stem || '.' || t.step)::tsquery as lexeme,
               ln(1 + greatest(total - v.records + 0.5, 0.5)::float8 / (v.records + 0.5)) as weight
          from ask a join vocabulary v on v.user_id = me and v.is_stem and v.word = a.stem cross join step t
         where not a.stem = any(known)),
    common as materialized (
        select b.record_id, p.place, p.weight,
               p.weight * p.times * 1.9 / (p.times + 0.54 + 0.36 * w.length / mean) as points
          from best b join record_words w on w.record_id = b.record_id
          join common_probe p on w.terms @@ p.lexeme),
    final as materialized (
        select b.record_id, b.score + coalesce(c.points, 0) as score,
               b.covered + coalesce(c.weight, 0) as covered
          from best b left join (select c.record_id, sum(c.points) as points, sum(c.weight) as weight
                                   from common c group by c.record_id) c on c.record_id = b.record_id
         order by 2 desc, 1 limit at_most),
    -- What stands in no record weighs as much as the rarest word that stands in one: in a small house everyday words
    -- are missing, too.
    needs as (
        select coalesce(x.weight, c.weight, case when a.place = cardinality(wanted) then z.weight end,
                        (select max(m.weight) from weight m), 1) as weight
          from ask a left join weight x on x.place = a.place left join weight z on z.place = 0
          left join (select distinct p.place, p.weight from common_probe p) c on c.place = a.place),
    detail as (
        select d.record_id, array_agg(coalesce(wanted[d.place], beginning || '…') order by d.points desc) as matched,
               array_agg(d.points::real order by d.points desc) as points
          from (select h.record_id, h.place::integer, h.times * x.weight as points
                  from hit h join weight x on x.place = h.place
                union all select c.record_id, c.place::integer, c.points from common c) d
         where d.record_id in (select f.record_id from final f) group by d.record_id)
    select f.record_id, f.score::real,
           least(f.covered / greatest((select sum(n.weight) from needs n), 1e-9), 1)::real,
           case when whole is null or not w.words @@ whole then 0
                when ts_filter(w.words, '{{a}}') @@ whole then 2 else 1 end::smallint,
           d.matched, d.points
      from final f join detail d on d.record_id = f.record_id join record_words w on w.record_id = f.record_id
     order by 2 desc, 1;
end $$"""

# All of the words, the last one also as a beginning: what narrows a list.
FILTER = f"""
create function gate_find_words(asked text, at_most integer) returns table (record_id uuid)
language plpgsql stable security definer {HEAD} set enable_seqscan = off as $$
declare
    me uuid := app_user_id();
    key text := word_key(me);
    typed text[] := (tokens_of(asked))[1:32];
    wanted tsquery := all_of(key, typed[1 : cardinality(typed) - 1]);
    beginning tsquery := (quoted(key || typed[cardinality(typed)]) || ':*')::tsquery;
begin
    return query select w.record_id from record_words w
        where w.terms @@ coalesce(wanted && beginning, beginning)
          and w.user_id is not distinct from me and w.shelf <> 'deleted'
        limit at_most;
end $$"""

# The language whose smallest words stand in most of the records, when it leads clearly; 'simple' when none does.
LANGUAGE_OF = f"""
create function language_of(person uuid) returns text language sql stable {HEAD}
as $$ with small(language, words) as (values
          ('english', array['the', 'and', 'of', 'with', 'that', 'this']),
          ('german', array['und', 'der', 'das', 'nicht', 'ist', 'mit']),
          ('french', array['les', 'des', 'une', 'est', 'dans', 'pour']),
          ('spanish', array['los', 'las', 'una', 'por', 'para', 'con']),
          ('portuguese', array['uma', 'nao', 'para', 'com', 'dos', 'mais']),
          ('italian', array['che', 'della', 'una', 'per', 'sono', 'con']),
          ('dutch', array['het', 'een', 'van', 'niet', 'voor', 'met']),
          ('swedish', array['och', 'att', 'inte', 'som', 'det', 'ett']),
          ('danish', array['og', 'ikke', 'det', 'til', 'jeg', 'af']),
          ('finnish', array['ja', 'on', 'ei', 'se', 'mutta', 'oli']),
          ('hungarian', array['es', 'hogy', 'nem', 'az', 'egy', 'van']),
          ('russian', array['и', 'не', 'на', 'что', 'это', 'как']),
          ('turkish', array['ve', 'bir', 'bu', 'icin', 'ile', 'degil'])),
      told as (
          select s.language, sum(v.records) as told from small s cross join unnest(s.words) w(word)
            join (select word, max(records) as records from vocabulary where user_id = person group by word) v
              on v.word = w.word
           group by s.language order by 2 desc limit 2)
      select coalesce((select language from told
                        where told > 1.3 * coalesce((select told from told order by told limit 1 offset 1), 0)
                          and told > (select records from word_statistics where user_id = person)
                        order by told desc limit 1), 'simple') $$"""

# For the worker, as one user: what the search has to know of all of the user's words.
RECOUNT = f"""
create function gate_count_words() returns integer language plpgsql security definer {HEAD} as $$
declare
    me uuid := app_user_id();
    counted integer;
begin
    insert into word_statistics as s (user_id, records, mean_length)
    select me, count(*), coalesce(avg(w.length), 0) from record_words w where w.user_id = me
    on conflict on constraint word_statistics_pkey do update
       set records = excluded.records, mean_length = excluded.mean_length, counted_at = now()
    returning records into counted;
    delete from vocabulary v where v.user_id = me;
    insert into vocabulary (user_id, word, is_stem, records)
    select me, substr(word, 5, length(word) - case when is_stem then 6 else 5 end), is_stem, sum(ndoc)
      from (select word, ndoc, right(word, 1) <> '=' as is_stem from ts_stat(format(
            'select terms from record_words where user_id = %L and shelf <> ''deleted''', me))) s
     group by 2, 3 having sum(ndoc) > 1;
    update users u set search_stems = language_of(me) where u.id = me and u.search_language = 'auto';
    return counted;
end $$"""

# After another language was chosen: the stems follow, some records at a time; how many were still to do.
RESTEM = f"""
create function gate_restem(at_most integer) returns integer language plpgsql security definer {HEAD} as $$
declare
    me uuid := app_user_id();
    done integer;
begin
    update record_words w set language = null where w.record_id in (
        select o.record_id from record_words o join users u on u.id = me
         where o.user_id = me and o.language is distinct from u.search_stems limit at_most);
    get diagnostics done = row_count;
    return done;
end $$"""

# Whose words wait to be counted or to get other stems.
WHOSE = f"""
create function gate_whose_words() returns setof uuid language sql stable security definer {HEAD}
as $$ select u.id from users u left join word_statistics s on s.user_id = u.id
       where exists (select from record_words w where w.user_id = u.id
                        and (w.language < u.search_stems or w.language > u.search_stems))
          or abs((select count(*) from record_words w where w.user_id = u.id) - coalesce(s.records, 0))
             > greatest(20, 0.1 * coalesce(s.records, 0)) $$"""


def upgrade() -> None:
    run_sql(LANGUAGE_OF)
    asked = "text, text, text[], text[], text, text[], uuid[], integer"
    gate_function(SEARCH, f"gate_search({asked})", "hearth_app, hearth_worker")
    gate_function(FILTER, "gate_find_words(text, integer)", "hearth_app, hearth_worker")
    gate_function(RECOUNT, "gate_count_words()", "hearth_worker")
    gate_function(WHOSE, "gate_whose_words()", "hearth_worker")
    gate_function(RESTEM, "gate_restem(integer)", "hearth_worker")
