"""Whether a row keeps its id here, and which one it has instead.

An id is kept when nobody has it. One that is taken is mapped, by a rule that gives the same each time, so that the same
archive brought in again finds its rows. Whoever brings in the archive of somebody who lives in this house gets new ids
for all of it, whatever became of theirs: which of them are still here cannot be told from what happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID, uuid5

import asyncpg

LIVES_HERE = "select gate_lives_here($1)"
TAKEN = "select id from gate_taken_ids($1) id"
# Two at once could both find the same id free.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('hearth.exact_import', 0))"


@dataclass(slots=True)
class Ids:
    """`always`: every id is mapped. `moved` are those that became others, by whose ids they are."""

    user_id: UUID
    always: bool = False
    moved: dict[str, dict[UUID, UUID]] = field(default_factory=dict)

    def mapped(self, old: UUID) -> UUID:
        return uuid5(self.user_id, str(old))

    def of(self, space: str, old: UUID) -> UUID:
        known = self.moved.get(space, {}).get(old)
        return known or (self.mapped(old) if self.always else old)

    def move(self, space: str, old: UUID, new: UUID) -> None:
        """Told where it differs from what `of` would say."""
        if self.of(space, old) != new:
            self.moved.setdefault(space, {})[old] = new


def is_id(value: object) -> bool:
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False


async def begin_ids(connection: asyncpg.Connection, user_id: UUID, account: UUID) -> Ids:
    await connection.execute(ONE_AT_A_TIME)
    is_anothers = account != user_id and await connection.fetchval(LIVES_HERE, account)
    return Ids(user_id, bool(is_anothers))


async def taken_ids(connection: asyncpg.Connection, ids: Iterable[UUID]) -> set[UUID]:
    """Which of them some record has, whosever and of whatever kind it is."""
    return {row[0] for row in await connection.fetch(TAKEN, list(ids))}
