"""What a person's word does to what they are shown: one formula, stated on the page of insights as well.

    weight = 2 · (useful + 2) / (useful + not useful + dismissed / 2 + 4)

of the verdicts on a kind in the last 180 days. With none it is 1; it lies between 0 and 2. An insight is shown where
confidence · weight is at least 0.35, and those with the largest priority · weight come first. Snoozing counts for
nothing; "never this kind" switches the kind off, where it stays until it is switched on again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

LEAST = 0.35

COUNTS = """
select kind, count(*) filter (where verdict = 'useful') as useful,
       count(*) filter (where verdict = 'not_useful') as not_useful,
       count(*) filter (where verdict = 'dismissed') as dismissed
  from insight_verdicts where at > now() - make_interval(days => 180) group by kind"""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said of a kind."""

    useful: int = 0
    not_useful: int = 0
    dismissed: int = 0

    @property
    def weight(self) -> float:
        return 2 * (self.useful + 2) / (self.useful + self.not_useful + self.dismissed / 2 + 4)


def is_shown(confidence: float, said: Said) -> bool:
    return confidence * said.weight >= LEAST


async def read_said(connection: asyncpg.Connection) -> Mapping[str, Said]:
    return {row["kind"]: Said(row[1], row[2], row[3]) for row in await connection.fetch(COUNTS)}
