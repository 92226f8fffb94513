"""Names are found by any piece of them through an index, however many there are."""

from migrations.tables import gate_function, run_sql

revision = "20261122_1280"
down_revision = "20261122_1270"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# Every three signs in a row, a blank before and behind the whole; and a word's first letter. Hashed with the user, so
# that nobody's look-up walks through what others call their things, and one index serves all.
GRAMS = f"""
create function name_grams(whose uuid, folded text) returns bigint[] language sql immutable parallel safe {HEAD}
as $$ select coalesce(array_agg(distinct hashtextextended(gram, uuid_hash_extended(whose, 0))), '{{}}')
        from (select ' ' || left(folded, 200) || ' ' as padded) p
       cross join lateral generate_series(1, length(padded) - 1) at
       cross join lateral (values (substr(padded, at, 3)),
                                  (case when substr(padded, at, 1) = ' ' then substr(padded, at, 2) end)) v(gram)
       where length(gram) = 3 or gram like ' _' $$"""

# Of what is asked for. Two letters are in too many names to be looked up, unless a word begins with them.
GRAMS_IN = f"""
create function grams_in(whose uuid, pieces text[]) returns bigint[] language sql immutable parallel safe {HEAD}
as $$ select coalesce(array_agg(distinct hashtextextended(gram, uuid_hash_extended(whose, 0))), '{{}}')
        from unnest(pieces) piece
       cross join lateral generate_series(1, greatest(length(piece) - 2, 1)) at
       cross join lateral substr(piece, at, 3) gram
       where length(gram) = 3 or piece like ' _' $$"""

# No operator on arrays is leakproof, so under the policy none would reach an index: a gate that shows one's own alone.
# A piece that stands in very many names is not looked for in all of them.
FIND = f"""
create function gate_find_names(pieces text[], at_most integer) returns table (record_id uuid, folded text)
language plpgsql stable security definer {HEAD} set enable_seqscan = off set gin_fuzzy_search_limit = 5000 as $$
declare
    me uuid := app_user_id();
    wanted bigint[] := grams_in(me, pieces);
begin
    if cardinality(wanted) = 0 then
        return;
    end if;
    return query select n.record_id, n.folded from names n
        where name_grams(n.user_id, n.folded) @> wanted and n.user_id is not distinct from me
          and (select bool_and(position(piece in ' ' || n.folded || ' ') > 0) from unnest(pieces) piece)
        limit at_most;
end $$"""


def upgrade() -> None:
    run_sql(
        GRAMS, GRAMS_IN,
        # What waits to be sorted in is read through by each look-up: a little of it only.
        "create index names_grams on names using gin (name_grams(user_id, folded)) with (gin_pending_list_limit = 256)",
        "create index names_by_initials on names (user_id, initials)",
        "grant select on names to hearth_gate",
        "create policy gate on names for select to hearth_gate using (true)",
        "grant execute on function name_grams, grams_in, app_user_id to hearth_gate",
    )  # fmt: skip
    gate_function(FIND, "gate_find_names(text[], integer)", "hearth_app, hearth_worker")
