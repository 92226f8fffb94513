"""Out of the inbox, each in one transaction and one action: filed, joined, kept, discarded, put off.

What has left already is left alone, so a double click files once. History undoes the action like any other: what was
made goes to the trash, what was added is taken out, the item waits again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.core.errors import Invalid, NotFound
from app.core.filing import Item, Target
from app.web.locale import gettext as _
from app.web.locale import number

MOST_AT_ONCE = 500

# Each locks its rows until the transaction ends, in one order for all.
CAPTURES = """
select c.id, c.title, c.content, c.url, c.capture_type, c.created_at, to_jsonb(c) as row,
       c.processed_at is null and c.discarded_at is null and c.deleted_at is null as waits
  from captures c where c.id = any($1) order by c.id for update"""
NOTES = """
select n.id, n.title, n.content, n.created_at, n.is_inbox and n.deleted_at is null as waits
  from notes n where n.id = any($1) order by n.id for update"""

# It is put away: what it became says the same, and a search need not show both.
FILE_CAPTURE = """
update captures set processed_at = now(), processed_as = $2, processed_id = $3, snoozed_until = null,
       archived_at = coalesce(archived_at, now()) where id = $1"""
FILE_NOTE = """
update notes set is_inbox = false, snoozed_until = null, processed_id = nullif($2, id) where id = $1"""
# Files and topics that were given to the capture by hand go along to what it became.
MOVE_FILES = "update attachments set record_id = $2 where record_id = $1"
FILE_UNDER = """
insert into filings as f (user_id, record_id, topic_id)
select app_user_id(), $2, own.topic_id from filings own where own.record_id = $1 and own.deleted_at is null
   and not exists (select from record_topics rt where rt.record_id = $2 and rt.topic_id = own.topic_id)
on conflict (record_id, topic_id) do update set deleted_at = null where f.deleted_at is not null"""
DISCARD_CAPTURES = """
update captures set discarded_at = now(), deleted_at = now(), snoozed_until = null where id = any($1)"""
DISCARD_NOTES = "update notes set deleted_at = now(), snoozed_until = null where id = any($1)"
SNOOZE_CAPTURES = "update captures set snoozed_until = $2 where id = any($1)"
SNOOZE_NOTES = "update notes set snoozed_until = $2 where id = any($1)"
KIND = "select kind from records where id = $1 and deleted_at is null"


@dataclass(frozen=True, slots=True)
class Filed:
    """`count` of what was asked for left the inbox now; the rest had left it before. `record_id` is where the last
    went, `title` what the last was called."""

    count: int
    record_id: UUID | None = None
    title: str = ""


async def file_items(
    connection: asyncpg.Connection, user_id: UUID, target: Target, ids: Sequence[UUID], choices: Mapping[str, str]
) -> Filed:
    filed = Filed(0)
    for item in await waiting_items(connection, ids):
        record_id = await target.make(connection, user_id, item, choices)
        await _leave(connection, item, record_id, target.kind)
        filed = Filed(filed.count + 1, record_id, item.heading)
    return filed


async def join_items(
    connection: asyncpg.Connection, targets: Mapping[str, Target], ids: Sequence[UUID], into: UUID
) -> Filed:
    """Add them to a record that is there."""
    kind = await connection.fetchval(KIND, into)
    if kind is None:
        raise NotFound
    join = next((target.join for target in targets.values() if target.kind == kind and target.join), None)
    if join is None:
        raise Invalid(_("To this nothing can be added; choose a note, a person or a bookmark."))
    filed = Filed(0)
    for item in await waiting_items(connection, ids):
        if item.id == into:
            raise Invalid(_("It cannot be added to itself."))
        await join(connection, into, item)
        await _leave(connection, item, into, kind)
        filed = Filed(filed.count + 1, into, item.heading)
    return filed


async def discard_items(connection: asyncpg.Connection, ids: Sequence[UUID]) -> Filed:
    items = await waiting_items(connection, ids)
    for kind, statement in (("capture", DISCARD_CAPTURES), ("note", DISCARD_NOTES)):
        if chosen := [item.id for item in items if item.kind == kind]:
            await connection.execute(statement, chosen)
    return Filed(len(items), None, items[-1].heading if items else "")


async def snooze_items(connection: asyncpg.Connection, ids: Sequence[UUID], until: datetime) -> Filed:
    items = await waiting_items(connection, ids)
    for kind, statement in (("capture", SNOOZE_CAPTURES), ("note", SNOOZE_NOTES)):
        if chosen := [item.id for item in items if item.kind == kind]:
            await connection.execute(statement, chosen, until)
    return Filed(len(items), None, items[-1].heading if items else "")


async def waiting_items(connection: asyncpg.Connection, ids: Sequence[UUID]) -> list[Item]:
    """Those that are still in the inbox, in the order given; raises NotFound for what is no item of this user's."""
    if len(ids) > MOST_AT_ONCE:
        raise Invalid(_("At most %(most)s can be filed at once; select fewer.") % {"most": number(MOST_AT_ONCE)})
    captures = await connection.fetch(CAPTURES, ids)
    notes = await connection.fetch(NOTES, ids)
    if len(captures) + len(notes) != len(set(ids)):
        raise NotFound
    items = {row["id"]: read_item("capture", row) for row in captures if row["waits"]}
    items |= {row["id"]: read_item("note", row) for row in notes if row["waits"]}
    return [items[one] for one in dict.fromkeys(ids) if one in items]


def read_item(kind: str, row: asyncpg.Record) -> Item:
    if kind == "note":
        return Item(row["id"], kind, row["title"], row["content"], None, "", row["created_at"])
    return Item(
        row["id"], kind, row["title"], row["content"], row["url"], row["capture_type"], row["created_at"],
        json.loads(row["row"]),
    )  # fmt: skip


async def _leave(connection: asyncpg.Connection, item: Item, record_id: UUID, kind: str) -> None:
    if item.kind == "note":
        await connection.execute(FILE_NOTE, item.id, record_id)
        return
    await connection.execute(MOVE_FILES, item.id, record_id)
    await connection.execute(FILE_UNDER, item.id, record_id)
    await connection.execute(FILE_CAPTURE, item.id, kind, record_id)
