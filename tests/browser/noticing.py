"""An insight of the person who lives in the house, as a night would have it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from uuid import UUID

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


LEARN = """
insert into learned (user_id, category, key, about_id, value, folder_id, hits, seen, confidence)
select $1, v.category, v.key, v.about, v.value, v.folder, v.hits, 40, 0.7155
  from (values ('hour', 'workday', null::uuid, '21', null::uuid, 33),
               ('language', '', null, 'de', null, 36), ('units', 'measure', null, 'metric', null, 34),
               ('folder', '',
                (select id from topics where user_id = $1 and label = 'travel' and deleted_at is null limit 1), '',
                (select id from folders where user_id = $1 and deleted_at is null order by sort_order, id limit 1),
                35))
       v(category, key, about, value, folder, hits)
 where v.category <> 'folder' or v.about is not null and v.folder is not null
on conflict (user_id, category, key, about_id) do update
   set value = excluded.value, folder_id = excluded.folder_id, hits = excluded.hits, seen = 40, confidence = 0.715,
       said = '', said_folder_id = null, confirmed_at = null, corrected_at = null, forgotten_at = null"""
PROVE_LEARNED = """
insert into learned_evidence (user_id, learned_id, record_id, place)
select l.user_id, l.id, r.id, row_number() over (partition by l.id order by r.title) from learned l, records r
 where l.user_id = $1 and r.user_id = $1 and r.kind = 'note' and r.title in ('Lisbon', 'Trip to Portugal')
   and r.deleted_at is null on conflict do nothing"""


def made_insight(house: House) -> str:
    """Its id."""
    # The browser has a loop of its own in this thread.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(_make(house))).result()


def made_habits(house: House) -> None:
    """What the house has learned, as a night would have counted it."""
    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(_learn(house))).result()


async def _make(house: House) -> str:
    async with _as_its_person(house) as (owner, user):
        insight = await owner.fetchval(MAKE, user)
        await owner.execute(PROVE, user, insight)
        return str(insight)


async def _learn(house: House) -> None:
    async with _as_its_person(house) as (owner, user):
        await owner.execute(LEARN, user)
        await owner.execute(PROVE_LEARNED, user)


@asynccontextmanager
async def _as_its_person(house: House) -> AsyncIterator[tuple[asyncpg.Connection, UUID]]:
    running = find_running(Settings(data_dir=house.data_dir))
    assert running
    owner = await asyncpg.connect(running["database_url"])
    try:
        async with owner.transaction():
            # The first one who moved in; whoever owns the schema may see nobody but through a function that may.
            user = await owner.fetchval("select user_id from gate_sleepers() order by user_id limit 1")
            await owner.execute("select set_config('app.user_id', $1, true)", str(user))
            yield owner, user
    finally:
        await owner.close()
