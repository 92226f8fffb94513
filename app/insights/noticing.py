"""An insight: what the house noticed, without a word of the records that it is about.

What is kept is a kind, numbers and days (`facts`), and the records it follows from (`evidence`). Its sentences are
written when it is read, from what those records are called by then: a record that is trashed, renamed or deleted for
ever cannot be spoken of by what was noticed before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.core.sleeping import SleepKind, Step, Stretch
from app.core.words import Word
from app.insights.keeping import drop_others, keep_drafts

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a kind found. `cores` are the records without which it says nothing, `others` go along.

    `key` is what it is about: the same key is the same insight, whatever night finds it.
    """

    key: str
    cores: Sequence[UUID]
    confidence: float
    priority: float
    valid_from: date
    valid_until: date | None = None
    others: Sequence[UUID] = ()
    facts: Facts = field(default_factory=dict)
    week: tuple[date, date] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What one step found, over how many rows; `cursor` as a step's. `is_whole`: what is not among it holds no more."""

    drafts: Sequence[Draft]
    rows: int
    cursor: Mapping[str, Any] | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record as it is now."""

    record_id: UUID
    kind: str
    title: str
    href: str
    is_core: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Insight:
    """One that can be shown: all of its cores are alive. `recalled` is what its kind read anew."""

    id: UUID
    kind: str
    facts: Facts
    evidence: Sequence[Evidence]
    confidence: float
    priority: float
    valid_until: date | None
    week: tuple[date, date] | None
    is_pinned: bool
    verdict: str
    snoozed_until: date | None
    made_at: datetime
    recalled: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cores(self) -> list[Evidence]:
        return [one for one in self.evidence if one.is_core]


@dataclass(frozen=True, slots=True)
class Deed:
    """What can be done about it: an address to go to, or (`posts`) to send to."""

    label: str
    href: str
    posts: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """`bars` are (label, value) of a small plot; `quote` is a record's own sentence, read from it just now."""

    title: str
    body: str = ""
    quote: str = ""
    deed: Deed | None = None
    bars: Sequence[tuple[str, int]] = ()


Recall = Callable[[asyncpg.Connection, Sequence[Insight]], Awaitable[Mapping[UUID, Mapping[str, Any]]]]


@dataclass(frozen=True, slots=True)
class InsightKind:
    """`find` looks, asleep; `tell` says it. `recall` reads anew what must still hold when it is shown: an insight that
    it leaves out is not shown."""

    name: str
    label: str
    does: Word
    find: Callable[[asyncpg.Connection, Stretch], Awaitable[Found]]
    tell: Callable[[Insight], Told]
    follows_days: bool = False
    recall: Recall | None = None


def asleep(kind: InsightKind) -> SleepKind:
    """A kind of insight as a kind of work: what it finds is kept in the transaction that says how far it got."""

    async def step(connection: asyncpg.Connection, stretch: Stretch) -> Step:
        found = await kind.find(connection, stretch)
        fresh = await keep_drafts(connection, stretch.user_id, kind.name, found.drafts)
        if found.is_whole:
            await drop_others(connection, kind.name, [draft.key for draft in found.drafts])
        return Step(found.rows, found.cursor, {"found": fresh})

    return SleepKind(kind.name, kind.label, kind.does, step, kind.follows_days)
