"""`bench write`: a note's and a capture's save against the bare insert.

Reference: the same row into a table with the same columns and indexes, without triggers, policies and HTTP, each in
a transaction of its own on one connection. So the ratio is the price of registry, words, names, history, pipeline,
row-level security, and, for the form, of the whole request.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
import httpx

from app.captures.service import CaptureFields, capture
from app.notes.kind import Note
from app.web.auth import CSRF_FIELD
from tests.bench.ground import Ground, ground, make_notes, open_doors
from tests.bench.pages import served
from tests.bench.report import Measure, Options, read_options, tell

Save = Callable[[str, str], Awaitable[None]]
BARE_CAPTURE = "insert into bare_captures (id, user_id, title, content) values ($1, $2, '', $3)"
BARE = "insert into bare_notes (id, user_id, title, content) values ($1, $2, $3, $4)"


def main(options: Options) -> None:
    rounds, saves = (1, 20) if options.quick else (9, 150)
    with ground(200 if options.quick else 2000) as place, served(place) as url:
        medians = asyncio.run(_measure(place, url, rounds, saves))
    bare, bare_capture = medians.pop("bare insert"), medians.pop("bare insert of a capture")
    reference = {case: bare_capture if "capture" in case else bare for case in medians}
    told = [Measure("write", case, value, "ms", reference[case], rounds * saves) for case, value in medians.items()]
    tell(told, options)


async def _measure(place: Ground, url: str, rounds: int, saves: int) -> dict[str, float]:
    """The median milliseconds of one save, by case; the cases take turns."""
    owner = await asyncpg.connect(place.settings.database_url)
    await owner.execute("create table bare_notes (like notes including defaults including indexes)")
    await owner.execute("create table bare_captures (like captures including defaults including indexes)")
    headers = {"Cookie": place.cookie}
    async with open_doors(place.settings) as (web, _), httpx.AsyncClient(base_url=url, headers=headers) as client:
        cases: dict[str, Save] = {
            "bare insert": lambda title, text: _insert_bare(owner, place.user_id, title, text),
            "save in SQL": lambda title, text: _insert_note(web, place.user_id, title, text),
            "save by the ORM": lambda title, text: _save_note(web, place.user_id, title, text),
            "save by the form": lambda title, text: _send_form(client, place, title, text),
            "bare insert of a capture": lambda _title, text: _insert_bare_capture(owner, place.user_id, text),
            "catch a capture": lambda _title, text: _catch(web, place.user_id, text),
            "catch a capture by the form": lambda _title, text: _send_capture(client, place, text),
        }
        times: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(rounds):
            for name, save in cases.items():
                times[name] += [await _time(save, note) for note in make_notes(saves)]
    await owner.close()
    return {name: statistics.median(found) for name, found in times.items()}


async def _time(save: Save, note: tuple[str, str, datetime]) -> float:
    began = time.perf_counter()
    await save(note[0], note[1])
    return (time.perf_counter() - began) * 1000


async def _insert_bare(owner: asyncpg.Connection, user_id: UUID, title: str, text: str) -> None:
    await owner.execute(BARE, uuid4(), user_id, title, text)


async def _insert_note(web, user_id: UUID, title: str, text: str) -> None:  # type: ignore[no-untyped-def]
    async with web.reading(user_id) as connection:
        await connection.execute(BARE.replace("bare_notes", "notes"), uuid4(), user_id, title, text)


async def _save_note(web, user_id: UUID, title: str, text: str) -> None:  # type: ignore[no-untyped-def]
    async with web.writing(user_id) as session:
        session.add(Note(user_id=user_id, title=title, content=text))


async def _insert_bare_capture(owner: asyncpg.Connection, user_id: UUID, text: str) -> None:
    await owner.execute(BARE_CAPTURE, uuid4(), user_id, text)


async def _catch(web, user_id: UUID, text: str) -> None:  # type: ignore[no-untyped-def]
    async with web.writing(user_id) as session:
        await capture(session, user_id, CaptureFields(text, client_id=uuid4()))


async def _send_capture(client: httpx.AsyncClient, place: Ground, text: str) -> None:
    answer = await client.post("/captures", data={"content": text, "client_id": str(uuid4()), CSRF_FIELD: place.csrf})
    if answer.status_code != 303:
        raise RuntimeError(f"A capture was answered by {answer.status_code}.")


async def _send_form(client: httpx.AsyncClient, place: Ground, title: str, text: str) -> None:
    fields = {"version": "0", "title": title, "content": text, CSRF_FIELD: place.csrf}
    answer = await client.post(f"/notes/{uuid4()}", data=fields)
    if answer.status_code != 303:
        raise RuntimeError(f"A save was answered by {answer.status_code}.")


if __name__ == "__main__":
    main(read_options())
