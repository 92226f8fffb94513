"""Clusters and a stack of the person who lives in the house, as nights and hands would have them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg

from app.embedded.instance import find_running
from app.settings import Settings
from tests.house import House

NOTES = """
insert into notes (user_id, title, content)
select $1, w.title, 'It says something of ' || lower(w.title) || '. And a second thing.'
  from unnest($2::text[]) w(title)
 where not exists (select from notes n where n.title = w.title) """
CLUSTER = """
insert into clusters (user_id, label, words, x, y, named_at)
values ($1, $2, $3, $4, $5, now())"""
FIND = "select id from clusters where words = $1 and dissolved_at is null"
MEMBERS = """
insert into cluster_members (user_id, cluster_id, record_id, confidence)
select $1, $2, id, 0.55 + 0.4 / row_number() over (order by title) from notes where title = any($3)
   and deleted_at is null on conflict do nothing"""
STACK = "insert into stacks (user_id, name, summary) values ($1, $2, '') returning id"
ITEMS = """
insert into stack_items (user_id, stack_id, record_id, place)
select $1, $2, id, row_number() over (order by title) from notes where title = any($3) and deleted_at is null"""
FOUND = (
    "insert into cluster_findings select $1, id, 30 from embedding_models where state = 'active' on conflict do nothing"
)

CLUSTERS = (
    ("", ["sourdough", "crust", "Hefe"], -0.8, 0.2, ["Rye with a starter", "Crust", "Hydration", "Proofing overnight"]),
    ("Boats", ["mooring", "jib", "tide"], 0.7, 0.5, ["Mooring at Tavira", "A torn jib", "Neap tide"]),
    ("", ["nebula", "eyepiece", "orbit"], 0.4, -0.6, ["Orion through fog", "Which eyepiece"]),
)


def made_clusters(house: House) -> list[str]:
    """Their ids; the first one has no name of its own."""
    return _run(house, _make_clusters)


def made_stack(house: House, name: str) -> str:
    """The id of a new one of that name, with three notes on it."""
    return _run(house, lambda owner, user: _make_stack(owner, user, name))


def _run(house, work):
    # The browser has a loop of its own in this thread.
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(lambda: asyncio.run(_as_person(house, work))).result()


async def _as_person(house, work):
    running = find_running(Settings(data_dir=house.data_dir))
    assert running
    owner = await asyncpg.connect(running["database_url"])
    try:
        async with owner.transaction():
            # Whoever owns the schema sees no user under the forced policy but through a function that may.
            user = await owner.fetchval("select user_id from gate_sleepers() order by user_id limit 1")
            await owner.execute("select set_config('app.user_id', $1, true)", str(user))
            return await work(owner, user)
    finally:
        await owner.close()


async def _make_clusters(owner, user) -> list[str]:
    made = []
    # A night may have found others meanwhile, and each record is in one alone.
    await owner.execute("delete from clusters where user_id = $1", user)
    for label, words, x, y, titles in CLUSTERS:
        await owner.execute(NOTES, user, titles)
        await owner.execute(CLUSTER, user, label, words, x, y)
        cluster = await owner.fetchval(FIND, words)
        await owner.execute(MEMBERS, user, cluster, titles)
        made.append(str(cluster))
    await owner.execute(FOUND, user)
    return made


async def _make_stack(owner, user, name: str) -> str:
    titles = CLUSTERS[0][4][:3]
    await owner.execute(NOTES, user, titles)
    stack = await owner.fetchval(STACK, user, name)
    await owner.execute(ITEMS, user, stack, titles)
    return str(stack)
