"""The user's verbs on names: call it otherwise, merge, part, promote, throw away.

A merged name lies in the trash with `merged_into` and stands for the other, which has its names and its links by the
trigger that merges topics and notes, too; emptying the column gives both back.
"""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.core.errors import Conflict, Invalid, NotFound
from app.core.text import fold
from app.graph.entities import TYPES
from app.topics.service import ensure_topic
from app.web.locale import gettext as _

LONGEST = 200
LONGEST_DESCRIPTION = 5000

OWN = "select * from entities where id = $1 for update"
OTHER = """
select id, kind, title from records
 where id = $1 and deleted_at is null and kind in ('entity', 'contact', 'topic')"""
CHANGE = "update entities set name = $2, normalised_name = $3, entity_type = $4, description = $5 where id = $1"
INHERIT = "update entities set merged_into = $2 where merged_into = $1"
MERGE = "update entities set merged_into = $2, deleted_at = now() where id = $1"
# What was linked from it by hand goes along; not what would lead to itself or stands there already.
BRING = """
update entity_links l set source_id = $2
 where l.source_id = $1 and l.origin = 'manual' and l.target_id <> $2
   and not exists (select from entity_links o where o.source_id = $2 and o.relation = l.relation
                      and o.target_id = l.target_id and o.origin = l.origin)"""
PART = "update entities set deleted_at = null, merged_into = null where id = $1 and merged_into is not null"
DISCARD = "update entities set deleted_at = now() where id = $1 and deleted_at is null"
RESTORE = "update entities set deleted_at = null, merged_into = null where id = $1 and deleted_at is not null"
ADD_PERSON = "insert into contacts (user_id, full_name, notes) values ($1, $2, $3) returning id"


async def change_entity(
    connection: asyncpg.Connection, entity_id: UUID, name: str, kind: str, description: str
) -> None:  # fmt: skip
    await _own(connection, entity_id)
    name = " ".join(name.split())
    if not fold(name):
        raise Invalid(_("A name needs a word."))
    if len(name) > LONGEST or len(description) > LONGEST_DESCRIPTION or "\0" in name + description:
        raise Invalid(_("This holds at most %(most)s characters.") % {"most": LONGEST})
    if kind not in TYPES:
        raise Invalid(_("Choose what it is."))
    try:
        await connection.execute(CHANGE, entity_id, name, fold(name), kind, description.replace("\r\n", "\n"))
    except asyncpg.UniqueViolationError:
        raise Conflict(_("Another one is called so already; the two can be merged.")) from None


async def merge_entity(connection: asyncpg.Connection, entity_id: UUID, into_id: UUID) -> asyncpg.Record:
    """The one's names and links are the other's then: another name's, a person's or a topic's. Its id and kind."""
    if entity_id == into_id:
        raise Invalid(_("A name cannot be merged into itself."))
    # In one order for all, so that two merges at once cannot lock each other out.
    for one in sorted((entity_id, into_id)):
        await connection.execute("select from entities where id = $1 for update", one)
    await _own(connection, entity_id)
    other = await connection.fetchrow(OTHER, into_id)
    if other is None:
        raise NotFound
    await connection.execute(BRING, entity_id, into_id)
    await connection.execute(INHERIT, entity_id, into_id)
    await connection.execute(MERGE, entity_id, into_id)
    return other


async def part_entity(connection: asyncpg.Connection, entity_id: UUID) -> None:
    """Out of what it was merged into; its names and its links come back with it."""
    if await connection.execute(PART, entity_id) == "UPDATE 0":
        raise NotFound


async def promote_entity(connection: asyncpg.Connection, user_id: UUID, entity_id: UUID, to: str) -> asyncpg.Record:
    """Into a person or a topic of the same name, which it is merged into."""
    entity = await _own(connection, entity_id)
    if to == "contact":
        made = await connection.fetchval(ADD_PERSON, user_id, entity["name"], entity["description"])
    elif to == "topic":
        made = (await ensure_topic(connection, user_id, entity["name"]))[0]
    else:
        raise Invalid(_("Choose what it becomes: a person or a topic."))
    return await merge_entity(connection, entity_id, made)


async def discard_entity(connection: asyncpg.Connection, entity_id: UUID) -> None:
    """It is no name; texts that say it make none of it again."""
    await _own(connection, entity_id)
    await connection.execute(DISCARD, entity_id)


async def restore_entity(connection: asyncpg.Connection, entity_id: UUID) -> None:
    if await connection.fetchrow(OWN, entity_id) is None:
        raise NotFound
    await connection.execute(RESTORE, entity_id)


async def _own(connection: asyncpg.Connection, entity_id: UUID) -> asyncpg.Record:
    """One that is in use; raises NotFound."""
    entity = await connection.fetchrow(OWN, entity_id)
    if entity is None or entity["deleted_at"] is not None:
        raise NotFound
    return entity
