"""`bench graph`: the page of the whole graph, for accounts of 1,000, 10,000 and as many nodes as it takes at most.

For each: how long the worker computes places, the server's time for the page's table and for the drawing's answer (read
anew, and kept), the answer's bytes, and in Debian's Chromium (which here paints by software) the time from the click to
the first picture and a frame of moving. Reference of the larger ones: the smallest, in the same run. The ceiling is the
largest of them whose picture stood within three seconds.
"""

from __future__ import annotations

import asyncio
import http.client
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from playwright.sync_api import Browser, sync_playwright

from app.account.service import open_session
from app.atlas.charting import chart_user
from app.atlas.narrowing import CEILING
from app.core.migrating import migrate
from app.embedded.instance import instance
from app.kinds import KINDS
from app.settings import Settings, kept_secret
from app.web.auth import COOKIE, csrf_token
from tests.bench.ground import WORDS, Ground, open_doors
from tests.bench.pages import served
from tests.bench.report import Measure, Options, read_options, tell

SIZES = (1_000, 10_000, CEILING)
QUICK = (100, 400)
LINKS_EACH = 4
SOON = 3.0
WEBGL = ["--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader"]

NOTES = """
insert into notes (user_id, title, content, created_at, updated_at)
select app_user_id(), t.title, '', now() - t.place * interval '2 hours', now() - t.place * interval '2 hours'
  from unnest($1::text[]) with ordinality t(title, place)"""
IDS = "select id from notes order by created_at desc"
LINKS = """
insert into entity_links (user_id, source_id, target_id, target_name, origin)
select app_user_id(), l.source, l.target, l.target::text, 'written'
  from unnest($1::uuid[], $2::uuid[]) l(source, target)
on conflict do nothing"""

PICTURE = """async () => {
  const atlas = document.querySelector("hearth-atlas");
  while (!atlas.dataset.drawn) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  return performance.now();
}"""
MOVING = """async (frames) => {
  const camera = document.querySelector("hearth-atlas").renderer.getCamera();
  const times = [];
  for (let frame = 0; frame < frames; frame += 1) {
    const began = performance.now();
    camera.setState({ x: 0.5 + 0.1 * Math.sin(frame / 5) });
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    times.push((performance.now() - began) / 2);
  }
  return times;
}"""


@dataclass(frozen=True)
class Account:
    size: int
    cookie: str
    layout: float


def main(options: Options) -> None:
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("This bench needs Debian's chromium.")
    rounds = 2 if options.quick else 7
    sizes = QUICK if options.quick else SIZES
    with graph_ground(sizes) as (place, accounts), served(place) as ours, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=WEBGL)
        measured = [measure(ours, browser, account, rounds) for account in accounts]
        browser.close()
    tell([*compare(accounts, measured, rounds), find_ceiling(accounts, measured, rounds)], options)


@contextmanager
def graph_ground(sizes: Sequence[int]) -> Iterator[tuple[Ground, list[Account]]]:
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        Path(folder).chmod(0o755)
        with instance(Settings(data_dir=Path(folder) / "data", embedding="fake", port=0)) as settings:
            asyncio.run(migrate(settings))
            accounts = [asyncio.run(make_account(settings, size, *make_shape(size))) for size in sizes]
            secret = kept_secret(settings, "csrf_key").encode()
            token = accounts[0].cookie.partition("=")[2]
            yield Ground(settings, UUID(int=0), accounts[0].cookie, csrf_token(secret, token)), accounts


def make_shape(size: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Titles and links as gardens have them: topics of every size with hubs of their own, and some links across."""
    chance = random.Random(20261122)
    titles = [f"{' '.join(chance.choices(WORDS, k=4)).capitalize()} {number}" for number in range(size)]
    group, first = [], 0
    while first < size:
        group.append(range(first, min(size, first + max(8, int(chance.lognormvariate(4.5, 1))))))
        first = group[-1].stop
    pairs = set()
    for mine in group:
        for node in mine:
            for _link in range(LINKS_EACH):
                near = mine[int(len(mine) * chance.random() ** 3)]
                pairs.add((node, near if chance.random() < 0.85 else chance.randrange(size)))
    return titles, sorted(pair for pair in pairs if pair[0] != pair[1])


async def make_account(
    settings: Settings, size: int, titles: Sequence[str], pairs: Sequence[tuple[int, int]]
) -> Account:  # fmt: skip
    owner = await asyncpg.connect(settings.database_url)
    user_id = await owner.fetchval(
        "select gate_create_user($1, 'Ana', '', 'member', 'UTC', 'en', false)", f"g{size}@example.org"
    )
    async with open_doors(settings) as (web, worker):
        async with web.reading(user_id, "import") as connection:
            await connection.execute(NOTES, titles)
            ids = [row[0] for row in await connection.fetch(IDS)]
            await connection.execute(LINKS, [ids[one] for one, _ in pairs], [ids[other] for _, other in pairs])
        began = time.perf_counter()
        await chart_user(worker, user_id, KINDS)
        layout = time.perf_counter() - began
        token = await open_session(web, user_id, agent="bench")
    await owner.execute("vacuum analyze")
    await owner.close()
    return Account(size, f"{COOKIE}={token}", layout)


def measure(ours: str, browser: Browser, account: Account, rounds: int) -> dict[str, tuple[float, str]]:
    connection = http.client.HTTPConnection(urlsplit(ours).netloc)
    query = f"nodes={account.size}"
    read, _ = ask(connection, f"/graph/data?{query}", account.cookie)
    packed = statistics.median(
        # Another bound each time, so that the answer is made anew of what is kept.
        ask(connection, f"/graph/data?nodes={account.size + turn + 1}", account.cookie)[0] for turn in range(rounds)
    )  # fmt: skip
    kept = statistics.median(ask(connection, f"/graph/data?{query}", account.cookie)[0] for _ in range(rounds))
    size = ask(connection, f"/graph/data?{query}", account.cookie)[1]
    table = statistics.median(ask(connection, f"/graph?{query}", account.cookie)[0] for _ in range(rounds))
    connection.close()
    picture, frame = watch(ours, browser, account, query, 5 if rounds < 5 else 40)
    return {
        "layout": (account.layout * 1000, "ms"), "answer, read anew": (read * 1000, "ms"),
        "answer, made of what is kept": (packed * 1000, "ms"), "answer, kept": (kept * 1000, "ms"),
        "answer": (size, "bytes"), "page with table": (table * 1000, "ms"), "first picture": (picture, "ms"),
        "frame of moving, p95": (frame, "ms"),
    }  # fmt: skip


def ask(connection: http.client.HTTPConnection, path: str, cookie: str) -> tuple[float, int]:
    began = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}.")
    return time.perf_counter() - began, len(body)


def watch(ours: str, browser: Browser, account: Account, query: str, frames: int) -> tuple[float, float]:
    """What a second visit takes, with scripts and styles at hand, until the browser has painted; and a frame."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    name, _, value = account.cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": ours}])
    page, pictures = context.new_page(), []
    for _visit in range(4):
        page.goto(f"{ours}/graph?{query}", wait_until="commit")
        page.locator("hearth-atlas").wait_for(state="attached")
        pictures.append(page.evaluate(PICTURE))
    moving = page.evaluate(MOVING, frames)
    context.close()
    return statistics.median(pictures[1:]), statistics.quantiles(moving, n=20)[-1]


def compare(
    accounts: Sequence[Account], measured: Sequence[dict[str, tuple[float, str]]], rounds: int
) -> Iterator[Measure]:
    for account, found in zip(accounts, measured, strict=True):
        for case, (value, unit) in found.items():
            reference = None if account is accounts[0] else measured[0][case][0]
            yield Measure("graph", f"{case}, {account.size:,}", value, unit, reference, rounds)


def find_ceiling(
    accounts: Sequence[Account], measured: Sequence[dict[str, tuple[float, str]]], rounds: int
) -> Measure:  # fmt: skip
    within = [
        one.size for one, found in zip(accounts, measured, strict=True) if found["first picture"][0] < SOON * 1000
    ]
    return Measure("graph", "ceiling: picture within 3 s", max(within, default=accounts[0].size), "nodes", None, rounds)


if __name__ == "__main__":
    main(read_options())
