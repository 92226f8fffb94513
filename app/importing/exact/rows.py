"""The rows of one table, from an archive into this account: new ones made, known ones compared, none of anybody else's
touched. What does not fit is told, and holds back no other row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from app.importing.exact import statements
from app.importing.exact.archive import AT_ONCE
from app.importing.exact.ids import Ids, is_id, taken_ids
from app.importing.exact.incoming import Incoming, Unfit, read_line
from app.importing.exact.standing import Standing
from app.importing.exact.statements import Statements
from app.web.locale import gettext as _

REFUSED = (asyncpg.PostgresError, asyncpg.DataError, ValueError, OverflowError)
# So deep can folders lie in folders whose rows come in the wrong order.
DEEPEST = 100
# Ids of records that stand within a list of a row: by table and column, under which key.
WITHIN = {"contacts": {"relations": "contact_id", "groups": "group_id"}}
# A change of another account's log means nothing here.
NOTHING_HERE: dict[str, dict[str, Any]] = {"attention": {"seq": None}, "record_heat": {"seq": 0}}

Prepare = Callable[[Incoming], Awaitable[None]]


@dataclass(slots=True)
class Shared:
    """What the tables of one import share. `fresh` are the records that came new, by the id that they have here."""

    connection: asyncpg.Connection
    user_id: UUID
    ids: Ids
    failed: list[tuple[str, str]]
    conflicts: list[str]
    fresh: set[UUID] = field(default_factory=set)


@dataclass(slots=True)
class TableRows:
    """`prepare` is what else a table needs done to a row before it comes in; raises Unfit."""

    shared: Shared
    statements: Statements
    standing: Standing
    prepare: Prepare | None = None
    fates: Counter[str] = field(default_factory=Counter)
    _waiting: list[Incoming] = field(default_factory=list)

    async def take(self, lines: Sequence[str]) -> None:
        rows = []
        for line in lines:
            try:
                rows.append(read_line(line, self.statements.table.has_id))
            except Unfit:
                self._tell(Incoming(line, {}, None), _("it is no row of this table"))
        await self._take(rows)

    async def finish(self) -> None:
        """What refers to rows of the same table comes when those are here; what never comes is let go of."""
        for _level in range(DEEPEST):
            before = len(self._waiting)
            await self._take_waiting()
            if len(self._waiting) in (0, before):
                break
        await self._take_waiting(at_last=True)

    async def _take_waiting(self, *, at_last: bool = False) -> None:
        rows, self._waiting = self._waiting, []
        for start in range(0, len(rows), AT_ONCE):
            await self._take(rows[start : start + AT_ONCE], at_last=at_last)

    async def _take(self, rows: Sequence[Incoming], *, at_last: bool = False) -> None:
        """All at once; when that fails, one by one, so that only what is at fault stays out."""
        if not rows:
            return
        before = Counter(self.fates), list(self._waiting)
        try:
            async with self.shared.connection.transaction():
                await self._write(rows, at_last)
        except (*REFUSED, Unfit) as error:
            self.fates, self._waiting = before
            if len(rows) == 1:
                self._tell(rows[0], _why(error))
                return
            for row in rows:
                await self._take([row], at_last=at_last)

    def _tell(self, row: Incoming, why: str) -> None:
        self.fates["failed"] += 1
        self.shared.failed.append((row.name(self.statements.table.name), why))

    async def _write(self, rows: Sequence[Incoming], at_last: bool) -> None:
        table = self.statements.table
        for row in rows:
            row.patch = {"user_id": str(self.shared.user_id)} | NOTHING_HERE.get(table.name, {})
            row.patch |= {column: self._resolve_all(row.row[column]) for column in table.loose if row.row.get(column)}
            within = WITHIN.get(table.name, {}).items()
            row.patch |= {name: self._resolve_within(row.row[name], key) for name, key in within if row.row.get(name)}
        ready = await self._refer(rows, at_last)
        for row in ready if self.prepare else ():
            assert self.prepare is not None
            await self.prepare(row)
        if not table.has_id:
            await self._write_keyless(ready)
            return
        known = await self._find_own(ready)
        here = [row for row in ready if row.id in known]
        new = [row for row in ready if row.id not in known]
        await self.standing.meet(self, here)
        await self._add(await self._without_twins(new))

    async def _refer(self, rows: Sequence[Incoming], at_last: bool) -> list[Incoming]:
        """Put the ids of this account into the columns that refer to other rows; gives those that can be written."""
        held: set[int] = set()
        for reference in self.statements.table.references:
            space = "records" if reference.target in self.standing.kinds else reference.target
            wanted = {id(row): self._resolve(space, row.row.get(reference.column)) for row in rows}
            there = await self._own(reference.target, [key for key in wanted.values() if key])
            for row in rows:
                target = wanted[id(row)]
                if reference.column in row.row:
                    row.patch[reference.column] = str(target) if target in there else None
                if target is None or target in there:
                    continue
                if reference.target == self.statements.table.name and not at_last:
                    held.add(id(row))
                elif reference.is_needed:
                    raise Unfit(_("what it belongs to is not in the archive"))
        self._waiting += [row for row in rows if id(row) in held]
        return [row for row in rows if id(row) not in held]

    def _resolve(self, space: str, value: Any) -> UUID | None:
        try:
            return self.shared.ids.of(space, UUID(value)) if value is not None else None
        except (ValueError, TypeError, AttributeError):
            raise Unfit(_("it refers to what is no id")) from None

    def _resolve_all(self, value: Any) -> Any:
        """One id or a list of them."""
        if isinstance(value, list):
            return [self._resolve_all(item) for item in value]
        return str(self._resolve("records", value))

    def _resolve_within(self, items: Any, key: str) -> Any:
        """What stands there and is no id means nobody, and stays as it is."""
        if not isinstance(items, list):
            return items
        return [
            {**item, key: self._resolve_all(item[key])} if isinstance(item, dict) and is_id(item.get(key)) else item
            for item in items
        ]

    async def _own(self, table: str, ids: Sequence[UUID]) -> set[UUID]:
        if not ids:
            return set()
        statement = self.standing.own[table]
        return {row[0] for row in await self.shared.connection.fetch(statement, self.shared.user_id, ids)}

    async def _find_own(self, rows: Sequence[Incoming]) -> set[UUID]:
        """Give each row the id that it has here, or would have; returns which of these are here."""
        ids, space = self.shared.ids, self.statements.table.space
        olds = [row.old for row in rows if row.old]
        mine = await self._own(self.statements.table.name, [*olds, *map(ids.mapped, olds)])
        strange = set(olds) - mine
        taken = await taken_ids(self.shared.connection, strange) if strange and space == "records" else set()
        for row in rows:
            assert row.old is not None
            mapped = ids.mapped(row.old)
            if row.old in mine:
                ids.move(space, row.old, row.old)
            elif mapped in mine or row.old in taken:
                ids.move(space, row.old, mapped)
            row.patch["id"] = str(ids.of(space, row.old))
        return mine

    async def _without_twins(self, rows: list[Incoming]) -> list[Incoming]:
        """Those that can be added, after what only one row may have was settled with the row that has it."""
        for unique in self.statements.uniques:
            found = await self._fetch(unique.find, rows, self.shared.user_id) if rows else []
            twins = {row["place"] - 1: row for row in found}
            settled = []
            for place, twin in twins.items():
                if await self.standing.settle(self, rows[place], unique.columns, twin):
                    settled.append(place)
            rows = [row for place, row in enumerate(rows) if place not in settled]
        return rows

    async def _add(self, rows: Sequence[Incoming]) -> None:
        for columns, group in self._by_columns(rows):
            statement = self.statements.insert(columns, statements.NOTHING)
            made = {row[0] for row in await self._fetch(statement, group)}
            for row in group:
                if row.id in made:
                    self._count(row, "added")
                else:
                    await self._add_mapped(row, columns)

    async def _add_mapped(self, row: Incoming, columns: Sequence[str]) -> None:
        """Its id is taken by what this account cannot see, or the archive has the same thing twice."""
        assert row.old is not None
        row.patch["id"] = str(self.shared.ids.mapped(row.old))
        if not await self._fetch(self.statements.insert(columns, statements.NOTHING), [row]):
            self._tell(row, _("something else stands in its place"))
            return
        self.shared.ids.move(self.statements.table.space, row.old, row.id)
        self._count(row, "added")

    def _count(self, row: Incoming, fate: str) -> None:
        self.fates[fate] += 1
        if fate == "added" and self.statements.table.is_kind:
            self.shared.fresh.add(row.id)

    async def _write_keyless(self, rows: Sequence[Incoming]) -> None:
        """Rows that are known by what they belong to: over what a trigger just made for a new record, else beside."""
        has_key = set(self.statements.table.key) <= set(self.statements.table.columns)
        is_fresh = [self.is_part_of_new(row) for row in rows]
        fresh = [row for row, yes in zip(rows, is_fresh, strict=True) if yes]
        others = [row for row, yes in zip(rows, is_fresh, strict=True) if has_key and not yes]
        for some, conflict in ((fresh, statements.OVER if has_key else ""), (others, statements.KEYLESS)):
            for columns, group in self._by_columns(some):
                made = len(await self._fetch(self.statements.insert(columns, self._conflict(columns, conflict)), group))
                self.fates["added"] += made
                self.fates["unchanged"] += len(group) - made

    def is_part_of_new(self, row: Incoming) -> bool:
        owner = self.statements.table.owner
        return owner is not None and UUID(row.patch[owner]) in self.shared.fresh

    def _conflict(self, columns: Sequence[str], conflict: str) -> str:
        """A table that is all key has nothing to write over."""
        if not conflict:
            return "returning 1"
        return conflict if set(columns) - {*self.statements.table.key, "user_id"} else statements.KEYLESS

    def _by_columns(self, rows: Sequence[Incoming]) -> list[tuple[list[str], list[Incoming]]]:
        """An older archive lacks columns, which then get what a new row gets."""
        groups: dict[tuple[str, ...], list[Incoming]] = {}
        for row in rows:
            columns = tuple(column for column in self.statements.table.columns if column in row.now)
            groups.setdefault(columns, []).append(row)
        return [(list(columns), group) for columns, group in groups.items()]

    async def _fetch(self, statement: str, rows: Sequence[Incoming], *more: Any) -> list[asyncpg.Record]:
        lines, patches = [row.line for row in rows], [row.patch_json for row in rows]
        return list(await self.shared.connection.fetch(statement, lines, patches, *more))


def _why(error: Exception) -> str:
    if isinstance(error, Unfit):
        return str(error)
    return _("it could not be stored: %(error)s") % {"error": str(error).partition("\n")[0]}
