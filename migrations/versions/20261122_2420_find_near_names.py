"""Names that hold several pieces of what was typed, found in one look."""

from migrations.tables import gate_function

revision = "20261122_2420"
down_revision = "20261122_2410"

HEAD = "set search_path = pg_catalog, public, pg_temp"

# As gate_find_names (migration 1280) finds names by one piece. In a large house a piece stands in thousands of them, of
# which some hundreds are looked at, so what is meant may not be among these; any two of the pieces stand in few. One
# slip of the finger leaves two of three pieces as they are: names that hold two are asked for first, and those that
# hold one (`held`) where these brought nothing.
FIND = f"""
create function gate_find_near_names(pieces text[], held integer, shortest integer, longest integer)
returns table (record_id uuid, folded text, name text)
language plpgsql stable security definer {HEAD} set enable_seqscan = off set gin_fuzzy_search_limit = 5000 as $$
declare
    me uuid := app_user_id();
begin
    return query with piece as materialized (
        select text, place, grams_in(me, array[text]) as grams from unnest(pieces) with ordinality p(text, place)),
    wanted as materialized (
        select a.text as one, b.text as other, a.grams || b.grams as grams from piece a
          join piece b on case held when 1 then b.place = a.place else b.place > a.place end
         where cardinality(a.grams) > 0 and cardinality(b.grams) > 0)
    select h.record_id, h.folded, min(h.name) from wanted w
     cross join lateral (
        select n.record_id, n.folded, n.name from names n
         where name_grams(n.user_id, n.folded) @> w.grams and n.user_id is not distinct from me
           and length(n.folded) between shortest and longest
           and position(w.one in ' ' || n.folded || ' ') > 0 and position(w.other in ' ' || n.folded || ' ') > 0
         limit 300) h
     group by 1, 2 order by count(*) desc, length(h.folded), 2, 1 limit 150;
end $$"""


def upgrade() -> None:
    gate_function(FIND, "gate_find_near_names(text[], integer, integer, integer)", "hearth_app, hearth_worker")
