"""What each slot of the pipeline does with a batch of one user's records, and what happens when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from app.core.database import Database
from app.core.pipeline import (
    Work,
    fail_work,
    finish_work,
    lease_work,
    put_off_work,
    release_leases,
    renew_leases,
)
from app.core.record import RecordText, read_texts
from app.enriching.noticing import notice_links
from app.enriching.queries import with_pages
from app.graph.connecting import connect_links
from app.graph.mentioning import mention_names
from app.graph.renaming import follow_names
from app.graph.strength import use_links
from app.heat.warming import warm_records
from app.kinds import KINDS
from app.ports.embedding import ModelAway
from app.ports.models import Models
from app.privacy.judging import judge_texts, keep_judged
from app.search.indexing import index_texts
from app.topics.tagging import tag_records

BATCHES = {"index": 64, "connect": 100, "heat": 500, "react": 1000}
log = structlog.get_logger()


@dataclass
class Reactor:
    """One worker's hands: leases a batch of a slot, works through it user by user, and accounts for each record."""

    database: Database
    models: Models
    name: str
    lease_seconds: int = 60
    reads_links: bool = True
    _reactions: dict[str, Callable[[UUID, Sequence[Work]], Awaitable[None]]] = field(init=False)

    def __post_init__(self) -> None:
        self._reactions = {
            "index": self._index,
            "connect": self._connect,
            "heat": self._heat,
            "react": self._react,
        }

    async def run_batch(self, slot: str, *, own_only: bool = False) -> int:
        """Work through one leased batch; returns how many records it held. `own_only` leaves an import's backlog."""
        async with self.database.anonymous() as connection:
            leased = await lease_work(connection, slot, self.name, BATCHES[slot], self.lease_seconds, own_only=own_only)
        by_user: dict[UUID, list[Work]] = {}
        for work in leased:
            by_user.setdefault(work.user_id, []).append(work)
        if by_user:
            async with self._holding(slot):
                for user_id, works in by_user.items():
                    await self._run(slot, user_id, works)
        return len(leased)

    async def give_back(self, slot: str) -> None:
        """Free what an interrupted batch left leased, which would else wait for its lease to run out."""
        async with self.database.anonymous() as connection:
            await release_leases(connection, [self.name], [slot], died=False)

    @asynccontextmanager
    async def _holding(self, slot: str) -> AsyncIterator[None]:
        """A long text takes the model longer than a lease: it is renewed for as long as the work goes on."""
        renewal = asyncio.create_task(self._renew(slot))
        try:
            yield
        finally:
            renewal.cancel()
            # What could not be renewed runs out and is taken again, which loses time and nothing else.
            await asyncio.gather(renewal, return_exceptions=True)

    async def _renew(self, slot: str) -> None:
        while True:
            await asyncio.sleep(self.lease_seconds / 3)
            async with self.database.anonymous() as connection:
                await renew_leases(connection, slot, self.name, self.lease_seconds)

    async def _run(self, slot: str, user_id: UUID, works: Sequence[Work]) -> None:
        """The batch at once; when that fails, one by one, so that a bad record holds back no other."""
        try:
            await self._reactions[slot](user_id, works)
        except ModelAway as away:
            log.info("slot.model_away", slot=slot, records=len(works), error=str(away))
            async with self.database.reading(user_id, "hearth") as connection:
                await put_off_work(connection, slot, works, away.pause, str(away))
            return
        except Exception as error:  # noqa: BLE001 (whatever a record does to us, it is written down and put off)
            if len(works) > 1:
                for work in works:
                    await self._run(slot, user_id, [work])
                return
            log.warning("slot.failed", slot=slot, record_id=str(works[0].record_id), error=type(error).__name__)
            async with self.database.reading(user_id, "hearth") as connection:
                await fail_work(connection, slot, works[0], f"{type(error).__name__}: {error}")
            return
        async with self.database.reading(user_id, "hearth") as connection:
            await finish_work(connection, slot, works)

    async def _texts(self, user_id: UUID, works: Sequence[Work]) -> list[RecordText]:
        async with self.database.reading(user_id, "hearth") as connection:
            return await read_texts(connection, KINDS, [work.record_id for work in works])

    async def _index(self, user_id: UUID, works: Sequence[Work]) -> None:
        async with self.database.anonymous() as connection:
            model = await self.models.ensure_answering(connection)
        texts = await self._texts(user_id, works)
        async with self.database.reading(user_id, "hearth") as connection:
            # For its meaning alone: nobody is mentioned and nothing is tagged by what a stranger wrote.
            texts = await with_pages(connection, texts)
        await index_texts(self.database, user_id, texts, model)

    async def _connect(self, user_id: UUID, works: Sequence[Work]) -> None:
        texts = await self._texts(user_id, works)
        await asyncio.to_thread(_parse, texts)
        judged = await asyncio.to_thread(judge_texts, texts)
        async with self.database.reading(user_id, "hearth") as connection:
            # One connect per user at a time: two batches that bind the same names would deadlock.
            await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 11))", str(user_id))
            await connect_links(connection, user_id, texts)
            await tag_records(connection, user_id, texts)
            await mention_names(connection, user_id, texts)
            await use_links(connection, [text.id for text in texts])
            await follow_names(connection, user_id, texts)
            await keep_judged(connection, judged)

    async def _heat(self, user_id: UUID, works: Sequence[Work]) -> None:
        texts = await self._texts(user_id, works)
        async with self.database.reading(user_id, "hearth") as connection:
            await warm_records(connection, user_id, works, texts)

    async def _react(self, user_id: UUID, works: Sequence[Work]) -> None:
        """Rules, sync and live pages subscribe here. So far: links, whose pages are read by hands of their own."""
        if self.reads_links:
            async with self.database.reading(user_id, "hearth") as connection:
                await notice_links(connection, user_id, KINDS, [work.record_id for work in works])


def _parse(texts: Sequence[RecordText]) -> None:
    for text in texts:
        assert text.references is not None
        assert text.own_words is not None
