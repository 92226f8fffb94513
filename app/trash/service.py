"""The trash of every kind: back again, or gone for ever with all that came from it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.ports.blobs import BlobStore

AT_ONCE = 500
# What nobody refers to is let be for a day: an upload keeps its file before it writes of it.
SETTLED = timedelta(days=1)

IN_TRASH = """
select id, kind from records
 where user_id = $1 and deleted_at is not null and ($2::uuid[] is null or id = any($2)) and deleted_at < $3
 order by deleted_at limit 500"""

PUT_BACK = "select put_back($1::text::regclass, id, '{\"deleted_at\": null}') from unnest($2::uuid[]) t(id)"
DELETE = "select delete_forever($1::text::regclass, $2)"

# What a model read of them, unless another of the person's records says the same.
UNREAD = """
with gone as (select distinct text_hash from passages where user_id = $1 and record_id = any($2))
delete from vectors v using gone g where v.user_id = $1 and v.text_hash = g.text_hash and not exists (
       select from passages p where p.user_id = $1 and p.text_hash = g.text_hash and p.record_id <> all($2))"""

# Files go with the last record that shows them: a name that another text mentions keeps its file.
ORPHANS = """
delete from attachments a
 where a.user_id = $1 and a.id = any($2)
   and not exists (select from notes n where n.user_id = $1 and
       (position(a.name in n.content) > 0 or position(replace(a.name, ' ', '%20') in n.content) > 0))"""


async def find_trash(
    connection: asyncpg.Connection, user_id: UUID, ids: Sequence[UUID] | None = None, before: datetime | None = None
) -> dict[str, list[UUID]]:
    """Up to 500 records in the trash, by kind: those of `ids`, or all that were discarded `before`."""
    found: dict[str, list[UUID]] = {}
    for record_id, kind in await connection.fetch(IN_TRASH, user_id, ids, before or datetime.max.replace(tzinfo=UTC)):
        found.setdefault(kind, []).append(record_id)
    return found


async def restore_records(
    connection: asyncpg.Connection, user_id: UUID, ids: Sequence[UUID], kinds: Mapping[str, Kind]
) -> int:
    found = await find_trash(connection, user_id, ids)
    for kind, members in found.items():
        await connection.fetch(PUT_BACK, kinds[kind].table, members)
    return sum(map(len, found.values()))


async def delete_forever(
    connection: asyncpg.Connection, user_id: UUID, found: Mapping[str, Sequence[UUID]], kinds: Mapping[str, Kind]
) -> int:
    """Delete these records, their links, passages, heat and history, and the files that only they showed."""
    gone = 0
    for kind, members in found.items():
        files = await connection.fetch(
            "select id from attachments where user_id = $1 and record_id = any($2)", user_id, members
        )
        await connection.execute(UNREAD, user_id, members)
        gone += await connection.fetchval(DELETE, kinds[kind].table, members)
        await connection.execute(ORPHANS, user_id, [row[0] for row in files])
    return gone


async def sweep_blobs(connection: asyncpg.Connection, blobs: BlobStore, now: datetime) -> int:
    """Delete the contents that no file of anybody has had for a day, and what was made of them; returns how many.

    It may break off anywhere: what is left over is found the next night.
    """
    settled = (now - SETTLED).timestamp()
    gone, batches = 0, blobs.kept_before(settled, AT_ONCE)
    while names := await asyncio.to_thread(next, batches, None):
        used = {row[0] for row in await connection.fetch("select gate_blobs_in_use($1)", names)}
        unused = [name for name in names if name not in used]
        gone += await asyncio.to_thread(_delete, blobs, unused, settled)
    await asyncio.to_thread(blobs.forget_derived_of_none, settled)
    return gone


def _delete(blobs: BlobStore, names: Sequence[str], moment: float) -> int:
    return sum(blobs.delete_if_kept_before(name, moment) for name in names)
