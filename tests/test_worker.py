"""The worker's hands outlive the job that set them to work."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Iterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

import app.worker
from app.core.database import Database
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
