"""`bench sleep`: what each kind of work takes of a night, and of memory, in houses of 1,000, 10,000 and 50,000 notes.

Reference: the time in the smallest house, grown by n·log n to the size of the other (or a second, where that is less:
milliseconds say nothing). Vectors are synthetic around 256 points, as `search-scale` makes them; people and topics
stand in the texts. Peak memory is of the worker's process alone, above what it held before; Postgres is not in it. A
second night, in which nothing has changed, must begin nothing.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import numpy as np
from pgvector.asyncpg import register_vector

import app.sleep.running as running
from app.asleep import ASLEEP
from app.core.database import Database
from app.core.sleeping import SleepKind
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor
from app.sleep.running import SleepRunner
from tests.bench.ground import Ground, ground, make_notes, open_doors
from tests.bench.report import Measure, Options, read_options, tell
from tests.bench.scale import CENTROIDS, World, embed, unit

SIZES, QUICK_SIZES = (1000, 10_000, 50_000), (60, 240)
PEOPLE, TOPICS, AT_ONCE = 200, 60, 2000
# Of the stand-in for a model, whose row every house has.
DIMENSIONS = 64
WISHES = """
update users set sleep_seconds = 36000, sleep_rows = 10000000, sleep_from = '00:00', sleep_until = '00:00',
       created_at = now() - interval '5 years'"""
WRITE = """
insert into notes (user_id, title, content, created_at, updated_at)
select app_user_id(), title, content, at, at
  from unnest($1::text[], $2::text[], $3::timestamptz[]) n(title, content, at) returning id, content"""
MEET = """
insert into interactions (user_id, occurred_at, participant_ids)
select app_user_id(), now() - make_interval(days => d * 20 + n), array[c.id]
  from (select id, row_number() over (order by id)::int as n from contacts where not is_self) c,
       generate_series(1, 5) d"""
ADD = """
insert into contacts (user_id, full_name, wished_days)
select app_user_id(), 'Person ' || n, 14 from generate_series(1, $1) n"""
ADD_MODEL = """
insert into embedding_models (provider, name, dimensions, state) select 'fake', 'word-hash', $1, 'active'
 where not exists (select from embedding_models)"""
MODEL = "select id from embedding_models where provider = 'fake' and name = 'word-hash'"
# No model of language is here: what asks one has nothing to do.
WORK = [kind for kind in ASLEEP if not kind.asks_model]
Spent = tuple[float, float]


def main(options: Options) -> None:
    running.LOOK_SECONDS = 0.0  # nobody is to be waited for
    sizes = QUICK_SIZES if options.quick else SIZES
    found = {}
    for size in sizes:
        with ground(0) as place:
            found[size] = asyncio.run(measure(place, size))
    tell([one for size in sizes for one in _tell(found, sizes[0], size)], options)


async def measure(place: Ground, size: int) -> dict[str, Spent]:
    """(seconds, megabytes) of each kind."""
    async with open_doors(place.settings) as (web, worker):
        await _fill(place, web, worker, size)
        night = datetime.now(UTC)
        spent = {kind.name: await _sleep(worker, [kind], night) for kind in WORK}
        owner = await asyncpg.connect(place.settings.database_url)
        ran = await owner.fetch("select kind, state from sleep_runs")
        if {row["kind"] for row in ran} != set(spent) or {row["state"] for row in ran} != {"done"}:
            raise RuntimeError(f"Not every kind came to its end: {ran}")
        await _sleep(worker, WORK, night + timedelta(days=1))
        if await owner.fetchval("select count(*) from sleep_runs") != len(ran):
            raise RuntimeError("A night in which nothing had changed did something.")
        await owner.close()
    return spent


async def _fill(place: Ground, web: Database, worker: Database, size: int) -> None:
    owner = await asyncpg.connect(place.settings.database_url)
    await register_vector(owner)
    for table in ("passages", "vectors"):  # as `search-scale` does, and for its reason
        await owner.execute(f"alter table {table} no force row level security")
    notes = []
    async with web.reading(place.user_id, "import") as connection:
        await connection.execute(ADD, min(PEOPLE, size))
        await connection.execute(MEET)
        rows = _texts(size)
        for start in range(0, size, AT_ONCE):
            notes += await connection.fetch(WRITE, *zip(*rows[start : start + AT_ONCE], strict=True))
    await owner.execute("analyze")
    reactor = Reactor(worker, Models(make_embedder("fake")), "bench")
    while any([await reactor.run_batch(slot) for slot in ("connect", "heat")]):
        continue
    points = unit(np.random.default_rng(7).normal(size=(CENTROIDS, DIMENSIONS)))
    await owner.execute(ADD_MODEL, DIMENSIONS)
    model = await owner.fetchval(MODEL)
    await embed(owner, World((), (), points), place.user_id, notes, 1, model)
    await owner.execute("delete from pipeline")
    await owner.execute(WISHES)
    await owner.execute("delete from sessions")
    await owner.execute("vacuum analyze")
    await owner.close()


def _texts(size: int) -> list[tuple[str, str, datetime]]:
    chance, texts = random.Random(size), []
    for title, text, at in make_notes(size):
        person, topic = chance.randrange(min(PEOPLE, size)) + 1, chance.randrange(TOPICS)
        texts.append((title, f"{text}\n\nWith @[[Person {person}]] about #topic{topic}. I'll send it by Friday.", at))
    return texts


async def _sleep(worker: Database, kinds: Sequence[SleepKind], night: datetime) -> Spent:
    runner = SleepRunner(worker, kinds, Models(make_embedder("fake")), "bench", lambda: night)
    before = _forget_peak()
    began = time.perf_counter()
    while await runner.run_next():
        continue
    return time.perf_counter() - began, _held("VmHWM") - before


def _forget_peak() -> float:
    """Linux counts the peak of what is resident anew from here on; what is resident now."""
    Path("/proc/self/clear_refs").write_text("5")
    return _held("VmRSS")


def _held(what: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return int(line.split()[1]) / 1024


def _tell(found: dict[int, dict[str, Spent]], least: int, size: int) -> list[Measure]:
    growth = size * math.log(size) / (least * math.log(least))
    measures = []
    for kind, (seconds, memory) in found[size].items():
        expected = max(1.0, found[least][kind][0] * growth) if size > least else None
        measures.append(Measure("sleep", f"{kind}, {size:,} notes", seconds, "s", expected, size))
        measures.append(Measure("sleep", f"{kind}, {size:,} notes, peak", max(memory, 0.1), "MB", None, size))
    return measures


if __name__ == "__main__":
    main(read_options())
