"""How long the editor waits for names, against the one bare query behind them on the same rows; and what it weighs."""

from __future__ import annotations

import http.client
import re
import statistics
import time
from collections.abc import Callable
from urllib.parse import urlencode, urljoin, urlsplit

from app.core.database import Database
from app.core.text import fold
from app.switcher.completing import find_beginning
from tests.bench.ground import Ground
from tests.bench.report import Measure

# What is typed on the way to a note: beginnings, a whole title, a word within, a slip of the finger, nothing like it.
TYPED = ("n", "no", "note", "note 1", "note 12", "note 199", "199", "nite 150", "zebra crossing")
Fetch = Callable[[str, str], tuple[str, int]]


async def measure_completion(ours: str, place: Ground, rounds: int) -> Measure:
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
                await find_beginning(reading, place.user_id, fold(typed), None)
                if turn:  # the first one warms plans and caches
                    served.append(answered)
                    bare.append(time.perf_counter() - began)
    await database.close()
    connection.close()
    return Measure("pages", "completion p95", _p95(served), "ms", _p95(bare), len(served))


def _time_answer(connection: http.client.HTTPConnection, typed: str, cookie: str) -> float:
    began = time.perf_counter()
    connection.request("GET", f"/complete?{urlencode({'mark': '[[', 'q': typed})}", headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200 or b'"items"' not in body:
        raise RuntimeError(f"The completion answered {answer.status}.")
    return time.perf_counter() - began


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1000


def weigh_editor(ours: str, cookie: str, fetch: Fetch) -> Measure:
    """Bytes over the wire of all that the edit page loads on top of what every page loads."""
    usual = set(_assets(fetch(ours + "/notes", cookie)[0]))
    waiting = [path for path in _assets(fetch(ours + "/notes/new", cookie)[0]) if path not in usual]
    sizes: dict[str, int] = {}
    while waiting:
        path = waiting.pop()
        if path not in sizes:
            text, sizes[path] = fetch(ours + path, cookie)
            if "/editor/" in path:
                waiting += [urljoin(path, found) for found in re.findall(r'(?:from|import) "(\.[^"]+\.js)"', text)]
    return Measure("pages", "editor bytes", sum(sizes.values()), "bytes", None, 1)


def _assets(html: str) -> list[str]:
    return re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', html)
