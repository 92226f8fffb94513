"""An insight of the person who lives in the house, as a night would have it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg

from app.embedded.instance import find_running
from app.settings import Settings
from tests.house import House

MAKE = """
insert into insights (user_id, kind, key, facts, confidence, priority, valid_from, valid_until)
values ($1, 'on_this_day', 'seen', '{"years": 2}', 1, 1, current_date, current_date + 1)
on conflict (user_id, kind, key) do update set verdict = null, snoozed_until = null returning id"""
PROVE = """
insert into insight_evidence (user_id, insight_id, record_id, place, is_core)
select $1, $2, id, row_number() over (order by title), false from records
 where user_id = $1 and kind = 'note' and title in ('Lisbon', 'Trip to Portugal') and deleted_at is null
on conflict do nothing"""


def made_insight(house: House) -> str:
    """Its id."""
    # The browser has a loop of its own in this thread.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(_make(house))).result()


async def _make(house: House) -> str:
    running = find_running(Settings(data_dir=house.data_dir))
    assert running
    owner = await asyncpg.connect(running["database_url"])
    try:
        async with owner.transaction():
            # Whoever owns the schema sees no user under the forced policy but through a function that may.
            user = await owner.fetchval("select user_id from gate_sleepers() limit 1")
            await owner.execute("select set_config('app.user_id', $1, true)", str(user))
            insight = await owner.fetchval(MAKE, user)
            await owner.execute(PROVE, user, insight)
            return str(insight)
    finally:
        await owner.close()
