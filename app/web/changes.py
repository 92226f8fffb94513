"""Who of this process waits for a record to change.

Postgres tells each commit's changes by a notification (migration 1270), which names ids and no words. One connection
of each process listens, while anybody has a page open. Where nothing can listen (a transaction pooler), whoever waits
looks from time to time (app/web/live.py).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import asyncpg
import structlog

from app.core.errors import HearthError
from app.web.locale import gettext as _

CHANNEL = "hearth_changes"
MOST_STREAMS = 40
"""Of one person: more open pages than anybody looks at."""

log = structlog.get_logger()


class TooManyStreams(HearthError):
    status = 429


class Changes:
    """Who of this process waits for what."""

    def __init__(self, url: str, *, can_listen: bool) -> None:
        self._url, self._can_listen = url, can_listen
        self._followers: dict[UUID, dict[asyncio.Event, UUID]] = defaultdict(dict)
        self._ear: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_listening = False
        self.has_ended = False

    @contextmanager
    def following(self, user_id: UUID, record_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set when the record, or the person's sessions, changed."""
        self.check_room(user_id)
        self._followers[user_id][event := asyncio.Event()] = record_id
        self._loop = asyncio.get_running_loop()
        if self._can_listen and self._ear is None:
            self._ear = asyncio.create_task(self._listen())
        try:
            yield event
        finally:
            self._leave(user_id, event)

    def check_room(self, user_id: UUID) -> None:
        """Raises TooManyStreams; to be asked before an answer begins, for one that streams cannot be refused."""
        if len(self._followers.get(user_id, ())) >= MOST_STREAMS:
            raise TooManyStreams(_("Too many pages are open at once to keep them all fresh."))

    def _leave(self, user_id: UUID, event: asyncio.Event) -> None:
        del self._followers[user_id][event]
        if not self._followers[user_id]:
            del self._followers[user_id]
        if not self._followers and self._ear is not None:
            self._ear.cancel()
            self._ear = None

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except (OSError, asyncpg.PostgresError) as error:
                log.info("live.not_listening", error=type(error).__name__)
            self.is_listening = False
            await asyncio.sleep(1)

    async def _hear(self) -> None:
        connection = await asyncpg.connect(self._url)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda *_: lost.set())
        try:
            await connection.add_listener(CHANNEL, lambda _c, _pid, _channel, payload: self._wake(payload))
            self.is_listening = True
            self._wake_all()  # what happened before it listened
            await lost.wait()
        finally:
            connection.terminate()

    def _wake(self, payload: str) -> None:
        user, _, rest = payload.partition(" ")
        record = UUID(rest.partition(" ")[0]) if rest else None
        for event, followed in self._followers.get(UUID(user), {}).items():
            if record in (None, followed):
                event.set()

    def _wake_all(self) -> None:
        for followers in self._followers.values():
            for event in followers:
                event.set()

    def end(self) -> None:
        """Let every stream go, for the process ends; from any thread, and from a signal's handler."""
        self.has_ended = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)
