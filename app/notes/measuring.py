"""Pictures that came before they were measured are looked at once it is night: then they have thumbnails too."""

from __future__ import annotations

import asyncio
from uuid import UUID

from app.core.database import Database
from app.core.errors import NotFound
from app.ports.blobs import BlobStore
from app.ports.pictures import SHOWN, Looks, look_at

AT_ONCE = 200
# By content, and from one to the next: what cannot be drawn is passed by, and looked at again another night.
NEXT = """
select distinct on (sha256) sha256, name from attachments
 where width is null and media_type = any($1) and sha256 > $2 order by sha256 limit 200"""
KEEP = "update attachments set media_type = $2, width = $3, height = $4 where sha256 = $1 and width is null"


async def measure_pictures(database: Database, blobs: BlobStore) -> int:
    """How many were measured. Runs as the worker, as one user at a time; nobody's history tells of it."""
    async with database.anonymous() as connection:
        users = [row[0] for row in await connection.fetch("select gate_users_with_unmeasured($1)", sorted(SHOWN))]
    return sum([await _measure_user(database, blobs, user_id) for user_id in users])


async def _measure_user(database: Database, blobs: BlobStore, user_id: UUID) -> int:
    measured, last = 0, ""
    while True:
        async with database.reading(user_id, "hearth") as connection:
            rows = await connection.fetch(NEXT, sorted(SHOWN), last)
            for sha256, name in rows:
                looks = await asyncio.to_thread(_look, blobs, sha256, name)
                if looks is not None:
                    await connection.execute(KEEP, sha256, looks.media_type, looks.width, looks.height)
                    measured += looks.width is not None
        if len(rows) < AT_ONCE:
            return measured
        last = rows[-1]["sha256"]


def _look(blobs: BlobStore, sha256: str, name: str) -> Looks | None:
    try:
        with blobs.at_hand(sha256) as path:
            return look_at(path, name)
    except NotFound:
        return None  # its row is not to blame
