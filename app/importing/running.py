"""The worker's part of an import: one at a time, as its user, gone on with when a worker was killed.

An import is idempotent and its action is known from the start, so whoever takes up a broken one begins anew: what
is in already is found unchanged, and the whole stays one action.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from app.core.database import Database
from app.core.errors import HearthError, Unavailable
from app.importing.report import Report
from app.importing.staging import Staging
from app.ports.blobs import BlobStore
from app.web.locale import gettext as _
from app.web.locale import use_locale

LEASE_SECONDS = 15
# How soon a page sees how far it is, and a wish to stop is heard.
BEAT_SECONDS = 0.5
MOST_ATTEMPTS = 5
SHOWN_MEANWHILE, SHOWN_AFTER = 20, 500
SPEAK = "select locale, time_zone from users where id = $1"
log = structlog.get_logger()

LEASE = "select id, user_id, name, action_id, attempts, began_at from gate_lease_import($1, $2)"
BEAT = """
update imports set done = $3, total = $4, report = $5, claimed_until = now() + make_interval(secs => $6),
       updated_at = now()
 where id = $1 and claimed_by = $2 and state = 'running' returning cancel_asked_at is not null"""
END = """
update imports set state = $3, error = $4, done = $5, total = $6, report = $7, claimed_by = null, claimed_until = null,
       updated_at = now(), ended_at = now()
 where id = $1 and claimed_by = $2 and state = 'running'"""
GIVE_BACK = """
update imports set claimed_by = null, claimed_until = null, attempts = attempts - 1
 where id = $1 and claimed_by = $2 and state = 'running'"""

# Of an import that was broken off, what came in before is found unchanged: the changes of its action tell how it was.
OF_ACTION = """
select count(distinct record_id) filter (where op = 'create') as added,
       count(distinct record_id) as touched,
       (select count(*) from attachments where created_at >= $3) as files
  from change_log where user_id = $1 and action_id = $2 and kind = $4"""
PLACE = "select place from imports where id = $1"


@dataclass(frozen=True, slots=True)
class Lease:
    id: UUID
    user_id: UUID
    name: str
    action_id: UUID
    attempts: int
    began_at: datetime


@dataclass(slots=True)
class Advance:
    """How far an import is, from its own hands to those that tell it."""

    report: Report = field(default_factory=Report)
    done: int = 0
    total: int | None = None
    is_cancelled: bool = False
    is_lost: bool = False

    def note(self, done: int, total: int) -> None:
        self.done, self.total = done, total


@dataclass
class ImportRunner:
    database: Database
    blobs: BlobStore
    staging: Staging
    name: str
    most_bytes: int = 10 * 2**30

    async def run_next(self) -> bool:
        """Bring in the oldest import that waits; False when none does."""
        async with self.database.anonymous() as connection:
            row = await connection.fetchrow(LEASE, self.name, LEASE_SECONDS)
        if row is None:
            return False
        lease = Lease(*row)
        await self._speak_with(lease.user_id)
        await self._run(lease, Advance())
        return True

    async def _speak_with(self, user_id: UUID) -> None:
        """What comes of it is told, and kept, in the person's language."""
        async with self.database.reading(user_id) as connection:
            row = await connection.fetchrow(SPEAK, user_id)
        if row is not None:
            use_locale(*row)

    async def _run(self, lease: Lease, advance: Advance) -> None:
        if lease.attempts > MOST_ATTEMPTS:
            await self._end(
                lease, advance, "failed", _("This was begun several times, and each time the worker died of it.")
            )
            return
        work = asyncio.create_task(self._import(lease, advance))
        beat = asyncio.create_task(self._beat(lease, advance, work))
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            await _stopped(work)
            await self._give_back(lease)
            raise
        finally:
            await _stopped(beat)
        await self._account(lease, advance, work)

    async def _import(self, lease: Lease, advance: Advance) -> None:
        # The readers of text and front matter take memory, which a house at rest shall not give.
        from app.importing.service import import_path

        path = self.staging.path(lease.id)
        if not path.is_file():
            raise HearthError(_("What was sent is no longer here; bring it once more."))
        await import_path(
            self.database, self.blobs, lease.user_id, path, advance.note,
            name=lease.name, action_id=lease.action_id, report=advance.report,
            place=(place := await self._place(lease)), most_bytes=self.most_bytes,
        )  # fmt: skip
        if not advance.report.is_exact:  # which is one transaction: nothing of it came in before
            await self._recount(lease, advance.report, "note" if place == "notes" else "capture")

    async def _place(self, lease: Lease) -> str:
        async with self.database.reading(lease.user_id) as connection:
            return str(await connection.fetchval(PLACE, lease.id))

    async def _recount(self, lease: Lease, report: Report, kind: str) -> None:
        async with self.database.reading(lease.user_id) as connection:
            row = await connection.fetchrow(OF_ACTION, lease.user_id, lease.action_id, lease.began_at, kind)
        assert row is not None
        all_ = sum(report.notes.values())
        report.notes["added"], report.notes["changed"] = row["added"], row["touched"] - row["added"]
        report.notes["unchanged"] = all_ - row["touched"]
        files = min(row["files"], sum(report.attachments.values()))
        report.attachments["unchanged"] -= files - report.attachments["added"]
        report.attachments["added"] = files

    async def _beat(self, lease: Lease, advance: Advance, work: asyncio.Task[None]) -> None:
        """Tell how far it is, keep the lease, and hear whether to stop."""
        while True:
            try:
                is_cancelled = await self._tell(lease, advance)
            except Exception as error:  # noqa: BLE001 (the database is away: the import itself waits for it)
                log.info("import.untold", error=type(error).__name__)
            else:
                if is_cancelled is not False:
                    advance.is_cancelled, advance.is_lost = bool(is_cancelled), is_cancelled is None
                    work.cancel()
                    return
            await asyncio.sleep(BEAT_SECONDS)

    async def _tell(self, lease: Lease, advance: Advance) -> bool | None:
        """Whether it is to stop; None when it is another's by now."""
        told = tell_report(advance.report, SHOWN_MEANWHILE)
        async with self.database.reading(lease.user_id) as connection:
            return await connection.fetchval(  # type: ignore[no-any-return]
                BEAT, lease.id, self.name, advance.done, advance.total, told, LEASE_SECONDS
            )

    async def _account(self, lease: Lease, advance: Advance, work: asyncio.Task[None]) -> None:
        if work.cancelled():
            if not advance.is_lost:
                await self._end(lease, advance, "cancelled")
            return
        error = work.exception()
        if error is None:
            await self._end(lease, advance, "done")
        elif isinstance(error, Unavailable):
            raise error  # the lease runs out, and whoever takes it goes on
        elif isinstance(error, HearthError):
            await self._end(lease, advance, "failed", str(error))
        else:
            log.error("import.failed", import_id=str(lease.id), exc_info=error)
            await self._end(
                lease, advance, "failed",
                _("Something broke while this was brought in; the log of the house says what."),
            )  # fmt: skip

    async def _end(self, lease: Lease, advance: Advance, state: str, error: str = "") -> None:
        told = tell_report(advance.report, SHOWN_AFTER)
        async with self.database.reading(lease.user_id) as connection:
            await connection.execute(
                END, lease.id, self.name, state, error, advance.done, advance.total, told
            )  # fmt: skip
        await asyncio.to_thread(self.staging.remove, lease.id)

    async def _give_back(self, lease: Lease) -> None:
        async with self.database.reading(lease.user_id) as connection:
            await connection.execute(GIVE_BACK, lease.id, self.name)


def tell_report(report: Report, at_most: int) -> str:
    """As JSON, each of its lists cut, with how long they were."""
    whole: dict[str, Any] = report.as_json()
    lists = {key: value for key, value in whole.items() if isinstance(value, list)}
    cut = {key: value[:at_most] for key, value in lists.items()}
    plain = json.dumps({**whole, **cut, "lengths": {key: len(value) for key, value in lists.items()}})
    # Postgres stores no NUL in jsonb; a hostile name may hold one.
    return plain.replace("\\u0000", "\\ufffd")


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
