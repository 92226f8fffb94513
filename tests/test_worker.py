"""The worker's hands outlive the job that set them to work."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Iterator
from contextlib import asynccontextmanager
from itertools import pairwise

import asyncpg
import pytest
from arq import create_pool
from arq.connections import RedisSettings
from arq.constants import in_progress_key_prefix, retry_key_prefix

import app.worker
from app.core.database import Database
from app.core.pipeline import SLOTS
from app.ports.embedding import WordHashEmbedder
from app.settings import Settings
from tests.conftest import Person, write


class SlowEmbedder(WordHashEmbedder):
    """Takes longer over a batch than arq gives a job."""

    def embed_documents(self, texts):
        time.sleep(0.25 * len(texts))
        return super().embed_documents(texts)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(app.worker, "JOB_SECONDS", 1)
    monkeypatch.setattr(app.worker, "make_embedder", lambda _provider: SlowEmbedder())
    yield


@asynccontextmanager
async def working(settings: Settings):
    worker = app.worker.make_worker(settings, handle_signals=False)
    running = asyncio.create_task(worker.async_run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # arq closes Redis by an older name
            await worker.close()
        await asyncio.sleep(0.05)  # the transports' own farewell


async def test_a_batch_that_takes_longer_than_a_job_is_done_once_and_not_parked(
    settings: Settings, database: Database, owner: asyncpg.Connection, alice: Person
):
    for number in range(10):
        await write(database, alice, f"Note {number}")
    async with working(settings), asyncio.timeout(25):
        while await owner.fetchval("select count(*) from pipeline where attempts < 3"):
            await asyncio.sleep(0.1)
    assert await owner.fetch("select slot, attempts, error from pipeline") == []


async def test_a_worker_killed_in_the_middle_of_a_ring_leaves_no_slot_deaf(
    settings: Settings, database: Database, owner: asyncpg.Connection, alice: Person
):
    assert settings.redis_url
    redis = await create_pool(RedisSettings.from_dsn(settings.redis_url))
    await app.worker.ring(redis)
    for slot in SLOTS:  # as if it had been running: arq believes that for a while, then counts it as a try
        await redis.set(in_progress_key_prefix + f"slot:{slot}", b"1", px=2000)
        await redis.incr(retry_key_prefix + f"slot:{slot}")
    await write(database, alice, "Found all the same")
    async with working(settings), asyncio.timeout(25):
        while await owner.fetchval("select count(*) from pipeline"):
            await asyncio.sleep(0.1)
        while any([await redis.exists(retry_key_prefix + f"slot:{slot}") for slot in SLOTS]):
            await asyncio.sleep(0.1)
    await app.worker.ring(redis)
    queued = [await redis.zscore("arq:queue", f"slot:{slot}") for slot in SLOTS]
    await redis.aclose()
    assert all(queued), "a slot cannot be rung any more"


async def test_who_only_looks_whether_there_is_anything_looks_one_after_the_other(worker_database, alice: Person):
    """At rest one connection serves all of them, and the backends of the others come of age."""
    rung: list[tuple[str, float]] = []

    class Bell:
        def __init__(self, name: str) -> None:
            self.name = name

        def set(self) -> None:
            rung.append((self.name, time.monotonic()))

    names = ("imports", "exports", "models", "links", "atlas", "sleep", "digest")
    bells = {name: [Bell(name)] for name in (*SLOTS, *names)}
    await app.worker.sweep({"database": worker_database, "bells": bells})
    looking = [at for name, at in rung if name in names]
    assert [name for name, _at in rung if name in names] == list(names)
    assert all(later - sooner >= 0.9 * app.worker.APART_SECONDS for sooner, later in pairwise(looking))
