"""`bench growth`: what a list, a note, one with 500 backlinks, completion and the switcher take in a full house.

Reference: the same asked of a house with a hundredth of its notes, in turn, in the same run.
"""

from __future__ import annotations

import asyncio
import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from uuid import UUID

from app.core.database import Database
from tests.bench.completing import TYPED as COMPLETED
from tests.bench.ground import Ground, ground
from tests.bench.pages import busy_note, served
from tests.bench.report import Measure, Options, read_options, tell
from tests.bench.switching import TYPED as SWITCHED

NOTES = 1000, 100_000
BACKLINKS = 500
LINK = """
insert into entity_links (user_id, source_id, target_id, relation, origin, evidence)
select app_user_id(), n.id, $1, 'links_to', 'manual', 'A sentence that names it.' from notes n where n.id <> $1
 limit $2"""
HUB = "insert into notes (user_id, title, content) values (app_user_id(), 'Hub', 'Many lead here.') returning id"


@dataclass
class Asked:
    """A house, and the paths that each case asks of it; `times` in milliseconds."""

    connection: http.client.HTTPConnection
    cookie: str
    paths: dict[str, list[str]]
    times: dict[str, list[float]]

    def ask(self, *, keep: bool) -> None:
        for case, paths in self.paths.items():
            taken = [self._time_answer(path) for path in paths]
            self.times[case] += taken if keep else []

    def _time_answer(self, path: str) -> float:
        began = time.perf_counter()
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}.")
        return (time.perf_counter() - began) * 1000


def main(options: Options) -> None:
    few, many = (100, 600) if options.quick else NOTES
    with ExitStack() as stack:
        small, large = stack.enter_context(_house(few)), stack.enter_context(_house(many))
        for turn in range((2 if options.quick else 40) + 1):
            for house in (small, large):
                house.ask(keep=turn > 0)  # the first one warms plans and caches
    measures = [
        Measure("growth", f"{case}, {many:,} notes", told(large.times[case]), "ms", told(small.times[case]), len(times))
        for case, times in large.times.items()
        for told in [_telling(case)]
    ]
    tell(measures, options)


@contextmanager
def _house(notes: int) -> Iterator[Asked]:
    with ground(notes) as place, served(place) as url:
        hub, note = asyncio.run(_make_hub(place)), asyncio.run(busy_note(place))
        paths = {
            "list": ["/notes"] * 5,
            "note": [f"/notes/{note}"] * 5,
            "note with 500 backlinks": [f"/notes/{hub}"] * 5,
            "completion p95": [f"/complete?mark=[[&q={quote(typed)}" for typed in COMPLETED],
            "switcher p95": [f"/switcher?q={quote(typed)}" for typed in SWITCHED],
        }
        connection = http.client.HTTPConnection(urlsplit(url).netloc)
        yield Asked(connection, place.cookie, paths, {case: [] for case in paths})
        connection.close()


async def _make_hub(place: Ground) -> UUID:
    assert place.settings.app_database_url
    database = Database(place.settings.app_database_url, connections=1)
    async with database.reading(place.user_id) as writing:
        hub: UUID = await writing.fetchval(HUB)
        await writing.execute(LINK, hub, BACKLINKS)
    await database.close()
    return hub


def _telling(case: str) -> Callable[[list[float]], float]:
    return _p95 if case.endswith("p95") else statistics.median


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main(read_options())
