"""Names that are what was typed with a slip of the finger or two."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.core.text import fold

SHORTEST = 4
LIKE_ENOUGH = 80.0
"""Of 100: one slip in five letters, two in ten."""

# A name with two slips still holds one of the query's thirds as it is: only those are measured.
NEAR = """
select n.record_id, n.folded, n.name from names n join records r on r.id = n.record_id
 where n.user_id = $1 and length(n.folded) between $2 and $3 and r.deleted_at is null
   and exists (select from unnest($4::text[]) piece where position(piece in n.folded) > 0) limit 3000"""


async def find_near_names(
    connection: asyncpg.Connection, user_id: UUID, q: str, at_most: int
) -> Sequence[asyncpg.Record]:
    """(record_id, folded, name), the likest first; nothing for less than four letters."""
    folded = fold(q)
    if len(folded) < SHORTEST:
        return []
    third = max(len(folded) // 3, 2)
    pieces = [folded[:third], folded[third : 2 * third], folded[2 * third :]]
    rows = await connection.fetch(
        NEAR, user_id, len(folded) - 2, 3 * len(folded) + 40, [piece for piece in pieces if len(piece.strip()) > 1]
    )
    ranked = sorted(((measure_likeness(folded, row["folded"]), row) for row in rows), key=lambda pair: -pair[0])
    return [row for likeness, row in ranked[:at_most] if likeness >= LIKE_ENOUGH]


def measure_likeness(q: str, name: str) -> float:
    """0 to 100: how like the query is to the name, or (a little less) to the part of it that is most like it."""
    # Imported at the first slip of a finger: it would take 2 MB in every web process.
    from rapidfuzz import fuzz

    whole = fuzz.ratio(q, name, score_cutoff=LIKE_ENOUGH)
    return max(whole, 0.95 * fuzz.partial_ratio(q, name, score_cutoff=LIKE_ENOUGH) if len(name) > len(q) else 0)
