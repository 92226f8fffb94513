"""What records are called: the one table behind links, completion and the quick switcher."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

# Highest first: a note's title, an alias, a contact, a topic (DESIGN § 6).
FIND = """
select n.folded, n.record_id, n.name, r.kind, n.origin, r.created_at
  from names n join records r on r.id = n.record_id
 where n.user_id = $1 and n.folded = any($2) and r.deleted_at is null
 order by n.folded, r.created_at, n.record_id"""

COMPLETE = """
select n.name, n.record_id, r.kind, r.title
  from names n join records r on r.id = n.record_id
 where n.user_id = $1 and n.folded >= $2 and n.folded < $2 || U&'\\FFFF' and r.deleted_at is null
   and ($3::text is null or r.kind = $3)
 order by length(n.folded), n.folded limit $4"""


@dataclass(slots=True)
class NamedRecord:
    record_id: UUID
    name: str
    kind: str
    origin: str


@dataclass(slots=True)
class FoundNames:
    by_folded: dict[str, list[NamedRecord]] = field(default_factory=dict)

    def best(self, folded: str, *, people_first: bool = False, exactly: str | None = None) -> tuple[UUID, bool] | None:
        """The record meant by a name, and whether another one of the same rank could be meant as well.

        Among equals the one that is spelled exactly as written wins, else the oldest.
        """
        candidates = self.by_folded.get(folded)
        if not candidates:
            return None
        ranked = sorted(candidates, key=lambda named: _rank(named, people_first))
        equals = [named for named in ranked if _rank(named, people_first) == _rank(ranked[0], people_first)]
        exact = [named for named in equals if named.name == exactly]
        return (exact or equals)[0].record_id, len(equals) > 1 and len(exact) != 1


def _rank(named: NamedRecord, people_first: bool) -> int:
    if people_first and named.kind == "contact":
        return -1
    if named.kind == "note":
        return 0 if named.origin == "title" else 1
    return {"contact": 2, "topic": 3}.get(named.kind, 4)


async def find_names(connection: asyncpg.Connection, user_id: UUID, folded: Iterable[str]) -> FoundNames:
    found = FoundNames()
    for name, record_id, spelled, kind, origin, _created in await connection.fetch(FIND, user_id, list(folded)):
        found.by_folded.setdefault(name, []).append(NamedRecord(record_id, spelled, kind, origin))
    return found


async def complete_name(
    connection: asyncpg.Connection, user_id: UUID, prefix: str, kind: str | None = None, at_most: int = 12
) -> list[asyncpg.Record]:
    """(name, record_id, kind, title) of records whose name begins so, shortest first."""
    return await connection.fetch(COMPLETE, user_id, prefix, kind, at_most)


async def add_alias(connection: asyncpg.Connection, user_id: UUID, record_id: UUID, folded: str, name: str) -> None:
    await connection.execute(
        "insert into names (user_id, record_id, folded, name, origin) values ($1, $2, $3, $4, 'alias') "
        "on conflict (record_id, folded) do nothing",
        user_id, record_id, folded, name,
    )  # fmt: skip
