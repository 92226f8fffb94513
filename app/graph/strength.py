"""How strong a link is: what speaks for it, halved with each year in which nothing and nobody used it.

raw = weight of its origin · strength · confidence · 2^(−years since it was used), where `strength` counts how often its
text says it. It is stored as heat is, forward-decayed: vigour = log2(weight · strength · confidence) + the years at
which it was used, which orders links at any time and is never rewritten (SQL's link_vigour, which two indexes of
entity_links hold). A link is used by the writing of the record that says it, and by a person who adds, accepts or
edits it.

Two records are as close as all links between them together, closeness = 1 − e^(−raw): evidence adds up, never above
one. A step of a path costs 1 − log2(closeness), at most 8, so the shorter of two ways is better unless it is faint.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

YEAR = 31_536_000.0
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
WEIGHTS = {"manual": 4.0, "written": 2.0, "structural": 2.0, "extracted": 1.0, "inferred": 0.5}
"""What a person says by hand counts more than what was found."""
FAINTEST, DEAREST = 1e-6, 8.0

# Links of a text are used when it is written; by a day more or less nothing is rewritten.
USE = """
update entity_links l set used_at = greatest(r.updated_at, l.accepted_at)
  from records r
 where r.id = any($1) and l.source_id = r.id and l.origin in ('written', 'structural', 'extracted')
   and l.rejected_at is null and l.valid_to is null
   and abs(extract(epoch from l.used_at - greatest(r.updated_at, l.accepted_at))) > 86400"""


def vigour(strength: float, confidence: float, origin: str, used_at: datetime) -> float:
    return math.log2(max(FAINTEST, strength * confidence * WEIGHTS[origin])) + years_at(used_at)


def years_at(at: datetime) -> float:
    return (at - EPOCH).total_seconds() / YEAR


def raw_at(vigour: float, now: datetime) -> float:
    """What speaks for a link now, without bound."""
    return float(2 ** max(-60.0, min(60.0, vigour - years_at(now))))


def closeness(raw: float) -> float:
    return -math.expm1(-raw)


def step_cost(raw: float) -> float:
    """From 1 to 8, for all links between two records together."""
    near = closeness(raw)
    return min(DEAREST, 1 - math.log2(near)) if near > 0 else DEAREST


async def use_links(connection: asyncpg.Connection, ids: Sequence[UUID]) -> None:
    """These records were written: so were the links that they say."""
    await connection.execute(USE, ids)
