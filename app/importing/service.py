"""The import of a folder or archive of Markdown. Running it again goes on where it ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Protocol, TypeVar
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncpg
import structlog

from app.core.database import Database
from app.core.errors import Unavailable
from app.importing.attaching import (
    ImportedFile,
    attachment_paths,
    give_to_notes,
    keep_blob,
    write_attachments,
)
from app.importing.dating import Calendar
from app.importing.exact.archive import open_exact
from app.importing.exact.service import import_exact
from app.importing.folders import keep_folders
from app.importing.links import FileTally, LinkTally, shown_files
from app.importing.people import CardImporter, count_cards
from app.importing.reading import ImportedNote, read_note
from app.importing.report import Report
from app.importing.sources import Source, SourceFile, UnreadableError, open_source
from app.importing.writing import write_notes
from app.ports.blobs import BlobStore
from app.web.locale import gettext as _

AT_ONCE = 200
BYTES_AT_ONCE = 8 * 2**20
MOST_BYTES = 10 * 2**30
# A server that was killed is started again within seconds; the import waits for it.
PAUSES = (0.5, 1, 2, 4, 8, 15, 30)
_GONE = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)
_IN_EACH_OTHERS_WAY = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
_REFUSED = (asyncpg.PostgresError, asyncpg.DataError, ValueError, OverflowError)

log = structlog.get_logger()
Result = TypeVar("Result")


class Readable(Protocol):
    @property
    def path(self) -> str: ...


Read = TypeVar("Read", bound=Readable)
Progress = Callable[[int, int], None]


async def import_path(
    database: Database,
    blobs: BlobStore,
    user_id: UUID,
    path: Path,
    progress: Progress = lambda done, all_: None,
    *,
    name: str = "",
    action_id: UUID | None = None,
    report: Report | None = None,
    place: str = "notes",
    most_bytes: int = MOST_BYTES,
) -> Report:
    """Bring a folder or zip archive in as the user's notes and files; `progress` hears files done, all.

    What Hearth exported comes in as the account that it was, row by row; all else as Markdown.

    `place` "inbox" makes a capture of each file instead. `most_bytes`: how much a person may have in files.

    Who goes on with an import gives its action, and who may break it off a report to be filled as it goes.
    """
    report = Report() if report is None else report
    with open_exact(path, name or path.name) as archive:
        if archive is not None and place == "notes":
            await import_exact(database, blobs, user_id, archive, report, action_id or uuid4(), progress)
            return report
    async with database.reading(user_id, "import") as connection:
        zone = _zone(await connection.fetchval("select time_zone from users where id = $1", user_id))
    with open_source(path, zone, name) as source:
        importer = _kind_of(place)(
            database,
            blobs,
            user_id,
            source,
            zone,
            progress,
            action_id or uuid4(),
            report,
            most_bytes=most_bytes,
        )
        return await importer.run()


def _kind_of(place: str) -> type[Importer]:
    if place == "notes":
        return Importer
    from app.importing.catching import Catcher

    return Catcher


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


@dataclass(slots=True)
class Importer:
    """One run: all that it writes shares one action, so that it can be undone as one."""

    database: Database
    blobs: BlobStore
    user_id: UUID
    source: Source
    zone: tzinfo
    progress: Progress
    action_id: UUID
    report: Report
    links: LinkTally = field(default_factory=LinkTally)
    files: FileTally = field(default_factory=FileTally)
    most_bytes: int = MOST_BYTES
    _done: int = 0
    _total: int = 0

    async def run(self) -> Report:
        self.report.failed.extend(self.source.refused)
        cards = [file for file in self.source.files if file.is_cards]
        self._total = len(self.source.files) - len(cards) + await asyncio.to_thread(_count_cards, cards)
        self.progress(0, self._total)
        await self._import_notes([file for file in self.source.files if file.is_note])
        await self._import_people(cards)
        await self._import_files([file for file in self.source.files if not file.is_note and not file.is_cards])
        await self._in_transaction(self._tell)
        return self.report

    async def _import_notes(self, files: Sequence[SourceFile]) -> None:
        calendar = Calendar(files, self.zone, datetime.now(UTC))
        stems = Counter(file.stem.casefold() for file in files)
        folders = await self._in_transaction(
            lambda connection: keep_folders(connection, self.user_id, {file.folder for file in files})
        )

        def read(file: SourceFile) -> ImportedNote:
            return read_note(file, calendar, shared_stem=stems[file.stem.casefold()] > 1)

        async for notes in self._read_ahead(files, read):
            for note in notes:
                self._remember(note)
            await self._write(notes, lambda connection, part: self._write_notes(connection, part, folders))

    def _remember(self, note: ImportedNote) -> None:
        self.links.add(note.references)
        self.files.add(note.folder, note.path, shown_files(note.content, note.references))
        self.report.notices.extend((note.path, notice) for notice in note.notices)

    async def _write_notes(
        self, connection: asyncpg.Connection, notes: Sequence[ImportedNote], folders: Mapping[str, UUID]
    ) -> Callable[[], None]:
        fates = await write_notes(connection, self.user_id, notes, folders)
        return lambda: self.report.count_notes(fates)

    async def _import_people(self, files: Sequence[SourceFile]) -> None:
        people = CardImporter(self.database, self.blobs, self.user_id, self.action_id, self.report, self._advance)
        for file in files:
            await people.run(file)

    def _advance(self, done: int) -> None:
        self._done += done
        self.progress(self._done, self._total)

    async def _import_files(self, files: Sequence[SourceFile]) -> None:
        async for kept in self._read_ahead(files, lambda file: keep_blob(file, self.blobs)):
            await self._write(kept, self._write_files)

    async def _write_files(self, connection: asyncpg.Connection, files: Sequence[ImportedFile]) -> Callable[[], None]:
        fates = await write_attachments(connection, self.user_id, files)
        return lambda: self.report.attachments.update(fates.values())

    async def _tell(self, connection: asyncpg.Connection) -> None:
        shown_by, self.report.missing = self.files.bind(await attachment_paths(connection, self.user_id))
        await give_to_notes(connection, self.user_id, shown_by)
        self.report.links = await self.links.report(connection, self.user_id)

    async def _read_ahead(
        self, files: Sequence[SourceFile], read: Callable[[SourceFile], Read]
    ) -> AsyncIterator[list[Read]]:
        """Batches of what was read, the next one being read while the caller writes this one."""
        upcoming: asyncio.Task[tuple[list[Read], list[tuple[str, str]]]] | None = None
        size = 0
        for batch in [*_batches(files), []]:
            task = asyncio.create_task(asyncio.to_thread(_read_all, batch, read)) if batch else None
            if upcoming:
                found, failed = await upcoming
                self.report.failed.extend(failed)
                if found:
                    yield found
                self._done += size
                self.progress(self._done, self._total)
            upcoming, size = task, len(batch)

    async def _write(
        self,
        items: Sequence[Read],
        write: Callable[[asyncpg.Connection, Sequence[Read]], Awaitable[Callable[[], None]]],
    ) -> None:
        """All in one transaction; when that fails, one by one, so that only what is at fault stays out."""
        try:
            count = await self._in_transaction(lambda connection: write(connection, items))
        except _REFUSED as error:
            if len(items) == 1:
                self.report.failed.append((items[0].path, _("it could not be stored: %(error)s") % {"error": error}))
                return
            for item in items:
                await self._write([item], write)
            return
        count()

    async def _in_transaction(self, work: Callable[[asyncpg.Connection], Awaitable[Result]]) -> Result:
        for pause in (0, *PAUSES):
            await asyncio.sleep(pause)
            try:
                async with self.database.reading(self.user_id, "import") as connection:
                    await connection.execute("select set_config('app.action_id', $1, true)", str(self.action_id))
                    return await work(connection)
            except asyncpg.DataError:
                raise  # by its class it is a trouble of the connection, but it is one of the values
            except (*_GONE, *_IN_EACH_OTHERS_WAY) as error:
                log.info("import.waiting", error=type(error).__name__)
        raise Unavailable(_("The database is away and did not come back in time; run the import again to go on."))


def _count_cards(files: Sequence[SourceFile]) -> int:
    count = 0
    for file in files:
        with suppress(UnreadableError):
            count += count_cards(file.read())
    return count


def _batches(files: Sequence[SourceFile]) -> Iterator[list[SourceFile]]:
    batch: list[SourceFile] = []
    size = 0
    for file in files:
        if batch and (len(batch) == AT_ONCE or size + file.size > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch


def _read_all(
    files: Sequence[SourceFile], read: Callable[[SourceFile], Read]
) -> tuple[list[Read], list[tuple[str, str]]]:
    found: list[Read] = []
    failed: list[tuple[str, str]] = []
    for file in files:
        try:
            found.append(read(file))
        except UnreadableError as error:
            failed.append((file.path, str(error)))
        except Exception as error:  # noqa: BLE001 (whatever a file does to us, it is listed and stops nothing)
            reason = f"{type(error).__name__}: {error}"
            failed.append((file.path, _("it could not be read (%(error)s)") % {"error": reason}))
    return found, failed
