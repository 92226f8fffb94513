"""An export of Hearth comes in: the same account again in an empty one, and in a used one what is new of it.

All of it is one transaction and one action: it is in as a whole or not at all, and is undone as a whole.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from app.core.database import Database
from app.core.errors import Unavailable
from app.exporting import catalogue
from app.exporting.catalogue import Table
from app.importing.exact.archive import ExactArchive, newer
from app.importing.exact.ids import begin_ids
from app.importing.exact.rows import Prepare, Shared, TableRows
from app.importing.exact.standing import Standing
from app.importing.exact.statements import OWN, read_statements
from app.importing.exact.texts import Outside
from app.importing.report import Report
from app.ports.blobs import BlobStore
from app.web.locale import SUPPORTED, is_time_zone
from app.web.locale import gettext as _

AWAY = (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)

LIVED_IN = """
select exists (select from records r where not exists (
           select from contacts c where c.id = r.id and c.is_self))"""

# As of the last change that was logged here: to the heat slot there is nothing new about these records.
SETTLE_HEAT = """
update record_heat h set seq = c.seq
  from (select record_id, max(seq) as seq from change_log
         where user_id = $1 and record_id = any($2) group by record_id) c
 where h.user_id = $1 and h.record_id = c.record_id"""

SHAPE = "select string_agg(format('%1$I = p.%1$I', c), ', ') from unnest($1::text[]) c"
MAY_CHANGE = "select c from unnest($1::text[]) c where has_column_privilege('users', c, 'update')"
PREFER = """
update users u set {sets}, updated_at = now()
  from (select (jsonb_populate_record(u, $2::jsonb)).* from users u where u.id = $1) p where u.id = $1"""


async def import_exact(
    database: Database, blobs: BlobStore, user_id: UUID, archive: ExactArchive, report: Report, action_id: UUID,
    progress: Callable[[int, int], None],
) -> None:  # fmt: skip
    """Fill `report`. Raises Invalid where the archive is not as it was written, or newer than this Hearth."""
    await asyncio.to_thread(archive.check)
    outside = Outside(archive, blobs)
    await asyncio.to_thread(outside.look)
    try:
        async with database.reading(user_id, "import", action_id) as connection:
            await ExactImport(connection, user_id, archive, outside, report, progress).run()
    except asyncpg.DataError:
        raise  # by its class it is a trouble of the connection, but it is one of the values
    except AWAY:
        raise Unavailable(_("The database went away; nothing was changed. Run the import again.")) from None


@dataclass(slots=True)
class ExactImport:
    connection: asyncpg.Connection
    user_id: UUID
    archive: ExactArchive
    outside: Outside
    report: Report
    progress: Callable[[int, int], None]
    _done: int = 0
    _all: int = 0
    _failed: list[tuple[str, str]] = field(default_factory=list)
    _conflicts: list[str] = field(default_factory=list)

    async def run(self) -> None:
        tables = await catalogue.read_tables(self.connection)
        self._check_shape(tables)
        carried = catalogue.carried_tables(tables)
        self._all = sum(self.archive.manifest.rows.get(table.name, 0) for table in carried)
        if not await self.connection.fetchval(LIVED_IN):
            await self._prefer()
        ids = await begin_ids(self.connection, self.user_id, self.archive.manifest.account)
        shared = Shared(self.connection, self.user_id, ids, self._failed, self._conflicts)
        standing = await self._standing(tables)
        fates = {table.name: await self._bring(table, shared, standing) for table in carried}
        await self.connection.execute(SETTLE_HEAT, self.user_id, list(shared.fresh))
        self._tell(tables, fates)

    def _check_shape(self, tables: Mapping[str, Table]) -> None:
        """A table or column that is not known here would be lost in silence."""
        for name, columns in self.archive.manifest.columns.items():
            if name == catalogue.PERSON or name in catalogue.LEFT_OUT:
                continue
            if name not in tables or not set(columns) <= set(tables[name].columns):
                raise newer(self.archive.name)

    async def _standing(self, tables: Mapping[str, Table]) -> Standing:
        own = {
            table.name: (await read_statements(self.connection, table)).fill(OWN)
            for table in tables.values() if table.has_id
        }  # fmt: skip
        kinds = frozenset(table.name for table in tables.values() if table.is_kind) | {"records"}
        return Standing(kinds, own, self.outside.edited)

    async def _bring(self, table: Table, shared: Shared, standing: Standing) -> Counter[str]:
        prepare: Mapping[str, Prepare] = {"notes": self.outside.put_text, "attachments": self.outside.put_file}
        statements = await read_statements(self.connection, table)
        rows = TableRows(shared, statements, standing, prepare.get(table.name))
        for lines in self.archive.rows(table.name):
            await rows.take(lines)
            self._done += len(lines)
            self.progress(min(self._done, self._all), self._all)
            await asyncio.sleep(0)
        await rows.finish()
        return rows.fates

    async def _prefer(self) -> None:
        """How the person wants things; in an account that is lived in, that is as it is."""
        columns = set(self.archive.manifest.columns.get(catalogue.PERSON, ()))
        known = columns & set(await catalogue.read_preferences(self.connection))
        lines = next(self.archive.rows(catalogue.PERSON), [])
        mine = [row[0] for row in await self.connection.fetch(MAY_CHANGE, sorted(known - _unknown_here(lines)))]
        if not lines or not mine:
            return
        statement = PREFER.replace("{sets}", await self.connection.fetchval(SHAPE, mine))
        try:
            async with self.connection.transaction():
                await self.connection.execute(statement, self.user_id, lines[0])
        except (asyncpg.PostgresError, asyncpg.DataError) as error:
            self._failed.append((catalogue.PERSON, str(error).partition("\n")[0]))

    def _tell(self, tables: Mapping[str, Table], fates: dict[str, Counter[str]]) -> None:
        report = self.report
        report.is_exact = True
        report.notes.update(_told(fates.pop("notes", Counter())))
        report.attachments.update(_told(fates.pop("attachments", Counter())))
        report.others.update({name: _told(counts) for name, counts in fates.items() if tables[name].has_id and counts})
        report.failed.extend(self._failed)
        report.conflicts.extend(self._conflicts)
        report.notices.extend(self.outside.notices)
        if self.archive.manifest.has_history:
            sentence = _("the history is there to be read; nobody can write history, so it is not brought in")
            report.notices.append(("hearth/change_log.jsonl", sentence))


def _unknown_here(lines: list[str]) -> set[str]:
    """What the database takes, but no page could be shown in."""
    try:
        row = json.loads(lines[0]) if lines else {}
        good = {"time_zone": is_time_zone(str(row["time_zone"])), "locale": row["locale"] in SUPPORTED}
    except (ValueError, TypeError, KeyError, RecursionError):
        return {"time_zone", "locale"}
    return {name for name, is_good in good.items() if not is_good}


def _told(fates: Mapping[str, Any]) -> dict[str, int]:
    return {fate: fates[fate] for fate in ("added", "changed", "unchanged") if fates.get(fate)}
