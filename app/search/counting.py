"""What the search has to know of all of a person's words, kept up by the worker: how many, how long, which stems."""

from __future__ import annotations

from app.core.database import Database

AT_ONCE = 500


async def attend_words(database: Database) -> int:
    """Count anew where much has come or gone, and give other stems where another language was chosen; for how many."""
    async with database.anonymous() as connection:
        waiting = [row[0] for row in await connection.fetch("select gate_whose_words()")]
    for user_id in waiting:
        async with database.reading(user_id, "hearth") as connection:
            await connection.execute("select gate_count_words()")
        done = AT_ONCE
        # In pieces, each a transaction: a restart goes on where it stopped, and nobody's save waits long.
        while done == AT_ONCE:
            async with database.reading(user_id, "hearth") as connection:
                done = await connection.fetchval("select gate_restem($1)", AT_ONCE)
        async with database.reading(user_id, "hearth") as connection:
            await connection.execute("select gate_count_words()")
    return len(waiting)
