"""How long the quick switcher's answer takes on the server, against its one bare query on the same rows."""

from __future__ import annotations

import http.client
import statistics
import time
from urllib.parse import quote, urlsplit

from app.core.database import Database
from app.switcher.queries import find_named
from tests.bench.ground import Ground
from tests.bench.report import Measure

# What is typed on the way to a note: beginnings, a whole title, initials, a slip of the finger, words of its text.
TYPED = ("n", "no", "not", "note 1", "note 12", "note 199", "n1", "nite 150", "garden winter", "zebra crossing")


async def measure_switcher(ours: str, place: Ground, rounds: int) -> Measure:
    """The 95th percentile of both, in milliseconds; each query is asked of the one and of the other in turn."""
    assert place.settings.app_database_url
    database = Database(place.settings.app_database_url, connections=1)
    connection = http.client.HTTPConnection(urlsplit(ours).netloc)
    served, bare = [], []
    async with database.reading(place.user_id) as reading:
        for turn in range(rounds + 1):
            for typed in TYPED:
                answered = _time_answer(connection, typed, place.cookie)
                began = time.perf_counter()
                await find_named(reading, place.user_id, typed)
                if turn:  # the first one warms plans and caches
                    served.append(answered)
                    bare.append(time.perf_counter() - began)
    await database.close()
    connection.close()
    return Measure("pages", "switcher p95", _p95(served), "ms", _p95(bare), len(served))


def _time_answer(connection: http.client.HTTPConnection, typed: str, cookie: str) -> float:
    began = time.perf_counter()
    connection.request(
        "GET",
        f"/switcher?q={quote(typed)}",
        headers={"Cookie": cookie, "HX-Request": "true", "HX-Target": "switcher-results"},
    )
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or b"switcher-results" not in body:
        raise RuntimeError(f"The switcher answered {answer.status}.")
    return time.perf_counter() - began


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1000
