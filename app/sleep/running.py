"""The worker's part: whose night it is, what is thought of, and to stop as soon as somebody comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import structlog

from app.core.database import Database
from app.core.sleeping import ACTOR, SleepKind, Step, Stretch
from app.ports.models import Models
from app.sleep import leasing
from app.sleep.deciding import Plan, Situation, choose_next, is_open, plan
from app.sleep.meaning import asker
from app.sleep.queries import read_situation

# How soon it is heard that somebody came back, that they want it to stop, or that the night is over.
BEAT_SECONDS = 1.0
# What is asked for is heard at each ring; whether somebody fell asleep is looked for less often.
LOOK_SECONDS = 30.0
log = structlog.get_logger()


class LostError(Exception):
    """The run is another's by now: what this step found is taken back with its transaction."""


@dataclass(slots=True)
class Work:
    """A stretch at work: what it may spend, what it has, and why it is to stop."""

    id: UUID
    user_id: UUID
    zone: str
    plan: Plan
    situation: Situation
    is_asked: bool
    is_dry: bool
    began: float = field(default_factory=time.monotonic)
    rows: int = 0
    tokens: int = 0
    reason: str = ""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    @property
    def is_spent(self) -> bool:
        """Whoever asks gets a night's budget for it; else it is what this night has left."""
        wishes, spent = self.situation.wishes, self.situation.spent
        before = (0.0, 0, 0) if self.is_asked else (spent.seconds, spent.rows, spent.tokens)
        return (
            before[0] + self.seconds >= wishes.seconds or before[1] + self.rows >= wishes.rows
            or (self.plan.kind.asks_model and before[2] + self.tokens >= wishes.tokens)
        )  # fmt: skip


def utc_now() -> datetime:
    return datetime.now(UTC)


class SleepRunner:
    """`ask` puts a person's question to the language model."""

    def __init__(
        self, database: Database, kinds: Sequence[SleepKind], models: Models, name: str,
        now: Callable[[], datetime] = utc_now, ask: Callable[[UUID, Any], Awaitable[Any]] | None = None,
    ) -> None:  # fmt: skip
        self.database, self.kinds, self.name, self.now = database, kinds, name, now
        self._meaning, self._ask = asker(models), ask
        self._looked = -LOOK_SECONDS

    async def run_next(self) -> bool:
        """One stretch of whoever asked, else of whoever is asleep; False when there is none."""
        async with self.database.anonymous() as connection:
            await connection.execute("select gate_interrupt_sleep()")
            sleepers = await connection.fetch("select * from gate_sleepers()")
        looks = time.monotonic() - self._looked >= LOOK_SECONDS
        for user_id, zone, seen_at, _has_asked in (row for row in sleepers if looks or row["has_asked"]):
            work = await self._take(user_id, zone, seen_at)
            if work is not None:
                await self._run(work)
                return True
        self._looked = time.monotonic() if looks else self._looked
        return False

    async def _take(self, user_id: UUID, zone: str, seen_at: datetime | None) -> Work | None:
        async with self.database.reading(user_id, ACTOR) as connection:
            situation = await read_situation(connection, self.now(), zone, seen_at)
            asked = await leasing.read_asked(connection)
            if asked is None:
                chosen = choose_next(self.kinds, situation)
                run_id = await leasing.begin(connection, user_id, self.name, chosen, situation) if chosen else None
                return Work(run_id, user_id, zone, chosen, situation, False, False) if run_id and chosen else None
            kind = next((kind for kind in self.kinds if kind.name == asked["kind"]), None)
            if kind is None:  # of another version of the house
                await leasing.refuse(connection, asked["id"])
                return None
            taken = await leasing.take(connection, asked["id"], self.name, chosen := plan(kind, situation), situation)
            return Work(asked["id"], user_id, zone, chosen, situation, True, asked["is_dry"]) if taken else None

    async def _run(self, work: Work) -> None:
        task = asyncio.create_task(self._work(work))
        beat = asyncio.create_task(self._beat(work, task))
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            await _stopped(task)
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await self._end(work, "interrupted")
            raise
        finally:
            await _stopped(beat)
        await self._account(work, task)

    async def _work(self, work: Work) -> str:
        cursor = work.plan.cursor
        while not work.is_spent:
            step = await self._step(work, cursor)
            work.rows, work.tokens = work.rows + step.rows, work.tokens + step.tokens
            if step.cursor is None:
                return "done"
            cursor = step.cursor
        return "spent"

    async def _step(self, work: Work, cursor: Mapping[str, Any]) -> Step:
        """What it found and how far it got are committed together, or neither."""
        kind, stretch = work.plan.kind, self._stretch(work, cursor)
        if kind.bring is not None:
            stretch = replace(stretch, brought=await kind.bring(stretch))
        async with self.database.reading(work.user_id, ACTOR) as connection:
            inner = connection.transaction()
            await inner.start()
            step = await kind.step(connection, stretch)
            await (inner.rollback() if work.is_dry else inner.commit())
            if not await leasing.advance(connection, work.id, self.name, step, work.seconds):
                raise LostError
        return step

    def _stretch(self, work: Work, cursor: Mapping[str, Any]) -> Stretch:
        plan = work.plan
        return Stretch(
            work.user_id, self.now(), plan.day, work.zone, plan.seq_from, plan.seq_to, cursor, self._meaning,
            partial(self.database.reading, work.user_id, ACTOR),
            partial(self._ask, work.user_id) if self._ask and not work.is_dry else None, is_dry=work.is_dry,
        )  # fmt: skip

    async def _beat(self, work: Work, task: asyncio.Task[str]) -> None:
        while True:
            try:
                work.reason = await self._reason_to_stop(work)
            except Exception as error:  # noqa: BLE001 (the database is away: the next beat asks again)
                log.info("sleep.unheard", error=type(error).__name__)
            if work.reason:
                task.cancel()
                return
            await asyncio.sleep(BEAT_SECONDS)

    async def _reason_to_stop(self, work: Work) -> str:
        async with self.database.reading(work.user_id, ACTOR) as connection:
            heard = await leasing.keep(connection, work.id, self.name, work.seconds)
        if heard is None:
            return "lost"
        if heard["is_stopped"]:
            return "stopped"
        if work.seconds >= work.situation.wishes.seconds:
            return "spent"
        return "" if work.is_asked else self._why_awake(work, heard["seen_at"])

    def _why_awake(self, work: Work, seen_at: datetime | None) -> str:
        before, now = work.situation.seen_at, self.now()
        if seen_at is not None and (before is None or seen_at > before):
            return "woken"
        return "" if is_open(work.situation.wishes, now.astimezone(ZoneInfo(work.zone))) else "morning"

    async def _account(self, work: Work, task: asyncio.Task[str]) -> None:
        if task.cancelled():
            if work.reason != "lost":
                await self._end(work, work.reason or "interrupted")
            return
        error = task.exception()
        if error is None:
            await self._end(work, task.result())
        elif isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.PostgresConnectionError):
            raise error  # the database is away: the lease runs out, and it is gone on with
        elif not isinstance(error, LostError):
            log.error("sleep.failed", kind=work.plan.kind.name, exc_info=error)
            # Its name alone: what an error says may hold a record's words.
            await self._end(work, "failed", type(error).__name__)

    async def _end(self, work: Work, state: str, error: str = "") -> None:
        async with self.database.reading(work.user_id, ACTOR) as connection:
            await leasing.end(connection, work.id, self.name, state, error, work.seconds)


async def _stopped(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
