"""When a habit is one: how often it was seen, and how sure that makes.

    confidence = the lower end of Wilson's interval at 95 % for `hits` of `seen`

so three of three make 43 %, thirty of thirty 88 %, and half of whatever many less than half. Each category says from
how many times seen, and from which confidence on, it is told at all; the page states the formula and these bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from uuid import UUID

Z = 1.96
MOST_EVIDENCE = 5


@dataclass(frozen=True, slots=True)
class Bounds:
    """`seen`: so often it must have been looked at, with at least that confidence."""

    seen: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Habit:
    """What was counted of one key, or of one record that it is about; the newest of its `evidence` first."""

    hits: int
    seen: int
    value: str = ""
    key: str = ""
    about_id: UUID | None = None
    folder_id: UUID | None = None
    evidence: Sequence[UUID] = ()

    @property
    def confidence(self) -> float:
        return lower_bound(self.hits, self.seen)

    def is_one(self, bounds: Bounds) -> bool:
        return self.seen >= bounds.seen and self.confidence >= bounds.confidence


def lower_bound(hits: int, seen: int) -> float:
    """Of Wilson's interval; 0 of nothing."""
    if not hits or not seen:
        return 0.0
    share, spread = hits / seen, Z * Z / seen
    middle = share + spread / 2
    return (middle - Z * sqrt((share * (1 - share) + spread / 4) / seen)) / (1 + spread)
