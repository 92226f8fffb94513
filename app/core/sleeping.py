"""What the house thinks of while nobody is there: kinds of work, composed in app/asleep.py as records' kinds are.

A kind works in small steps, each a transaction of its own that ends with where the next one begins. So a worker that is
killed loses one step, whoever comes back waits for none, and what was found and how far it got are one truth.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from app.core.words import Word

# From then on the day that is prepared is the next one.
EVENING_HOUR = 18
ACTOR = "sleep"
"""Who a change is by that the house made asleep: none of these is news to the next night."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """The model that answers, by its row, and where likeness begins for it."""

    model_id: int
    least_cosine: float


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a step is given: whose night it is, the changes it looks at (since < seq <= upto), the day it prepares.

    `cursor` is what the step before said; empty at the beginning. `meaning` asks for the model, None where there is
    none (yet). `read` opens a transaction as that person and `ask` puts a question to the language model
    (app/privacy/sending.py), for what is done before a step: `brought` is what came of it. A dry run asks nothing.
    """

    user_id: UUID
    now: datetime
    day: date
    zone: str
    since: int
    upto: int
    cursor: Mapping[str, Any]
    meaning: Callable[[asyncpg.Connection], Awaitable[Meaning | None]]
    read: Callable[[], AbstractAsyncContextManager[asyncpg.Connection]] | None = None
    ask: Callable[[Any], Awaitable[Any]] | None = None
    brought: Any = None
    is_dry: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did: `rows` looked at, and what of it is told. Without a cursor it was the last one."""

    rows: int
    cursor: Mapping[str, Any] | None = None
    output: Mapping[str, int] = field(default_factory=dict)
    tokens: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class SleepKind:
    """`label` and what it `does` are marked by `gettext_noop`. One that `follows_days` is worked at for each new day
    on which there is somebody to see it, any other when records have changed since. `bring` is done before each step,
    while no transaction is open; one that `asks_model` spends tokens, and is not there where no model may be asked."""

    name: str
    label: str
    does: Word
    step: Callable[[asyncpg.Connection, Stretch], Awaitable[Step]]
    follows_days: bool = False
    bring: Callable[[Stretch], Awaitable[Any]] | None = None
    asks_model: bool = False


def prepared_day(local: datetime) -> date:
    """Which day a night prepares that works at this moment."""
    return local.date() + timedelta(days=local.hour >= EVENING_HOUR)


def night_of(local: datetime) -> date:
    """A night lasts from noon to noon and is called by the day it began on: a budget is for one."""
    return (local - timedelta(hours=12)).date()
