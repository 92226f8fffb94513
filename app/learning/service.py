"""What a person says of what was learned: that it is so, that it is otherwise, that it is to be forgotten."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, Invalid, NotFound
from app.learning.counting import LEARN
from app.learning.languages import LITTLE
from app.learning.units import SIGNS
from app.sleep.service import ask_for
from app.web.locale import gettext as _

LONGEST_NAME = 200

FIND = "select * from learned where id = $1 for update"
CONFIRM = """
update learned set said = value, said_folder_id = folder_id, confirmed_at = now(), corrected_at = null
 where id = $1 and (value <> '' or folder_id is not null) and forgotten_at is null returning id"""
CORRECT = """
update learned set said = $2, said_folder_id = $3, corrected_at = now(), confirmed_at = null
 where id = $1 and forgotten_at is null returning id"""
# Nothing of it stays but that it is not to be learned.
FORGET = """
update learned set forgotten_at = coalesce(forgotten_at, now()), value = '', folder_id = null, said = '',
       said_folder_id = null, hits = 0, seen = 0, confidence = 0, confirmed_at = null, corrected_at = null
 where id = $1"""
UNPROVE = "delete from learned_evidence where learned_id = $1"
REMEMBER = "delete from learned where id = $1"
UNSAY = "update learned set said = '', said_folder_id = null, confirmed_at = null, corrected_at = null where id = $1"
IS_FOLDER = "select exists (select from folders where id = $1 and deleted_at is null)"


def choices(category: str, key: str) -> tuple[str, ...]:
    """What it may be corrected to; nothing where any word will do, and of folders, which are the person's own."""
    if category == "hour":
        return tuple(str(hour) for hour in range(24))
    if category == "language":
        return tuple(LITTLE)
    return tuple(SIGNS.get(key, ())) if category == "units" else ()


async def confirm(connection: asyncpg.Connection, learned_id: UUID) -> None:
    await _find(connection, learned_id)
    if await connection.fetchval(CONFIRM, learned_id) is None:
        raise Conflict(_("There is nothing to confirm any more; reload the page."))


async def correct(connection: asyncpg.Connection, learned_id: UUID, typed: str) -> None:
    """Raises Invalid for what it cannot be."""
    row = await _find(connection, learned_id)
    value, folder_id = await _check(connection, row, typed)
    if await connection.fetchval(CORRECT, learned_id, value, folder_id) is None:
        raise Conflict(_("This was forgotten meanwhile; take that back first."))


async def forget(connection: asyncpg.Connection, learned_id: UUID) -> None:
    """For good: the night counts it no more, whatever the evidence, until it is taken back."""
    await _find(connection, learned_id)
    await connection.execute(FORGET, learned_id)
    await connection.execute(UNPROVE, learned_id)


async def take_back(connection: asyncpg.Connection, learned_id: UUID) -> bool:
    """As if nothing was said. Whether it was forgotten: then it is counted anew, at once and not only at night."""
    row = await _find(connection, learned_id)
    if row["forgotten_at"] or not (row["value"] or row["folder_id"]):
        await connection.execute(REMEMBER, learned_id)
    else:
        await connection.execute(UNSAY, learned_id)
    if row["forgotten_at"]:
        await ask_for(connection, LEARN.name, is_dry=False)
    return row["forgotten_at"] is not None


async def _check(connection: asyncpg.Connection, row: asyncpg.Record, typed: str) -> tuple[str, UUID | None]:
    if row["category"] == "folder":
        return "", await _folder(connection, typed)
    value = " ".join(typed.replace("\0", "").split())
    allowed = choices(row["category"], row["key"])
    if allowed and value not in allowed:
        raise Invalid(_("The form holds a choice that there is not; reload the page and choose again."))
    if not 0 < len(value) <= LONGEST_NAME:
        raise Invalid(_("Say how this person is called."))
    return value, None


async def _folder(connection: asyncpg.Connection, typed: str) -> UUID:
    folder_id: UUID | None = None
    with suppress(ValueError):
        folder_id = UUID(typed)
    if folder_id is None or not await connection.fetchval(IS_FOLDER, folder_id):
        raise Invalid(_("There is no such folder any more; choose another one."))
    return folder_id


async def _find(connection: asyncpg.Connection, learned_id: UUID) -> asyncpg.Record:
    row = await connection.fetchrow(FIND, learned_id)
    if row is None:
        raise NotFound
    return row
