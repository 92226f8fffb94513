"""Names and links of the person who lives in the house, made as texts and the worker would make them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg

from app.embedded.instance import find_running
from app.settings import Settings
from tests.house import House

MAKE = """
with someone as (select id from users order by created_at limit 1),
became as (select set_config('app.user_id', (select id from someone)::text, true)),
made as (
    insert into entities (user_id, name, normalised_name, entity_type)
    select someone.id, 'Graham Ellwood', 'graham ellwood', 'person' from someone, became
    on conflict (user_id, normalised_name, entity_type) do update set name = excluded.name returning id, user_id)
select id::text, user_id::text from made"""
TIE = """
insert into entity_links as l (user_id, source_id, target_id, relation, origin, evidence, target_name, confidence)
select $1::uuid, r.id, $2::uuid, 'speaks_of', 'extracted', 'Graham Ellwood waited at the station.',
       'graham ellwood', 0.9
  from records r where r.user_id = $1::uuid and r.kind = 'note' and r.title = 'Lisbon' limit 1
on conflict (source_id, relation, target_id, origin) where origin <> 'written' do update
   set rejected_at = null, valid_to = null returning l.id::text"""


def made_names(house: House) -> tuple[str, str]:
    """An entity's id, and that of a link that leads to it."""
    # The browser has a loop of its own in this thread.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(_make(house))).result()


async def _make(house: House) -> tuple[str, str]:
    running = find_running(Settings(data_dir=house.data_dir))
    assert running
    owner = await asyncpg.connect(running["database_url"])
    try:
        async with owner.transaction():
            entity, user = await owner.fetchrow(MAKE)
            await owner.execute("select set_config('app.user_id', $1, true)", user)
            return entity, await owner.fetchval(TIE, user, entity)
    finally:
        await owner.close()
