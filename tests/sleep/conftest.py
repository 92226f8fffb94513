"""A night of one's own making: kinds that count their steps, and a clock that is set."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

import app.sleep.running
from app.core.sleeping import SleepKind, Step, Stretch
from app.core.words import Word
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.sleep.running import SleepRunner

MIDNIGHT = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)


class Counting:
    """A kind of work of so many steps, each over ten rows, that remembers what it was asked."""

    def __init__(self, name: str = "count", steps: int = 3, *, follows_days: bool = False) -> None:
        self.steps, self.seen, self.seconds = steps, [], 0.0
        self.kind = SleepKind(name, name, Word(name), self.step, follows_days)

    async def step(self, connection, stretch: Stretch) -> Step:
        done = stretch.cursor.get("done", 0) + 1
        await asyncio.sleep(self.seconds)
        self.seen.append((done, stretch.since, stretch.upto))
        return Step(10, {"done": done} if done < self.steps else None, {"found": 1})


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture(autouse=True)
def restless(monkeypatch):
    """Looked for at each ring."""
    monkeypatch.setattr(app.sleep.running, "LOOK_SECONDS", 0.0)


@pytest.fixture
def sleeper(worker_database, counting):
    def make(*kinds: SleepKind, at: datetime = MIDNIGHT, name: str = "tests") -> SleepRunner:
        chosen = kinds or (counting.kind,)
        return SleepRunner(worker_database, chosen, Models(make_embedder("fake")), name, lambda: at)

    return make


async def sleep_through(runner: SleepRunner) -> int:
    """How many stretches there were."""
    stretches = 0
    while await runner.run_next():
        stretches += 1
    return stretches


async def runs(owner) -> list[tuple[str, str, int]]:
    rows = await owner.fetch("select kind, state, rows from sleep_runs order by began_at, id")
    return [(row[0], row[1], row[2]) for row in rows]
