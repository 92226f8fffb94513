"""The rows of an archive that meet a row which stands here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

import asyncpg

from app.importing.exact import merging, statements
from app.importing.exact.incoming import Incoming
from app.web.locale import gettext as _

if TYPE_CHECKING:
    from app.importing.exact.rows import TableRows

LONGEST_TITLE = 500

# It lies in the trash because the import that brought it was taken back, and not by a person's hand.
UNDONE = """
select c.record_id from change_log c
 where c.user_id = $1 and c.record_id = any($2) and c.op = 'create' and is_undone(c.action_id)
   and (select l.actor = 'undo' from change_log l where l.user_id = $1 and l.record_id = c.record_id
           and 'deleted_at' = any(l.columns) order by l.seq desc limit 1)"""

# Whether the text is a person's by now: written since whatever an import did last, or of an unknown past.
REWRITTEN = """
select coalesce(max(seq) filter (where actor not in ('import', 'undo')), 0)
       > coalesce(max(seq) filter (where actor = 'import'), 0)
  from change_log where user_id = $1 and record_id = $2 and (op = 'create' or 'content' = any(columns))"""


@dataclass(slots=True)
class Standing:
    """`own` are statements that find a table's rows of this account; `edited`: old ids of what was changed outside."""

    kinds: frozenset[str]
    own: Mapping[str, str]
    edited: Mapping[UUID, str] = field(default_factory=dict)

    async def meet(self, rows: TableRows, known: Sequence[Incoming]) -> None:
        """Rows that are here by their id: the later one stands, and a text that a person wrote here is never lost."""
        different = await self._compare(rows, known)
        undone = await self._undone(rows, [row for row in known if _revives(row, different.get(row.id))])
        taken: list[Incoming] = []
        for row in known:
            here = different.get(row.id)
            fate = "unchanged" if here is None else await self._fate(rows, row, here, row.id in undone)
            if fate in ("added", "changed"):
                taken.append(row)
            rows.fates[fate] += 1
        await self._update(rows, taken)

    async def _compare(self, rows: TableRows, known: Sequence[Incoming]) -> dict[UUID, dict[str, Any]]:
        if not known:
            return {}
        statement = rows.statements.fill(statements.COMPARE)
        kept_here = list(merging.KEPT_HERE)
        found = await rows._fetch(statement, known, rows.shared.user_id, kept_here)
        return {known[row["place"] - 1].id: json.loads(row["here"]) for row in found}

    async def _undone(self, rows: TableRows, candidates: Sequence[Incoming]) -> set[UUID]:
        if not candidates:
            return set()
        ids = [row.id for row in candidates]
        found = await rows.shared.connection.fetch(UNDONE, rows.shared.user_id, ids)
        return {row[0] for row in found}

    async def _fate(self, rows: TableRows, row: Incoming, here: dict[str, Any], is_undone: bool) -> str:
        if is_undone:
            return "added"
        is_edited = row.old in self.edited
        if not is_edited and not merging.is_newer(row.row, here):
            return "unchanged"
        if "content" in row.now and row.now["content"] != here.get("content"):
            # What was edited outside began as what the archive's own row says.
            untouched = is_edited and row.row["content"] == here["content"]
            if not untouched and await rows.shared.connection.fetchval(REWRITTEN, rows.shared.user_id, row.id):
                return await self._put_beside(rows, row)
        if is_edited:
            row.patch.setdefault("updated_at", here.get("updated_at"))  # the trigger dates it now
        return "changed"

    async def _put_beside(self, rows: TableRows, row: Incoming) -> str:
        """The text of the archive as a note of its own, since a person went on writing the one that is here."""
        title, content = str(row.now.get("title") or ""), str(row.now["content"])
        note_of = f" ({_('imported %(day)s') % {'day': datetime.now(UTC).date().isoformat()}})"
        stamp = f"{row.old}#{sha256(content.encode()).hexdigest()}"
        row.patch |= {
            "id": str(uuid5(rows.shared.user_id, stamp)), "title": title[: LONGEST_TITLE - len(note_of)] + note_of,
            "source_id": None, "note_kind": "note", "deleted_at": None,
        }  # fmt: skip
        columns = [column for column in rows.statements.table.columns if column in row.now]
        if not await rows._fetch(rows.statements.insert(columns, statements.NOTHING), [row]):
            return "unchanged"
        rows.shared.conflicts.append(title)
        rows.shared.fresh.add(row.id)
        rows.fates["added"] += 1
        return "beside"

    async def settle(self, rows: TableRows, row: Incoming, columns: tuple[str, ...], twin: asyncpg.Record) -> bool:
        """Whether the two are one now; else the row was changed so that it can stand beside the other."""
        here, table = json.loads(twin["here"]), rows.statements.table
        assert row.old is not None
        if not table.is_kind and rows.is_part_of_new(row):
            # A trigger has just made it for a record that is new: the archive's own is the true one.
            await rows.shared.connection.execute(
                rows.statements.fill(statements.REMOVE), rows.shared.user_id, twin["id"]
            )
            return False
        change = merging.beside(table.name, columns, row.now, row.id)
        if change is not None and not merging.is_same(table.name, row.now, here):
            row.patch |= change
            return False
        rows.shared.ids.move(table.space, row.old, twin["id"])
        row.patch["id"] = str(twin["id"])
        differs = twin["id"] in await self._compare(rows, [row])
        columns_taken = None if merging.is_untouched(here) else merging.missing_here(row.now, here)
        if change is not None or not differs or columns_taken == []:
            rows.fates["unchanged"] += 1
            return True
        await self._update(rows, [row], columns_taken)
        rows.fates["changed"] += 1
        if columns_taken is None and table.is_kind:
            rows.shared.fresh.add(row.id)
        return True

    async def _update(self, rows: TableRows, taken: Sequence[Incoming], columns: Sequence[str] | None = None) -> None:
        """All that the rows say, or these columns of it."""
        stays = set(merging.KEPT_HERE) - {"updated_at"}
        for present, group in rows._by_columns(taken):
            wanted = [column for column in present if column not in stays and (columns is None or column in columns)]
            if wanted:
                await rows._fetch(rows.statements.update(wanted), group, rows.shared.user_id)


def _revives(row: Incoming, here: Mapping[str, Any] | None) -> bool:
    return here is not None and here.get("deleted_at") is not None and row.now.get("deleted_at") is None
