"""The worker's part of an export that a browser asked for: made in the background, kept a day."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog

from app.core.database import Database
from app.core.record import Kind
from app.exporting.service import export_account
from app.ports.blobs import BlobStore
from app.web.locale import gettext as _
from app.web.locale import use_locale

KEPT = timedelta(hours=24)
LEASE_SECONDS, BEAT_SECONDS, TIDY_SECONDS = 15, 0.5, 600.0
MOST_ATTEMPTS = 5
_ARCHIVE = re.compile(r"\.?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.zip(?:\.\d+\.draft)?")

LEASE = "select id, user_id, has_history, attempts from gate_lease_export($1, $2)"
SPEAK = "select locale, time_zone from users where id = $1"
BEAT = """
update exports set done = $3, total = $4, claimed_until = now() + make_interval(secs => $5)
 where id = $1 and claimed_by = $2 and state = 'running'"""
END = """
update exports set state = $3, size = $4, error = $5, claimed_by = null, claimed_until = null, ended_at = now()
 where id = $1 and claimed_by = $2 and state = 'running'"""
GIVE_BACK = """
update exports set claimed_by = null, claimed_until = null, attempts = attempts - 1
 where id = $1 and claimed_by = $2 and state = 'running'"""
# The newest takes the place of those before it: however often the button is pressed, a person has one on the disk.
REPLACE = "update exports set state = 'gone' where id <> $1 and state = 'done' returning id"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Lease:
    id: UUID
    user_id: UUID
    has_history: bool
    attempts: int


@dataclass(slots=True)
class Advance:
    done: int = 0
    total: int | None = None

    def note(self, done: int, total: int) -> None:
        self.done, self.total = done, total


def archive_path(folder: Path, export_id: UUID) -> Path:
    return folder / f"{export_id}.zip"


@dataclass
class ExportRunner:
    database: Database
    blobs: BlobStore
    kinds: Mapping[str, Kind]
    folder: Path
    name: str
    _tidied: float = field(default=-TIDY_SECONDS)

    async def run_next(self) -> bool:
        """Make the oldest export that waits; False when none does."""
        async with self.database.anonymous() as connection:
            row = await connection.fetchrow(LEASE, self.name, LEASE_SECONDS)
        if row is None:
            return False
        lease = Lease(*row)
        async with self.database.reading(lease.user_id) as connection:
            use_locale(*(await connection.fetchrow(SPEAK, lease.user_id) or ("en", "UTC")))
        await self._run(lease, Advance())
        return True

    async def _run(self, lease: Lease, advance: Advance) -> None:
        if lease.attempts > MOST_ATTEMPTS:
            sentence = _("This was begun several times, and each time the worker died of it.")
            await self._end(lease, "failed", None, sentence)
            return
        work = asyncio.create_task(self._export(lease, advance))
        try:
            while not work.done():
                await asyncio.wait([work], timeout=BEAT_SECONDS)
                await self._beat(lease, advance)
            await self._account(lease, work)
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await self._give_back(lease)
            raise

    async def _export(self, lease: Lease, advance: Advance) -> int:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = archive_path(self.folder, lease.id)
        await export_account(
            self.database, self.blobs, lease.user_id, path, self.kinds, advance.note,
            history=lease.has_history, force=True,
        )  # fmt: skip
        return path.stat().st_size

    async def _beat(self, lease: Lease, advance: Advance) -> None:
        try:
            async with self.database.reading(lease.user_id) as connection:
                await connection.execute(BEAT, lease.id, self.name, advance.done, advance.total, LEASE_SECONDS)
        except Exception as error:  # noqa: BLE001 (the next beat tells; a lease that ran out is taken again)
            log.info("export.untold", error=type(error).__name__)

    async def _account(self, lease: Lease, work: asyncio.Task[int]) -> None:
        error = work.exception()
        if error is None:
            await self._end(lease, "done", work.result())
            await self._remove_former(lease)
        elif isinstance(error, OSError):
            log.error("export.failed", export_id=str(lease.id), exc_info=error)
            sentence = _("The disk of this house took no more: %(error)s") % {"error": error.strerror or error}
            await self._end(lease, "failed", None, sentence)
        else:
            log.error("export.failed", export_id=str(lease.id), exc_info=error)
            sentence = _("Something broke while this was written; the log of the house says what.")
            await self._end(lease, "failed", None, sentence)

    async def _remove_former(self, lease: Lease) -> None:
        async with self.database.reading(lease.user_id) as connection:
            former = [row[0] for row in await connection.fetch(REPLACE, lease.id)]
        for export_id in former:
            await asyncio.to_thread(archive_path(self.folder, export_id).unlink, missing_ok=True)

    async def _end(self, lease: Lease, state: str, size: int | None, error: str = "") -> None:
        async with self.database.reading(lease.user_id) as connection:
            await connection.execute(END, lease.id, self.name, state, size, error)

    async def _give_back(self, lease: Lease) -> None:
        async with self.database.reading(lease.user_id) as connection:
            await connection.execute(GIVE_BACK, lease.id, self.name)

    async def tidy(self, now: datetime) -> None:
        """Every ten minutes: delete archives that are a day old, or whose account is gone."""
        if time.monotonic() - self._tidied < TIDY_SECONDS:
            return
        self._tidied = time.monotonic()
        await remove_old_exports(self.database, self.folder, now)


async def remove_old_exports(database: Database, folder: Path, now: datetime) -> int:
    """Returns how many files there were."""
    here = list(await asyncio.to_thread(_list, folder))  # listed first: one that begins meanwhile is not left behind
    async with database.anonymous() as connection:
        needed = {row[0] for row in await connection.fetch("select gate_give_up_exports($1)", now - KEPT)}
    old = [path for path, export_id in here if export_id not in needed]
    for path in old:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return len(old)


def _list(folder: Path) -> Iterable[tuple[Path, UUID]]:
    for path in folder.iterdir() if folder.is_dir() else ():
        if match := _ARCHIVE.fullmatch(path.name):
            yield path, UUID(match[1])
