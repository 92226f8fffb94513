"""What the house does once a day: once, by one worker, with its outcome written down."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app import chores
from app.chores import CHORES, House, run_due_chores
from app.importing.staging import Staging
from app.ports.blobs import BlobStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NIGHT = NOON.replace(hour=3)


@pytest.fixture
def house(worker_database, settings) -> House:
    return House(worker_database, BlobStore(settings.blobs_dir), Staging(settings.imports_dir))


async def test_two_workers_do_a_chore_once(house):
    done = await asyncio.gather(*[run_due_chores(house, NOON) for _ in range(4)])
    assert sorted(name for names in done for name in names) == sorted(CHORES)


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (NIGHT, NIGHT + timedelta(days=1), True),
        (NIGHT, NIGHT + timedelta(hours=1), False),
        (NOON, NIGHT + timedelta(days=1), False),
        (NOON - timedelta(hours=8), NIGHT + timedelta(days=1), True),
        (NOON, NOON + timedelta(hours=25), False),
        (NOON, NOON + timedelta(hours=29), True),
    ],
)
async def test_a_chore_waits_for_the_night_unless_the_machine_slept_through_it(house, last, now, due):
    await run_due_chores(house, last)
    assert (await run_due_chores(house, now) == list(CHORES)) is due


async def test_a_chore_that_fails_is_written_down_and_tried_again(house, owner, monkeypatch):
    async def fail(_house: House, _now: datetime) -> str:
        raise OSError("the disk is gone")

    monkeypatch.setattr(chores, "CHORES", {"purge": fail})
    await run_due_chores(house, NOON)
    told = await owner.fetchrow("select is_well, output, ended_at is not null from chores where name = 'purge'")
    assert tuple(told) == (False, "OSError: the disk is gone", True)
    monkeypatch.undo()
    await run_due_chores(house, NOON + timedelta(days=2))
    assert await owner.fetchval("select is_well from chores where name = 'purge'")
