"""Everything of one account into one archive: read as it stood at one moment, written a few hundred rows at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from app.core.database import BECOME, Database
from app.core.portable import Readable
from app.core.record import Kind
from app.exporting import catalogue
from app.exporting.archive import ExportArchive, write_export
from app.exporting.catalogue import Table
from app.exporting.names import Names
from app.exporting.surroundings import read_folders, read_surroundings
from app.ports.blobs import BlobStore

AT_ONCE = 200
Progress = Callable[[int, int], None]

# Composed of names that Postgres itself quoted.
ROWS = "select row_to_json(t)::text from (select {columns} from {table} where {which} order by {order}) t"
SHAPE = "select string_agg(quote_ident(c), ', ') from unnest($1::text[]) c"
NEAR = "select id::text, row_to_json(t)::text as row from {table} t where deleted_at is null order by t.id"
FILES = "select id, path, sha256, created_at::text as at, deleted_at from attachments a order by a.id"


@dataclass(slots=True)
class Summary:
    """How many rows of each table, and the paths of files whose content is not here any more."""

    rows: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


async def export_account(
    database: Database, blobs: BlobStore, user_id: UUID, file: Path, kinds: Mapping[str, Kind],
    progress: Progress = lambda done, all_: None, *, history: bool = False, force: bool = False,
) -> Summary:  # fmt: skip
    """Write the account into `file`; `progress` hears rows done, all. Raises FileExistsError unless forced."""
    with write_export(file, force=force) as archive:
        async with _as_it_stands(database, user_id) as connection:
            export = Export(connection, blobs, user_id, archive, kinds, progress, history)
            return await export.run()


@asynccontextmanager
async def _as_it_stands(database: Database, user_id: UUID) -> AsyncIterator[asyncpg.Connection]:
    """One moment's view of all tables, whatever is written meanwhile."""
    async with (
        (await database.pool()).acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.execute("set local timezone to 'UTC'")
        await connection.fetchrow(BECOME, str(user_id), "export", "")
        yield connection  # type: ignore[misc]


@dataclass(slots=True)
class Export:
    connection: asyncpg.Connection
    blobs: BlobStore
    user_id: UUID
    archive: ExportArchive
    kinds: Mapping[str, Kind]
    progress: Progress
    history: bool
    summary: Summary = field(default_factory=Summary)
    names: Names = field(default_factory=Names)
    _done: int = 0
    _all: int = 0

    async def run(self) -> Summary:
        tables = await catalogue.read_tables(self.connection)
        carried = catalogue.carried_tables(tables)
        carried += [tables[name] for name in catalogue.HISTORY if self.history]
        self._all = await self._count(carried)
        for kind in self.kinds.values():
            await self._write_readable(kind)
        await self._write_files()
        for table in carried:
            which = catalogue.CARRIED.get(table.name, "true")
            numbered = table.key if table.name in catalogue.HISTORY else ()
            await self._write_rows(table.name, tuple(dict.fromkeys((*numbered, *table.columns))), which, table)
        await self._write_rows(catalogue.PERSON, await catalogue.read_preferences(self.connection), "true", None)
        await asyncio.to_thread(self.archive.close, self._told())
        return self.summary

    def _told(self) -> dict[str, Any]:
        return {
            "application": "Hearth", "version": version("hearth"), "account": str(self.user_id),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "history": self.history,
            "missing": self.summary.missing,
        }  # fmt: skip

    async def _count(self, tables: Sequence[Table]) -> int:
        """About as many as there are: each record counts twice, for its row and for its readable form."""
        counts = [await self.connection.fetchval(await self._compose("select count(*) from {table}", table.name))
                  for table in tables]  # fmt: skip
        records = await self.connection.fetchval("select count(*) from records where deleted_at is null")
        return int(sum(counts) + records)

    async def _compose(self, statement: str, table: str, columns: Sequence[str] = (), **parts: str) -> str:
        name = await self.connection.fetchval(SHAPE, [table])
        named = await self.connection.fetchval(SHAPE, list(columns)) or ""
        statement = statement.replace("{table}", name).replace("{columns}", named)
        for key, part in parts.items():
            statement = statement.replace("{" + key + "}", part)
        return statement

    async def _batches(self, statement: str) -> AsyncIterator[list[asyncpg.Record]]:
        cursor = await self.connection.cursor(statement)
        while rows := await cursor.fetch(AT_ONCE):
            yield rows
            self._done += len(rows)
            self.progress(min(self._done, self._all), self._all)

    async def _write_rows(self, name: str, columns: Sequence[str], which: str, table: Table | None) -> None:
        """The rows of a table; without one, the person's own row of `users`."""
        order = await self.connection.fetchval(SHAPE, list(table.key if table else ("id",)))
        source = table.name if table else "users"
        statement = await self._compose(ROWS, source, columns, which=which, order=order)
        with self.archive.lines(name, tuple(columns)) as lines:
            async for rows in self._batches(statement):
                await asyncio.to_thread(lines.add, [row[0] for row in rows])
        self.summary.rows[name] = lines.rows

    async def _write_readable(self, kind: Kind) -> None:
        form = kind.readable
        if form is None or not form.folder:
            return
        folders = await read_folders(self.connection)
        texts: list[str] = []
        async for rows in self._batches(await self._compose(NEAR, kind.table)):
            ids = [UUID(row["id"]) for row in rows]
            near = await read_surroundings(self.connection, ids)
            records = [json.loads(row["row"]) for row in rows]
            if form.frame is None:
                await asyncio.to_thread(self._add_texts, kind, form, records, near, folders)
            else:
                texts += [form.write(record, near[record["id"]]("", "")) for record in records]
        if form.frame is not None:
            head, foot = form.frame
            self.archive.add_text(form.folder + form.ending, kind.table, "", head + "".join(texts) + foot)

    def _add_texts(
        self, kind: Kind, form: Readable, records: Sequence[Mapping[str, Any]], near: Mapping[str, Any],
        folders: Mapping[str, str],
    ) -> None:  # fmt: skip
        for record in records:
            folder = folders.get(record.get("folder_id") or "", "")
            place = "/".join(part for part in (form.folder, folder) if part)
            path = self.names.path(place, form.name(record), form.ending)
            stem = path.rpartition("/")[2].removesuffix(form.ending)
            text = form.write(record, near[record["id"]](stem, folder))
            self.archive.add_text(path, kind.table, record["id"], text, record["updated_at"])

    async def _write_files(self) -> None:
        async for rows in self._batches(FILES):
            for row in rows:
                path = self.names.file("hearth/trash" if row["deleted_at"] else "files", row["path"])
                source = self.blobs.path(row["sha256"])
                if source.is_file():
                    await asyncio.to_thread(self.archive.add_file, path, str(row["id"]), source, row["at"])
                else:
                    self.summary.missing.append(row["path"])
