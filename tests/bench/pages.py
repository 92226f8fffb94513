"""`bench pages`: the note list and a note's page under load, with session, row-level security, compression and shell.

Reference: tests/bench/reference.py under the same server, one worker each, rounds taking turns in the same run.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID

import asyncpg
import brotli
import httpx

from app.embedded.children import start_child, stop_child
from app.main import create_app
from app.supervisor import role_environment
from tests.bench.completing import measure_completion, weigh_editor
from tests.bench.ground import Ground, ground
from tests.bench.load import requests_per_second
from tests.bench.narrowing import measure_filters
from tests.bench.report import Measure, Options, read_options, tell
from tests.bench.switching import measure_switcher

NOTES = 2000
QUERY_METHODS = ("fetch", "fetchrow", "fetchval", "execute")


def main(options: Options) -> None:
    rounds, seconds = (1, 1.0) if options.quick else (7, 4.0)
    with ground(200 if options.quick else NOTES) as place, ExitStack() as stack:
        note = asyncio.run(busy_note(place))
        paths = {"list": "/notes", "note": f"/notes/{note}"}
        ours, reference = stack.enter_context(served(place)), stack.enter_context(reference_served(place))
        check_identical(ours, reference, place)
        rates = take_turns(ours, reference, paths, place.cookie, rounds, seconds)
        measures = [
            Measure("pages", case, rates[case], "requests/s", rates["reference"], rounds) for case in ("list", "note")
        ]
        measures.append(asyncio.run(measure_switcher(ours, place, 2 if options.quick else 30)))
        measures.append(asyncio.run(measure_filters(ours, place, 2 if options.quick else 30)))
        measures.append(asyncio.run(measure_completion(ours, place, 2 if options.quick else 30)))
        measures.append(weigh_editor(ours, place.cookie, _sent))
        measures.append(weigh_capture(ours, place.cookie))
        tell([*measures, *weights(ours, paths, place.cookie), *asyncio.run(_query_counts(place, paths))], options)


def take_turns(
    ours: str, reference: str, paths: dict[str, str], cookie: str, rounds: int, seconds: float
) -> dict[str, float]:
    """The median rate of each case; turns, because a shared machine is not equally fast all the time."""
    urls = {"reference": reference + "/", **{case: ours + path for case, path in paths.items()}}
    for url in urls.values():
        requests_per_second(url, min(seconds, 2), cookie)
    found: dict[str, list[float]] = {case: [] for case in urls}
    for _ in range(rounds):
        for case, url in urls.items():
            found[case].append(requests_per_second(url, seconds, cookie))
    return {case: statistics.median(rates) for case, rates in found.items()}


@contextmanager
def served(place: Ground) -> Iterator[str]:
    port = free_port()
    child = start_child([sys.executable, "-m", "app", "web", "--port", str(port)], env=role_environment(place.settings))
    with _until_answering(child, f"http://127.0.0.1:{port}", "/health/live") as url:
        yield url


@contextmanager
def reference_served(place: Ground) -> Iterator[str]:
    port = free_port()
    env = {**os.environ, "BENCH_DATABASE_URL": str(place.settings.database_url), "BENCH_USER": str(place.user_id)}
    child = start_child([sys.executable, "-m", "tests.bench.reference", str(port)], env=env)
    with _until_answering(child, f"http://127.0.0.1:{port}", "/") as url:
        yield url


@contextmanager
def _until_answering(child: subprocess.Popen[bytes], url: str, path: str) -> Iterator[str]:
    try:
        deadline = time.monotonic() + 60
        while not _answers(url + path):
            if child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{url} did not start")
            time.sleep(0.05)
        yield url
    finally:
        stop_child(child)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def check_identical(ours: str, reference: str, place: Ground) -> None:
    """The reference must do the same work: its rows are the page's rows, byte for byte."""
    page = httpx.get(ours + "/notes", headers={"Cookie": place.cookie}).content
    rows = httpx.get(reference + "/").content
    if rows.count(b"<li ") != 30 or rows not in page:
        raise RuntimeError("The reference's rows are not those of the page.")


def weights(ours: str, paths: dict[str, str], cookie: str) -> list[Measure]:
    """Bytes over the wire, compressed: each page's HTML (all that a warm navigation loads), and a first visit."""
    found, first, scripts = [], 0, 0
    for case, path in paths.items():
        html, sent = _sent(ours + path, cookie)
        assets = {url: _sent(ours + url, cookie)[1] for url in re.findall(r'(?:src|href)="(/static/[^"]+)"', html)}
        found.append(Measure("pages", f"{case} bytes", sent, "bytes", None, 1))
        first = max(first, sent + sum(assets.values()))
        scripts = max(scripts, sum(size for url, size in assets.items() if ".js" in url))
    visit = {"first visit bytes": first, "of them JavaScript": scripts}
    return [*found, *(Measure("pages", case, size, "bytes", None, 1) for case, size in visit.items())]


def weigh_capture(ours: str, cookie: str) -> Measure:
    """A first load of the page to catch on: its HTML and all that it names, the icon too; at most 20 KB."""
    html, sent = _sent(ours + "/capture", cookie)
    named = set(re.findall(r'(?:src|href)="(/static/[^"]+\.(?:css|js|svg))"', html)) | {"/manifest.webmanifest"}
    sent += sum(_sent(ours + url, cookie)[1] for url in named)
    return Measure("pages", "capture first load bytes", sent, "bytes", None, 1)


def _sent(url: str, cookie: str) -> tuple[str, int]:
    with httpx.stream("GET", url, headers={"Cookie": cookie, "Accept-Encoding": "br, gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
        if answer.status_code != 200:
            raise RuntimeError(f"{url} answered {answer.status_code}")
    read = {"br": brotli.decompress, "gzip": gzip.decompress}.get(answer.headers.get("content-encoding", ""), bytes)
    text = read(raw)
    return text.decode(errors="replace"), len(raw)


async def busy_note(place: Ground) -> UUID:
    """A note with as many backlinks as the median linked one has: neither a bare page nor a hub."""
    owner = await asyncpg.connect(place.settings.database_url)
    rows = await owner.fetch(
        "select target_id, count(*) from entity_links where target_id is not null group by 1 order by 2, 1"
    )
    await owner.close()
    return rows[len(rows) // 2][0]  # type: ignore[no-any-return]


async def _query_counts(place: Ground, paths: dict[str, str]) -> list[Measure]:
    """Statements per request, begin and commit included, with everything cached that a second visit finds cached."""
    application = create_app(place.settings)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    counts: list[str] = []
    for name in QUERY_METHODS:
        setattr(asyncpg.Connection, name, _counting(getattr(asyncpg.Connection, name), counts))
    transport = httpx.ASGITransport(application)
    found = []
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for case, path in paths.items():
            for _visit in range(2):
                counts.clear()
                answer = await client.get(path, headers={"Cookie": place.cookie})
                assert answer.status_code == 200
            found.append(Measure("pages", f"{case} queries", len(counts), "queries", None, 1))
    await application.state.database.close()
    return found


def _counting(method, counts: list[str]):  # type: ignore[no-untyped-def]
    async def call(self, query, *args, **kwargs):  # type: ignore[no-untyped-def]
        counts.append(query)
        return await method(self, query, *args, **kwargs)

    return call


if __name__ == "__main__":
    main(read_options())
