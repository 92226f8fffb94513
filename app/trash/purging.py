"""What the night does with the trash: what lay its days is deleted for ever, then the contents nobody has any more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from app.core.database import Database
from app.core.house import read_house
from app.core.record import Kind
from app.history.company import purge_company
from app.ports.blobs import BlobStore
from app.trash.service import delete_forever, find_trash, sweep_blobs


async def purge_trash(
    database: Database, blobs: BlobStore, kinds: Mapping[str, Kind], now: datetime
) -> tuple[int, int]:
    """Records and contents deleted. Runs as the worker, as one user at a time."""
    async with database.anonymous() as connection:
        before = now - timedelta(days=(await read_house(connection)).trash_days)
        users = [row[0] for row in await connection.fetch("select gate_users_with_trash($1)", before)]
    records = sum([await _purge_user(database, user_id, kinds, before) for user_id in users])
    async with database.anonymous() as connection:
        return records, await sweep_blobs(connection, blobs, now)


async def _purge_user(database: Database, user_id: UUID, kinds: Mapping[str, Kind], before: datetime) -> int:
    gone = 0
    while True:
        async with database.reading(user_id, "purge") as connection:
            found = await find_trash(connection, user_id, before=before)
            now_gone = await delete_forever(connection, user_id, found, kinds)
            if not now_gone:
                await purge_company(connection, user_id, before)
                return gone
        gone += now_gone
