"""Take everything with you, in a browser: asked for by a form, made by the worker, fetched by its owner for a day."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from app.exporting import running
from app.exporting.running import ExportRunner, Lease, remove_old_exports
from app.kinds import KINDS
from tests.conftest import write


@pytest.fixture
def runner(worker_database, blobs, settings) -> ExportRunner:
    return ExportRunner(worker_database, blobs, KINDS, settings.exports_dir, "worker 1")


async def fetch_href(browser) -> str:
    return re.search(r'href="(/exports/[\w-]+)"', (await browser.get("/export")).text)[1]


async def test_it_is_asked_for_made_and_fetched(alices, bobs, anybody, full, runner, settings):
    assert 'action="/export"' in (await alices.get("/export")).text
    assert (await alices.post("/export")).headers["location"] == "/export"
    assert "hx-trigger" in (await alices.get("/export")).text
    await alices.post("/export")  # while one waits, a second press asks for nothing more
    assert await runner.run_next()
    assert not await runner.run_next()
    href = await fetch_href(alices)
    answer = await alices.get(href)
    assert answer.headers["content-type"] == "application/zip"
    assert re.fullmatch(r'attachment; filename="hearth-\d{4}-\d\d-\d\d\.zip"', answer.headers["content-disposition"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "notes/Birds/Owls.md" in archive.namelist()
        assert "hearth/change_log.jsonl" not in archive.namelist()
    assert (await bobs.get(href)).status_code == 404
    assert (await anybody.get(href)).status_code == 303
    assert href not in (await bobs.get("/export")).text
    assert [path.stat().st_mode & 0o777 for path in settings.exports_dir.iterdir()] == [0o600]


async def test_the_history_comes_when_it_is_asked_for(alices, full, runner):
    await alices.post("/export", {"history": "on"})
    await runner.run_next()
    with zipfile.ZipFile(io.BytesIO((await alices.get(await fetch_href(alices))).content)) as archive:
        assert "hearth/change_log.jsonl" in archive.namelist()


async def test_a_new_one_takes_the_place_of_the_former(alices, bobs, full, runner, settings):
    await bobs.post("/export")
    await runner.run_next()
    theirs = await fetch_href(bobs)
    await alices.post("/export")
    await runner.run_next()
    former = await fetch_href(alices)
    await alices.post("/export")
    await runner.run_next()
    assert (await alices.get(former)).status_code == 404
    assert (await alices.get(await fetch_href(alices))).status_code == 200
    assert (await bobs.get(theirs)).status_code == 200
    assert len(list(settings.exports_dir.iterdir())) == 2


async def test_after_a_day_it_is_gone(alices, alice, full, runner, settings, worker_database, owner):
    await alices.post("/export")
    await runner.run_next()
    href = await fetch_href(alices)
    assert await remove_old_exports(worker_database, settings.exports_dir, datetime.now(UTC)) == 0
    later = datetime.now(UTC) + timedelta(hours=24, minutes=1)
    assert await remove_old_exports(worker_database, settings.exports_dir, later) == 1
    assert list(settings.exports_dir.iterdir()) == []
    assert (await alices.get(href)).status_code == 404
    assert href not in (await alices.get("/export")).text


async def test_an_archive_whose_account_is_gone_goes_too(alices, alice, runner, settings, worker_database, owner):
    await alices.post("/export")
    await runner.run_next()
    await owner.execute("select gate_remove_user($1)", alice.email)
    assert await remove_old_exports(worker_database, settings.exports_dir, datetime.now(UTC)) == 1


async def test_a_killed_worker_is_followed_by_one_that_finishes(
    alices, alice, database, runner, worker_database, blobs, settings, monkeypatch, owner
):
    await write(database, alice, "Note")
    await alices.post("/export")
    async with worker_database.anonymous() as connection:
        lease = Lease(*await connection.fetchrow(running.LEASE, "worker 1", 1))
    other = ExportRunner(worker_database, blobs, KINDS, settings.exports_dir, "worker 2")
    assert not await other.run_next()  # the lease still holds
    await asyncio.sleep(1.1)
    assert await other.run_next()
    assert await fetch_href(alices) == f"/exports/{lease.id}"


async def test_what_breaks_is_told(alices, runner, monkeypatch):
    async def full_disk(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(running, "export_account", full_disk)
    await alices.post("/export")
    await runner.run_next()
    assert "No space left on device" in (await alices.get("/export")).text


async def test_leaving_and_settings_lead_there(bobs):
    assert 'href="/export"' in (await bobs.get("/account/leave")).text
    assert 'href="/export"' in (await bobs.get("/settings")).text
