"""How long people take on the server when there are ten thousand of them, against the same with a hundred.

The same house, two accounts, asked in turn; the page of a person with 30 mentions in each.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit
from uuid import UUID

import asyncpg

from app.account.service import open_session
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor
from app.web.auth import COOKIE
from tests.bench.ground import Ground, ground, open_doors
from tests.bench.pages import served
from tests.bench.report import Measure, Options, read_options, tell

FEW, MANY = 100, 10_000
FIRST = (
    "Ana",
    "Bea",
    "Chloé",
    "Dov",
    "Émile",
    "Fatma",
    "Goran",
    "Hélène",
    "Ines",
    "Jörg",
    "Kofi",
    "Lena",
    "Máté",
    "Noa",
)
LAST = ("Lima", "Kis", "Roux", "Ødegård", "Zimmer", "Novák", "Sato", "Ferreira", "Okafor", "Weiss", "Dąbrowski")
TYPED = ("a", "an", "ana", "ana l", "person7", "kis", "anna lyma", "+4917")
ADD = """
insert into contacts (user_id, full_name, company, emails, phones)
select app_user_id(), name, company, emails, phones
  from unnest($1::text[], $2::text[], $3::jsonb[], $4::jsonb[]) p(name, company, emails, phones)"""


@dataclass(frozen=True)
class Account:
    cookie: str
    person: UUID


def main(options: Options) -> None:
    rounds = 3 if options.quick else 40
    with ground(200) as place, served(place) as ours:
        few, many = asyncio.run(_fill(place, FEW)), asyncio.run(_fill(place, 1000 if options.quick else MANY))
        connection = http.client.HTTPConnection(urlsplit(ours).netloc)
        tell([_compare(connection, case, few, many, rounds) for case in ("list", "typing", "person")], options)
        connection.close()


def _compare(
    connection: http.client.HTTPConnection, case: str, few: Account, many: Account, rounds: int
) -> Measure:  # fmt: skip
    times: dict[str, list[float]] = {few.cookie: [], many.cookie: []}
    for turn in range(rounds + 1):
        for account in (few, many):
            for path in _paths(case, account):
                taken = _time_answer(connection, path, account.cookie, case)
                if turn:  # the first one warms plans and caches
                    times[account.cookie].append(taken)
    middle = {cookie: statistics.median(taken) * 1000 for cookie, taken in times.items()}
    return Measure("people", f"{case}, 10,000", middle[many.cookie], "ms", middle[few.cookie], rounds)


def _paths(case: str, account: Account) -> Iterator[str]:
    if case == "list":
        yield "/people"
    elif case == "person":
        yield f"/people/{account.person}"
    else:
        yield from (f"/people?q={quote(typed)}" for typed in TYPED)


def _time_answer(connection: http.client.HTTPConnection, path: str, cookie: str, case: str) -> float:
    typing = {"HX-Request": "true", "HX-Target": "people-list"} if case == "typing" else {}
    began = time.perf_counter()
    connection.request("GET", path, headers={"Cookie": cookie, **typing})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}.")
    return time.perf_counter() - began


async def _fill(place: Ground, people: int) -> Account:
    owner = await asyncpg.connect(place.settings.database_url)
    user_id = await owner.fetchval(
        "select gate_create_user($1, 'Ana', '', 'member', 'UTC', 'en', false)", f"p{people}@example.org"
    )
    async with open_doors(place.settings) as (web, worker):
        async with web.reading(user_id, "import") as connection:
            await connection.execute(ADD, *_columns(people))
            await connection.executemany(
                "insert into notes (user_id, title, content) values ($1, $2, $3)",
                [(user_id, f"Met {number}", "With @[[Ana Lima 0]] and [[Met 1]]. #tea") for number in range(30)],
            )
        reactor = Reactor(worker, Models(make_embedder("fake")), "bench")
        while any([await reactor.run_batch(slot) for slot in ("connect", "heat")]):
            continue
        token = await open_session(web, user_id, agent="bench")
    person = await owner.fetchval(
        "select id from contacts where user_id = $1 and full_name = 'Ana Lima 0' limit 1", user_id
    )
    await owner.execute("vacuum analyze")
    await owner.close()
    return Account(f"{COOKIE}={token}", person)


def _columns(people: int) -> tuple[list[str], list[str], list[str], list[str]]:
    chance = random.Random(20261122)
    names = ["Ana Lima 0", *(f"{chance.choice(FIRST)} {chance.choice(LAST)} {n}" for n in range(1, people))]
    emails = [json.dumps([{"label": "work", "value": f"person{n}@example.org"}]) for n in range(people)]
    phones = [json.dumps([{"label": "", "value": f"0171 {n:07}", "e164": f"+49171{n:07}"}]) for n in range(people)]
    return names, [f"{chance.choice(LAST)} Ltd" for _ in range(people)], emails, phones


if __name__ == "__main__":
    main(read_options())
