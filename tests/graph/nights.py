"""What a night infers, without the hours of it."""

from __future__ import annotations

from datetime import datetime

from app.core.database import Database
from app.core.sleeping import ACTOR, Stretch
from app.graph.inferring import INFER


async def no_meaning(_connection):
    return None


async def infer_links(database: Database, now: datetime) -> None:
    """All steps, for everybody."""
    async with database.anonymous() as connection:
        users = await connection.fetch("select user_id from gate_users_with_people()")
    for (user_id,) in users:
        cursor = {}
        while cursor is not None:
            async with database.reading(user_id, ACTOR) as connection:
                stretch = Stretch(user_id, now, now.date(), "UTC", 0, 0, cursor, no_meaning)
                cursor = (await INFER.step(connection, stretch)).cursor
