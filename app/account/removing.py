"""The end of an account: its rows by cascade, then the contents that only it had."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime

from app.core.database import Database
from app.ports.blobs import BlobStore


async def remove_who_leave(database: Database, blobs: BlobStore, now: datetime) -> int:
    """Delete the accounts whose seven days are over; returns how many. Runs as the worker."""
    async with database.anonymous() as connection:
        leaving = [row[0] for row in await connection.fetch("select gate_users_who_leave($1)", now)]
    gone = 0
    for user_id in leaving:
        began = time.time()
        async with database.anonymous() as connection:
            names = await connection.fetchval("select gate_let_leave($1, $2)", user_id, now)
        if names is not None:
            delete_contents(blobs, names, began)
            gone += 1
    return gone


def delete_contents(blobs: BlobStore, names: Iterable[str], began: float) -> None:
    """Those that nobody put again since the account's end `began` (seconds since 1970), and their thumbnails."""
    for name in names:
        blobs.delete_if_kept_before(name, began)
