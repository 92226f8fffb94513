"""`bench renaming`: a person gets the name that 10,000 notes say, goes to the trash, and comes back.

Reference of each save: the same deed on somebody whom ten notes name. Reference of the pages: the same house at rest.
The worker is a process of its own, as in a house, and its rate is told from the save to the last mention.
"""

from __future__ import annotations

import asyncio
import http.client
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from app.core.database import Database
from app.embedded.children import start_child, stop_child
from app.supervisor import role_environment
from tests.bench.ground import WORDS, Ground, ground, open_doors
from tests.bench.pages import served
from tests.bench.report import Measure, Options, read_options, tell

MANY, FEW = 10_000, 10
SECONDS = 1800
# By that name nobody speaks of them yet; a former name goes on being theirs.
ADD = "insert into contacts (user_id, full_name, role_title) values (app_user_id(), 'Before ' || $1, $1) returning id"
WRITE = """
insert into notes (user_id, title, content, created_at, updated_at)
select app_user_id(), title, content, at, at
  from unnest($1::text[], $2::text[], $3::timestamptz[]) n(title, content, at)"""
NAMED = """
select count(*) from entity_links where target_id = $1 and relation = 'speaks_of' and rejected_at is null
   and valid_to is null"""
TOUCH = "update contacts set nickname = nickname where id = $1"
WAITING = "select count(*) from pipeline"
# The deeds in their order, and whether the texts name that person after it.
DEEDS = {
    "the name that they say": ("update contacts set full_name = role_title where id = $1", True),
    "the trash": ("update contacts set deleted_at = now() where id = $1", False),
    "back from the trash": ("update contacts set deleted_at = null where id = $1", True),
}


@dataclass(frozen=True)
class Person:
    id: UUID
    notes: int


@dataclass
class Heard:
    """What it took: each save in ms, seconds until all mentions stood, and the page's times meanwhile."""

    saves: dict[int, float] = field(default_factory=dict)
    seconds: float = 0.0
    pages: list[float] = field(default_factory=list)


def main(options: Options) -> None:
    many = 300 if options.quick else MANY
    with ground(200) as place, served(place) as url:
        people = asyncio.run(_write(place, many))
        with _working(place):
            asyncio.run(_wait_until_named(place, people, is_named=False))
            tell(asyncio.run(measure(place, url, people, 20 if options.quick else 200)), options)


async def measure(place: Ground, url: str, people: list[Person], rounds: int) -> list[Measure]:
    page = http.client.HTTPConnection(urlsplit(url).netloc)
    rest = [await asyncio.to_thread(_time_list, page, place.cookie) for _ in range(rounds)][rounds // 10 :]
    measures, meanwhile = [], []
    for deed in DEEDS:
        heard = await _do(place, page, deed, people)
        large, small = (heard.saves[person.notes] for person in people)
        meanwhile += heard.pages
        measures.append(Measure("renaming", f"{deed}: the save", large, "ms", small, 1))
        measures.append(
            Measure("renaming", f"{deed}: mentions", people[0].notes / heard.seconds, "notes/s", None, people[0].notes)
        )
    page.close()
    measures.append(Measure("renaming", "list meanwhile, p95", _p95(meanwhile), "ms", _p95(rest), len(meanwhile)))
    return measures


async def _write(place: Ground, many: int) -> list[Person]:
    people = []
    async with open_doors(place.settings) as (web, _worker), web.reading(place.user_id, "import") as connection:
        for name, notes in (("Otto Lindqvist", many), ("Rui Quartermain", FEW)):
            people.append(Person(await connection.fetchval(ADD, name), notes))
            await connection.execute(WRITE, *zip(*_notes(name, notes), strict=True))
    return people


def _notes(name: str, count: int) -> Iterator[tuple[str, str, datetime]]:
    chance, newest = random.Random(count), datetime.now(UTC) - timedelta(days=1)
    for number in range(count):
        before, after = (" ".join(chance.choices(WORDS, k=60)) for _ in range(2))
        text = f"{before.capitalize()}. Walked with {name} along the river. {after.capitalize()}."
        yield f"{name.split()[0]}'s {number}", text, newest - timedelta(minutes=number)


@contextmanager
def _working(place: Ground) -> Iterator[None]:
    child = start_child([sys.executable, "-m", "app", "worker"], env=role_environment(place.settings))
    try:
        yield
    finally:
        stop_child(child)


async def _do(place: Ground, page: http.client.HTTPConnection, deed: str, people: list[Person]) -> Heard:
    """After a save that changes nothing: the plans that a connection makes at its first are nobody's cost."""
    heard, (statement, is_named) = Heard(), DEEDS[deed]
    async with open_doors(place.settings) as (web, _worker):
        await _save(web, place.user_id, TOUCH, people[0])
        for person in reversed(people):
            heard.saves[person.notes] = await _save(web, place.user_id, statement, person)
    began = time.perf_counter()
    done = asyncio.create_task(_wait_until_named(place, people, is_named=is_named))
    while not done.done():
        heard.pages.append(await asyncio.to_thread(_time_list, page, place.cookie))
        await asyncio.sleep(0.05)
    await done
    heard.seconds = time.perf_counter() - began
    return heard


async def _save(web: Database, user_id: UUID, statement: str, person: Person) -> float:
    began = time.perf_counter()
    async with web.reading(user_id) as connection:
        await connection.execute(statement, person.id)
    return (time.perf_counter() - began) * 1000


async def _wait_until_named(place: Ground, people: list[Person], *, is_named: bool) -> None:
    owner = await asyncpg.connect(place.settings.database_url)
    expected = [person.notes * is_named for person in people]
    for _ in range(SECONDS * 4):
        found = [await owner.fetchval(NAMED, person.id) for person in people]
        if found == expected and not await owner.fetchval(WAITING):
            return await owner.close()
        await asyncio.sleep(0.25)
    raise RuntimeError(f"After {SECONDS} s {found} notes name them, and not {expected}.")


def _time_list(page: http.client.HTTPConnection, cookie: str) -> float:
    began = time.perf_counter()
    page.request("GET", "/notes", headers={"Cookie": cookie})
    answer = page.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"/notes answered {answer.status}.")
    return (time.perf_counter() - began) * 1000


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main(read_options())
