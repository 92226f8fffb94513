"""What other parts of the house show on a record's page: composed in app/main.py, as kinds are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg


@dataclass(frozen=True, slots=True)
class TodayPanel:
    """What another part shows on Today; `read` and `template` as a record's panel has them, without a record."""

    template: str
    read: Callable[[asyncpg.Connection], Awaitable[Any | None]]


@dataclass(frozen=True, slots=True)
class Panel:
    """`read` gives the frozen struct that `template` sees as `page`, None for nothing to show. `place` is where it
    stands on the page: `last` and `next` on the first screen, `body` below the timeline, `margin` beside it.

    `read` takes the connection, the record's id and its kind.
    """

    place: str
    template: str
    read: Callable[[asyncpg.Connection, UUID, str], Awaitable[Any | None]]
