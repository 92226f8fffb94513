"""A made-up account moves in: its people, its notes and their past, through the doors that an import takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.service import add_contact
from app.core.database import Database, plain_connection
from app.core.errors import Conflict
from app.demo.reading import HouseNote, HousePerson, read_notes, read_people
from app.heat.warming import remember_edits
from app.importing.folders import keep_folders
from app.importing.writing import write_notes
from app.web.locale import gettext as _

ACTOR = "demo"
PUT_AWAY = timedelta(days=2)

ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended($1, 13))"
LIVED_IN = """
select exists (select from records r where r.deleted_at is null and r.kind <> 'topic'
                  and not exists (select from contacts c where c.id = r.id and c.is_self))"""

MADE = "select id from notes where user_id = $1 and source = 'import' and source_id = any($2)"

# A microsecond later, since a change that brings no date of its own would be dated now.
GIVE_STATES = """
update notes n
   set is_pinned = f.state = 'pinned', is_pinned_home = f.state = 'pinned',
       archived_at = case f.state when 'archived' then $4::timestamptz end,
       deleted_at = case f.state when 'trashed' then $4::timestamptz end,
       updated_at = n.updated_at + interval '1 microsecond'
  from unnest($2::text[], $3::text[]) f(source_id, state)
 where n.user_id = $1 and n.source = 'import' and n.source_id = f.source_id"""


async def build_demo(database: Database, user_id: UUID, now: datetime | None = None) -> UUID:
    """Fill an account that holds nothing; returns the action, so that all of it can be undone as one.

    Everything is dated relative to `now`. Raises Conflict where somebody lives already.
    """
    action_id = uuid4()
    async with database.writing(user_id, ACTOR, action_id) as session:
        connection = await plain_connection(session)
        await connection.execute(ONE_AT_A_TIME, str(user_id))
        if await connection.fetchval(LIVED_IN):
            raise Conflict(_("There is something in this account already; the demo only moves into an empty one."))
        zone = ZoneInfo(await connection.fetchval("select time_zone from users where id = $1", user_id))
        local = (now or datetime.now(UTC)).astimezone(zone)
        await _add_people(session, user_id, read_people(local))
        # A root of its own, so that no later import takes these notes for those of its files.
        root = f"{ACTOR}-{action_id}"
        await _add_notes(connection, user_id, root, read_notes(local, root), local - PUT_AWAY)
    return action_id


async def _add_people(session: AsyncSession, user_id: UUID, people: Sequence[HousePerson]) -> None:
    for person in people:
        await add_contact(session, user_id, person.fields, dated=person.met)


async def _add_notes(
    connection: asyncpg.Connection, user_id: UUID, root: str, house: Sequence[HouseNote], put_away: datetime
) -> None:
    notes = [item.note for item in house]
    folders = await keep_folders(connection, user_id, {note.folder.removeprefix(root).lstrip("/") for note in notes})
    await write_notes(connection, user_id, notes, {f"{root}/{path}": key for path, key in folders.items()})
    made = await connection.fetch(MADE, user_id, [note.path for note in notes])
    await remember_edits(connection, user_id, [row["id"] for row in made])
    states = [(item.note.path, item.state) for item in house if item.state]
    paths, given = [path for path, _ in states], [state for _, state in states]
    await connection.execute(GIVE_STATES, user_id, paths, given, put_away)
