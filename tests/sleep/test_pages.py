"""While you slept: what a person allows, asks for and sees."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from app.asleep import ASLEEP
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.sleep.controllers import _tell
from app.sleep.running import SleepRunner
from app.web.auth import COOKIE, hash_token
from app.web.changes import Changes
from tests.conftest import write

FORM = {"is_on": "1", "seconds": "60", "rows": "500", "tokens": "0", "opens": "23:30", "closes": "06:00",
        "idle_minutes": "30"}  # fmt: skip


async def test_the_page_names_every_kind_and_what_it_waits_for(alices):
    page = (await alices.get("/sleep")).text
    for kind in ASLEEP:
        # What asks a language model is not there without one.
        assert (kind.label in page) != kind.asks_model
    assert "It begins when nobody was here for 20 minutes." in page


async def test_what_is_allowed_is_kept_and_what_cannot_be_is_said(alices, owner):
    assert (await alices.post("/sleep", FORM)).status_code == 303
    row = await owner.fetchrow("select sleeps, sleep_seconds, sleep_rows, sleep_from::text from users")
    assert tuple(row) == (True, 60, 500, "23:30:00")
    wrong = await alices.post("/sleep", {**FORM, "seconds": "5", "opens": "late", "rows": "٣٠٠"})
    assert wrong.status_code == 422 and wrong.text.count("A number from") == 2 and "like 22:00" in wrong.text
    assert await owner.fetchval("select sleep_seconds from users") == 60
    await alices.post("/sleep", {key: value for key, value in FORM.items() if key != "is_on"})
    assert "switched off" in (await alices.get("/sleep")).text


async def test_a_kind_is_switched_off_and_on(alices, owner):
    await alices.post("/sleep/kinds", {"kind": "twins", "on": "0"})
    assert await owner.fetchval("select sleep_without from users") == ["names", "twins"]
    assert "Switch on: Unlinked twins" in (await alices.get("/sleep")).text
    await alices.post("/sleep/kinds", {"kind": "twins", "on": "1"})
    assert await owner.fetchval("select sleep_without from users") == ["names"]
    for path in ("/sleep/kinds", "/sleep/run"):
        assert (await alices.post(path, {"kind": "none"})).status_code == 404


async def test_what_is_asked_for_is_done_though_somebody_is_here(alices, owner, database, worker_database, alice):
    await write(database, alice, "New", "I'll send you the book by tomorrow.")
    await alices.post("/sleep/kinds", {"kind": "pattern", "on": "0"})
    await alices.post("/sleep/run", {})
    await alices.post("/sleep/run", {})
    asked = await owner.fetchval("select count(*) from sleep_runs where state = 'waiting'")
    assert asked == len([kind for kind in ASLEEP if not kind.asks_model]) - 1
    runner = SleepRunner(worker_database, ASLEEP, Models(make_embedder("fake")), "tests")
    while await runner.run_next():
        continue
    assert {row[0] for row in await owner.fetch("select state from sleep_runs")} == {"done"}
    page = (await alices.get("/sleep")).text
    assert "Promises" in page and "In the last day:" in page


async def test_what_waits_is_stopped_and_what_has_ended_is_not(alices, owner):
    await alices.post("/sleep/run", {"kind": "twins", "dry": "1"})
    run_id = await owner.fetchval("select id from sleep_runs where is_dry")
    assert (await alices.post(f"/sleep/runs/{run_id}/stop")).status_code == 303
    assert await owner.fetchval("select state from sleep_runs") == "stopped"
    assert (await alices.post(f"/sleep/runs/{run_id}/stop")).status_code == 409


async def test_an_open_page_hears_how_far_it_is(application, alices, settings, alice):
    """The stream's own words, until the first change: a client in this process would wait for its end."""
    given = application.dependencies["shared"].dependency()
    shared = replace(given, changes=Changes(settings.app_database_url, can_listen=True))
    words = _tell(shared, hash_token(alices.http.cookies[COOKIE]), alice.id, 0)
    assert (await anext(words)).startswith("retry")
    assert (await anext(words)).startswith(":")
    told = asyncio.create_task(anext(words))
    while not shared.changes.is_listening:
        await asyncio.sleep(0.02)
    await alices.post("/sleep/run", {"kind": "twins"})
    async with asyncio.timeout(5):
        while not (line := await told).startswith("event: changed"):
            told = asyncio.create_task(anext(words))
    assert int(line.partition("data: ")[2]) > 0
    await words.aclose()
