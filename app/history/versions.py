"""Versions of a record's text: the change history, one entry for each sitting of writing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg

from app.core.database import Database
from app.core.errors import Conflict, NotFound
from app.core.record import Kind
from app.history.queries import KIND
from app.web.locale import gettext as _

SITTING = timedelta(minutes=30)
"""Changes by the same hand with no longer pause between them are one version."""

MOST_CHANGES = 5_000

CHANGES = """
select seq, action_id, actor, at, is_undone(action_id) as is_undone from change_log
 where user_id = $1 and record_id = $2 and (op = 'create' or columns && $3::text[])
 order by seq desc limit $4"""

# A column after a change is what the next change to it found there; where none came, what stands there now. Null
# where that was too large to be kept.
TEXT = """
select case when exists (select from change_log l where l.user_id = $1 and l.record_id = $2 and l.seq > $3
                            and col = any(l.columns))
            then (select l.before ->> col from change_log l where l.user_id = $1 and l.record_id = $2 and l.seq > $3
                     and col = any(l.columns) order by l.seq limit 1)
            else show_row($4::text::regclass, $2) ->> col end
  from unnest($5::text[]) with ordinality c(col, place) order by place"""

KNOWN = "select from change_log where user_id = $1 and record_id = $2 and seq = $3"
PUT_BACK = "select put_back($1::text::regclass, $2, jsonb_build_object($3::text, $4::text, $5::text, $6::text))"


@dataclass(frozen=True, slots=True)
class Version:
    """The text as it stood after change `seq`; `changes` of `actor` between `began` and `at` led to it."""

    seq: int
    actor: str
    began: datetime
    at: datetime
    changes: int
    is_undone: bool


async def list_versions(
    connection: asyncpg.Connection, user_id: UUID, record_id: UUID, kind: Kind
) -> tuple[Version, ...]:
    """Newest first; the newest is what stands there now."""
    rows = await connection.fetch(CHANGES, user_id, record_id, list(kind.words), MOST_CHANGES)
    return tuple(_coalesce(rows))


def _coalesce(rows: Iterable[asyncpg.Record]) -> Iterable[Version]:
    """`rows` are changes, newest first."""
    sitting: list[asyncpg.Record] = []
    for row in rows:
        if sitting and not _goes_on(sitting[-1], row):
            yield _version(sitting)
            sitting = []
        sitting.append(row)
    if sitting:
        yield _version(sitting)


def _goes_on(later: asyncpg.Record, earlier: asyncpg.Record) -> bool:
    if later["action_id"] == earlier["action_id"]:
        return True
    # A deed that is undone, or that undoes, stands alone: what was there before and after it is what one looks for.
    alone = later["is_undone"] or earlier["is_undone"] or later["actor"] != "person"
    near: bool = later["at"] - earlier["at"] < SITTING
    return not alone and near and later["actor"] == earlier["actor"]


def _version(sitting: Sequence[asyncpg.Record]) -> Version:
    newest, oldest = sitting[0], sitting[-1]
    return Version(
        newest["seq"], newest["actor"], oldest["at"], newest["at"], len(sitting), newest["is_undone"]
    )  # fmt: skip


async def read_version(
    connection: asyncpg.Connection, user_id: UUID, record_id: UUID, seq: int, kind: Kind
) -> tuple[str | None, str | None]:
    """Title and text after a change; None for what was too large to be kept. Raises NotFound for no change of it."""
    if await connection.fetchrow(KNOWN, user_id, record_id, seq) is None:
        raise NotFound
    rows = await connection.fetch(TEXT, user_id, record_id, seq, kind.table, list(kind.words))
    return rows[0][0], rows[1][0]


async def restore_version(database: Database, user_id: UUID, record_id: UUID, seq: int, kinds: dict[str, Kind]) -> UUID:
    """Give a record the title and the text that it had after a change; the new action's id."""
    action_id = uuid4()
    async with database.reading(user_id, "person", action_id) as connection:
        name = await connection.fetchval(KIND, record_id)
        if name is None:
            raise NotFound
        kind = kinds[name]
        title, body = await read_version(connection, user_id, record_id, seq, kind)
        if title is None or body is None:
            raise Conflict(_("The text of this version was too large to be kept."))
        await connection.execute(PUT_BACK, kind.table, record_id, kind.words[0], title, kind.words[1], body)
    return action_id
