"""What a hub costs: neighbourhood, paths and counts around a record with 5,000 links, against one with 50.

The same house and the same person. Either stands in a world of its own, of 5,000 records that are linked with three
others each, so that nothing but the hub's degree is another. In turn, medians.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.graph.neighbourhood import read_neighbourhood
from app.graph.path_controllers import NEAR
from app.graph.paths import find_paths
from app.kinds import KINDS
from tests.bench.ground import Ground, ground, open_doors
from tests.bench.report import Measure, Options, read_options, tell

SMALL, LARGE, BESIDE = 50, 5000, 3
MAKE = "insert into notes (user_id, title) select app_user_id(), $1 || n from generate_series(1, $2) n returning id"
LINK = """
insert into entity_links (user_id, source_id, target_id, relation, origin, strength, used_at)
select app_user_id(), k.a, k.b, 'related_to', 'manual', 1 + k.n % 7, now() - k.n * interval '3 hours'
  from unnest($1::uuid[], $2::uuid[]) with ordinality k(a, b, n) where k.a <> k.b
on conflict do nothing"""
Ask = Callable[[asyncpg.Connection, "Hub"], Awaitable[object]]


@dataclass(frozen=True)
class Hub:
    id: UUID
    leaves: list[UUID]


async def measure(place: Ground, rounds: int) -> list[Measure]:
    async with open_doors(place.settings) as (web, _worker):
        async with web.reading(place.user_id, "import") as connection:
            small, large = await _make_hub(connection, SMALL), await _make_hub(connection, LARGE)
        owner = await asyncpg.connect(place.settings.database_url)
        await owner.execute("vacuum analyze")
        await owner.close()
        async with web.reading(place.user_id) as connection:
            return [await _compare(connection, case, ask, small, large, rounds) for case, ask in CASES.items()]


async def _make_hub(connection: asyncpg.Connection, degree: int) -> Hub:
    chance = random.Random(degree)
    hub, *leaves = [row[0] for row in await connection.fetch(MAKE, f"Hub {degree} ", LARGE + 1)]
    others = [chance.choice(leaves) for _ in leaves for _ in range(BESIDE)]
    await connection.execute(LINK, leaves[:degree], [hub] * degree)
    await connection.execute(LINK, [leaf for leaf in leaves for _ in range(BESIDE)], others)
    return Hub(hub, leaves)


async def _compare(
    connection: asyncpg.Connection, case: str, ask: Ask, small: Hub, large: Hub, rounds: int
) -> Measure:  # fmt: skip
    times: dict[UUID, list[float]] = {small.id: [], large.id: []}
    for turn in range(rounds + 2):
        for hub in (small, large):
            began = time.perf_counter()
            await ask(connection, hub)
            if turn > 1:  # the first ones warm plans and caches
                times[hub.id].append(time.perf_counter() - began)
    few, many = (statistics.median(times[hub.id]) * 1000 for hub in (small, large))
    return Measure("paths", f"{case}, degree 5,000", many, "ms", few, rounds)


async def _around(connection: asyncpg.Connection, hub: Hub) -> None:
    assert await read_neighbourhood(connection, hub.id, "Hub", KINDS)


async def _count(connection: asyncpg.Connection, hub: Hub) -> None:
    assert await connection.fetchrow(NEAR, hub.id)


async def _from_hub(connection: asyncpg.Connection, hub: Hub) -> None:
    assert await find_paths(connection, hub.id, hub.leaves[SMALL // 2])


async def _through_hub(connection: asyncpg.Connection, hub: Hub) -> None:
    assert await find_paths(connection, hub.leaves[0], hub.leaves[SMALL - 1])


CASES: dict[str, Ask] = {
    "neighbourhood": _around, "counted": _count, "path from it": _from_hub, "path through it": _through_hub,
}  # fmt: skip


def main(options: Options) -> None:
    with ground(50) as place:
        tell(asyncio.run(measure(place, 5 if options.quick else 40)), options)


if __name__ == "__main__":
    main(read_options())
