"""Names that are what was typed with a slip of the finger or two."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.core.text import fold

SHORTEST = 4
LIKE_ENOUGH = 80.0
"""Of 100: one slip in five letters, two in ten."""

# A name with a slip or two still holds some of the query's pieces as they are: those that hold the most are measured.
# In a house of 100,000 names a piece stands in thousands, of which no more than so many are looked at.
NEAR = """
with held as materialized (
    select f.record_id, f.folded from unnest($4::text[]) piece
     cross join lateral gate_find_names(array[piece], 500) f
     where length(f.folded) between $2 and $3
     group by 1, 2 order by count(*) desc, length(f.folded), f.folded, f.record_id limit 300)
select n.record_id, n.folded, n.name
  from held join names n on n.user_id = $1 and n.record_id = held.record_id and n.folded = held.folded
  join records r on r.id = n.record_id where r.deleted_at is null"""


async def find_near_names(
    connection: asyncpg.Connection, user_id: UUID, q: str, at_most: int
) -> Sequence[asyncpg.Record]:
    """(record_id, folded, name), the likest first; nothing for less than four letters."""
    folded = fold(q)
    if len(folded) < SHORTEST:
        return []
    rows = await connection.fetch(NEAR, user_id, len(folded) - 2, 3 * len(folded) + 40, pieces_of(folded))
    ranked = sorted(((measure_likeness(folded, row["folded"]), row) for row in rows), key=lambda pair: -pair[0])
    return [row for likeness, row in ranked[:at_most] if likeness >= LIKE_ENOUGH]


def pieces_of(folded: str) -> list[str]:
    """What an index can look for: the thirds where they are three signs long, else a word's beginning and its end."""
    third = len(folded) // 3
    if third >= SHORTEST - 1:
        return [folded[:third], folded[third : 2 * third], folded[2 * third :]]
    edges = {f" {folded[:2]}", f"{folded[-2:]} ", folded[:3], folded[-3:]}
    middle = len(folded) // 2
    return sorted(edges | {folded[middle - 1 : middle + 2]})


def measure_likeness(q: str, name: str) -> float:
    """0 to 100: how like the query is to the name, or (a little less) to the part of it that is most like it."""
    # Imported at the first slip of a finger: it would take 2 MB in every web process.
    from rapidfuzz import fuzz

    whole = fuzz.ratio(q, name, score_cutoff=LIKE_ENOUGH)
    return max(whole, 0.95 * fuzz.partial_ratio(q, name, score_cutoff=LIKE_ENOUGH) if len(name) > len(q) else 0)
