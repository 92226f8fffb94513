"""Names that are what was typed with a slip of the finger or two."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg

from app.core.text import fold

SHORTEST = 4
LIKE_ENOUGH = 80.0
"""Of 100: one slip in five letters, two in ten."""

# A name with a slip or two still holds some of the query's pieces as they are: two of them mostly, one at least.
ALIKE = "select record_id, folded, name from gate_find_near_names($1, $2, $3, $4)"
CURRENT = "select id from records where id = any($1) and deleted_at is null"


async def find_near_names(connection: asyncpg.Connection, q: str, at_most: int) -> Sequence[asyncpg.Record]:
    """(record_id, folded, name), the likest first; nothing for less than four letters."""
    # Looked up only now: of 150 names that hold two pieces few are like enough.
    alike = (await find_alike(connection, q))[: 4 * at_most]
    rows = await connection.fetch(CURRENT, [row["record_id"] for row in alike]) if alike else []
    current = {row["id"] for row in rows}
    return [row for row in alike if row["record_id"] in current][:at_most]


async def find_alike(connection: asyncpg.Connection, q: str) -> list[asyncpg.Record]:
    """The same, with what lies in the trash, for who looks each record up in any case."""
    folded = fold(q)
    if len(folded) < SHORTEST:
        return []
    return await _find_holding(connection, folded, 2) or await _find_holding(connection, folded, 1)


async def _find_holding(connection: asyncpg.Connection, folded: str, held: int) -> list[asyncpg.Record]:
    """Those like enough among the names that hold so many of the pieces."""
    rows = await connection.fetch(ALIKE, pieces_of(folded), held, len(folded) - 2, 3 * len(folded) + 40)
    ranked = sorted(((measure_likeness(folded, row["folded"]), row) for row in rows), key=lambda pair: -pair[0])
    return [row for likeness, row in ranked if likeness >= LIKE_ENOUGH]


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
