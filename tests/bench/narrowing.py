"""How long a list with four filters takes on the server, against its own statement run bare on the same rows."""

from __future__ import annotations

import http.client
import statistics
import time
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import asyncpg

from app.core.database import Database
from app.notes.filters import NoteFilter, filter_query, read_filter
from app.notes.queries import list_keys
from app.topics.queries import find_topics
from tests.bench.ground import Ground
from tests.bench.report import Measure

# One note in seven stands under it, spread over all their years.
TOPIC = "insert into topics (user_id, label, slug) values (app_user_id(), 'bench', 'bench') returning id"
FILE = """
insert into filings (user_id, record_id, topic_id)
select app_user_id(), n.id, $1 from (select id, row_number() over (order by id) as place from notes) n
 where n.place % 7 = 0"""
FOUR = {"topic": "bench", "kind": "note", "pinned": "no"}
TURNS = 10


async def measure_filters(ours: str, place: Ground, rounds: int) -> Measure:
    """The 95th percentile of both, in milliseconds, in turn; from a day on, so that half of the notes are out."""
    assert place.settings.app_database_url
    database = Database(place.settings.app_database_url, connections=1)
    connection = http.client.HTTPConnection(urlsplit(ours).netloc)
    wanted = await _prepare(database, place)
    served, bare = [], []
    async with database.reading(place.user_id) as reading:
        for turn in range(rounds * TURNS + 1):
            answered, asked = _time_answer(connection, wanted, place.cookie), await _time_query(reading, wanted)
            if turn:  # the first one warms plans and caches
                served.append(answered)
                bare.append(asked)
    await database.close()
    connection.close()
    return Measure("pages", "list with four filters p95", _p95(served), "ms", _p95(bare), len(served))


async def _prepare(database: Database, place: Ground) -> NoteFilter:
    async with database.reading(place.user_id) as reading:
        await reading.execute(FILE, await reading.fetchval(TOPIC))
        middle = await reading.fetchval("select percentile_disc(0.5) within group (order by created_at) from notes")
    return replace(read_filter(FOUR), dates=(("created_from", middle.date()),))


def _time_answer(connection: http.client.HTTPConnection, wanted: NoteFilter, cookie: str) -> float:
    began = time.perf_counter()
    connection.request("GET", "/notes?" + urlencode(filter_query(wanted)), headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or b'class="row ' not in body:
        raise RuntimeError(f"The narrowed list answered {answer.status}.")
    return time.perf_counter() - began


async def _time_query(reading: asyncpg.Connection, wanted: NoteFilter) -> float:
    topics = await find_topics(reading, wanted.topics)
    began = time.perf_counter()
    keys, _query = await list_keys(reading, wanted, families=[topics[name].family for name in wanted.topics])
    taken = time.perf_counter() - began
    if not keys:
        raise RuntimeError("The narrowed list is empty.")
    return taken


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1000
