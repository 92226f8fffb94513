"""A line that was kept by a browser until it could be sent: it is written once, however often it comes."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from uuid import UUID

import asyncpg

from app.days.service import append_entry, check_entry

# Two that come at once: the second waits here until the first is written, or failed.
RECEIVE = """
insert into sent_lines (user_id, client_id, digest) values (app_user_id(), $1, $2)
on conflict do nothing returning true"""
SAME = "select digest = $2 from sent_lines where client_id = $1"


async def append_once(connection: asyncpg.Connection, client_id: UUID, day: date, text: str, now: datetime) -> bool:
    """Whether these words stand in the log by now; False where the same id brought others before, and those stay."""
    digest = hashlib.sha256(check_entry(text).encode()).digest()
    if await connection.fetchval(RECEIVE, client_id, digest):
        await append_entry(connection, day, text, now)
        return True
    return bool(await connection.fetchval(SAME, client_id, digest))
