"""The worker's part: one page after the other, fetched, read and kept. No transaction is open meanwhile.

A row of link_pages is the work that waits. It is leased like an import; a killed worker's lease runs out, and the page
is asked for again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from app.core.database import Database
from app.core.record import Kind
from app.ports.apart import run_apart
from app.ports.fetching import PICTURES, Bounds, Fetched, Fetcher
from app.ports.guarding import FetchError, TryLater

LEASE_SECONDS = 120
AT_ONCE = 3
# Between two requests to one host.
PAUSE_SECONDS = 2.0
MOST_ATTEMPTS = 5
FIRST_PAUSE_SECONDS, SLOWER = 60.0, 4
ICON = Bounds(seconds=8, connect_seconds=4, most_bytes=256 * 1024)
LARGEST_ICON = 65_536
log = structlog.get_logger()

LEASE = "select record_id, user_id, url, attempts from gate_lease_link_pages($1, $2, $3, $4)"
KEEP = """
update link_pages
   set state = 'done', final_url = $4, title = $5, description = $6, site = $7, language = $8, text = $9,
       content_hash = $10, favicon = $11, error = '', error_detail = '', read_at = now(), attempts = 0,
       rests_until = null, claimed_by = null, claimed_until = null
 where record_id = $1 and claimed_by = $2 and url = $3
returning (select r.kind from records r where r.id = record_id)"""
FAIL = """
update link_pages
   set state = case when $6::float8 is null then 'failed' else 'waiting' end, error = $4, error_detail = $5,
       due_at = now() + make_interval(secs => coalesce($6, 0)), claimed_by = null, claimed_until = null,
       rests_until = case when $7 then now() + make_interval(secs => $6) end
 where record_id = $1 and claimed_by = $2 and url = $3"""
GIVE_BACK = """
update link_pages set claimed_by = null, claimed_until = null, attempts = attempts - 1
 where record_id = $1 and claimed_by = $2"""


@dataclass(frozen=True, slots=True)
class Errand:
    record_id: UUID
    user_id: UUID
    url: str
    attempts: int


@dataclass
class LinkReader:
    database: Database
    fetcher: Fetcher
    kinds: Mapping[str, Kind]
    name: str
    pause_seconds: float = PAUSE_SECONDS
    icon_pause_seconds: float = 1.0

    async def run_batch(self) -> int:
        """Read some of the pages that wait, each of another host; how many they were."""
        async with self.database.anonymous() as connection:
            rows = await connection.fetch(LEASE, self.name, LEASE_SECONDS, AT_ONCE, self.pause_seconds)
        await asyncio.gather(*(self._run(Errand(*row)) for row in rows))
        return len(rows)

    async def _run(self, errand: Errand) -> None:
        if errand.attempts > MOST_ATTEMPTS:
            await self._fail(errand, FetchError("died"))
            return
        try:
            found = await self.fetcher.fetch(errand.url)
            said = await read_page(found)
            icon = await self._icon(said["icons"])
        except FetchError as error:
            await self._fail(errand, error)
        except asyncio.CancelledError:
            await self._tell(errand, GIVE_BACK, self.name)
            raise
        except Exception as error:  # noqa: BLE001 (whatever a page does to us, it is written down and asked for later)
            log.warning("link.failed", record_id=str(errand.record_id), error=type(error).__name__)
            await self._fail(errand, TryLater("unreadable"))
        else:
            await self._keep(errand, found, said, icon)

    async def _icon(self, addresses: list[str]) -> bytes | None:
        """The first that is one. A page without a picture is a page all the same."""
        for address in addresses:
            await asyncio.sleep(self.icon_pause_seconds)
            try:
                found = await self.fetcher.fetch(address, PICTURES, ICON)
            except FetchError:
                continue
            made = await run_apart("icon_making.py", found.body)
            if made and len(made) <= LARGEST_ICON:
                return made
        return None

    async def _keep(self, errand: Errand, found: Fetched, said: dict[str, Any], icon: bytes | None) -> None:
        words = [said[name] for name in ("title", "description", "site", "language", "text")]
        digest = hashlib.sha256(said["text"].encode()).hexdigest()
        async with self.database.reading(errand.user_id, "hearth") as connection:
            kind = await connection.fetchval(
                KEEP, errand.record_id, self.name, errand.url, found.url, *words, digest, icon
            )
            # A person's own word for it stays; what had none is called what its page is called.
            if kind is not None and said["title"] and (entitle := self.kinds[kind].entitle):
                await connection.execute(entitle, errand.record_id, said["title"])

    async def _fail(self, errand: Errand, error: FetchError) -> None:
        """Later, four times as long each time, unless the host named the time; or for good."""
        pause = None
        if isinstance(error, TryLater) and errand.attempts < MOST_ATTEMPTS:
            pause = max(error.pause, 0 if error.is_told else FIRST_PAUSE_SECONDS * SLOWER ** (errand.attempts - 1))
        is_told = pause is not None and isinstance(error, TryLater) and error.is_told
        log.info("link.not_read", record_id=str(errand.record_id), reason=error.reason, again=pause is not None)
        await self._tell(errand, FAIL, self.name, errand.url, error.reason, error.detail[:200], pause, is_told)

    async def _tell(self, errand: Errand, statement: str, *values: object) -> None:
        async with self.database.reading(errand.user_id, "hearth") as connection:
            await connection.execute(statement, errand.record_id, *values)


async def read_page(found: Fetched) -> dict[str, Any]:
    """What it says, by a process of its own. Raises FetchError."""
    said = await run_apart("page_reading.py", found.body, found.url, found.charset, found.media_type)
    if said is None:
        raise FetchError("unreadable")
    known: dict[str, Any] = json.loads(said)
    # Half of a surrogate pair is JSON, and no text to Postgres.
    return {key: _readable(value) if isinstance(value, str) else value for key, value in known.items()}


def _readable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "")
