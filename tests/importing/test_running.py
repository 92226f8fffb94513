"""The worker's part: what came is brought in as its owner, gone on with after a kill, stopped, taken back."""

from __future__ import annotations

import asyncio
import json
import re
import zipfile
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

import app.importing.service as service
from app.history.undoing import undo_action
from app.importing import queries, running
from app.importing.doors import same_days
from app.importing.running import Advance, ImportRunner, Lease
from app.importing.staging import Staging
from app.importing.uploads import Uploads
from app.kinds import KINDS

Put = Callable[..., Awaitable[UUID]]


@pytest.fixture
def staging(settings) -> Staging:
    return Staging(settings.imports_dir)


@pytest.fixture
def runner(worker_database, blobs, staging) -> ImportRunner:
    return ImportRunner(worker_database, blobs, staging, "worker 1")


@pytest.fixture
def put(database, staging, alice) -> Put:
    """Upload a file whole, as Alice unless somebody else is named."""

    async def upload(path: Path, person=alice) -> UUID:
        with path.open("rb") as file:
            return await Uploads(database, staging, person.id, 2**30).take([(path.name, file)])

    return upload


@pytest.fixture
def notes_zip(make_zip) -> Callable[..., Path]:
    return lambda count, name="notes.zip": make_zip(*[(f"n{n}.md", b"[[n0]]") for n in range(count)], name=name)


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 10)


@pytest.fixture
def one(rows) -> Callable[[UUID], Awaitable]:
    async def read(import_id: UUID):
        return (await rows("select * from imports where id = $1", import_id))[0]

    return read


async def test_an_upload_becomes_notes_of_its_owner_as_one_action(runner, put, notes_zip, one, rows, staging, bob):
    import_id = await put(notes_zip(30))
    assert await runner.run_next()
    assert not await runner.run_next()
    row = await one(import_id)
    report = json.loads(row["report"])
    assert (row["state"], row["done"], row["total"], report["added"]) == ("done", 30, 30, 30)
    changes = await rows("select distinct action_id, actor from change_log where kind = 'note'")
    assert [tuple(change) for change in changes] == [(row["action_id"], "import")]
    assert await rows("select from notes", person=bob) == []
    assert staging.ids() == set()


async def test_pictures_and_folders_come_along_with_the_worker_s_rights(runner, put, make_zip, rows, one):
    import_id = await put(make_zip(("a/b.md", b"---\naliases: [Bee]\n---\n![[i.png]]"), ("i.png", b"\x89PNG")))
    await runner.run_next()
    assert (await one(import_id))["state"] == "done"
    assert [row["name"] for row in await rows("select name from folders where not is_default")] == ["a"]
    assert len(await rows("select from attachments a join notes n on n.id = a.record_id")) == 1
    again = await put(make_zip(("a/b.md", b"other"), ("i.png", b"\x89PNG2")))
    await runner.run_next()
    assert json.loads((await one(again))["report"])["changed"] == 1


async def die_after(batches: int, monkeypatch, death: BaseException) -> None:
    written, seen = service.write_notes, 0

    async def write(*arguments):
        nonlocal seen
        seen += 1
        if seen > batches:
            raise death
        return await written(*arguments)

    monkeypatch.setattr(service, "write_notes", write)


async def test_a_worker_killed_in_the_middle_is_followed_by_one_that_finishes(
    runner, put, notes_zip, one, rows, monkeypatch, small_batches, owner, worker_database, blobs, staging
):
    import_id = await put(notes_zip(50))
    monkeypatch.setattr(running, "LEASE_SECONDS", 1)
    await die_after(2, monkeypatch, SystemExit())
    with pytest.raises(SystemExit):
        # Killed: no account is given, so the import's own task is driven without the runner around it.
        async with worker_database.anonymous() as connection:
            lease = Lease(*await connection.fetchrow(running.LEASE, "worker 1", 1))
        await runner._import(lease, Advance())
    assert (await one(import_id))["state"] == "running"
    assert len(await rows("select from notes")) == 20
    monkeypatch.undo()
    next_one = ImportRunner(worker_database, blobs, staging, "worker 2")
    assert not await next_one.run_next()
    await asyncio.sleep(1.1)
    assert await next_one.run_next()
    row = await one(import_id)
    report = json.loads(row["report"])
    assert (row["state"], report["added"], report["unchanged"]) == ("done", 50, 0)
    assert len(await rows("select distinct action_id from change_log where kind = 'note'")) == 1


async def test_a_worker_that_is_stopped_gives_its_import_back_at_once(
    runner, put, notes_zip, one, monkeypatch, small_batches, worker_database, blobs, staging
):
    import_id = await put(notes_zip(50))
    reached = hold_after_first(monkeypatch)
    work = asyncio.create_task(runner.run_next())
    await reached.wait()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    row = await one(import_id)
    assert (row["state"], row["claimed_by"], row["attempts"]) == ("running", None, 0)
    monkeypatch.undo()
    assert await ImportRunner(worker_database, blobs, staging, "worker 2").run_next()
    assert json.loads((await one(import_id))["report"])["added"] == 50


def hold_after_first(monkeypatch) -> asyncio.Event:
    """Let the first batch in, and keep the second in its transaction."""
    written, reached, seen = service.write_notes, asyncio.Event(), 0

    async def write(*arguments):
        nonlocal seen
        seen += 1
        fates = await written(*arguments)
        if seen == 2:
            reached.set()
            await asyncio.sleep(60)
        return fates

    monkeypatch.setattr(service, "write_notes", write)
    return reached


async def test_a_cancelled_import_stops_at_once_keeps_what_is_in_and_is_undone_whole(
    runner, put, notes_zip, one, rows, monkeypatch, small_batches, database, staging, alice, alices
):
    import_id = await put(notes_zip(50))
    reached = hold_after_first(monkeypatch)
    work = asyncio.create_task(runner.run_next())
    await reached.wait()
    assert (await alices.post(f"/imports/{import_id}/cancel")).status_code == 303
    assert "Stopping" in (await alices.get(f"/imports/{import_id}")).text
    async with asyncio.timeout(5):
        await work
    row = await one(import_id)
    assert row["state"] == "cancelled"
    assert len(await rows("select from notes")) == 10
    assert staging.ids() == set()
    page = (await alices.get(f"/imports/{import_id}")).text
    assert "10 notes had come in" in page
    assert f"/history/{row['action_id']}/undo" in page
    await undo_action(database, alice.id, row["action_id"], KINDS)
    assert await rows("select from notes where deleted_at is null") == []
    assert "was undone" in (await alices.get(f"/imports/{import_id}")).text
    assert '<span class="row-soft">undone</span>' in (await alices.get("/import")).text


async def test_two_imports_of_one_person_follow_each_other_and_another_s_does_not_wait(
    runner, put, notes_zip, one, worker_database, blobs, staging, bob, monkeypatch, small_batches, alices
):
    first, second = await put(notes_zip(50)), await put(notes_zip(3, "more.zip"))
    theirs = await put(notes_zip(2, "theirs.zip"), bob)
    reached = hold_after_first(monkeypatch)
    work = asyncio.create_task(runner.run_next())
    await reached.wait()
    other = ImportRunner(worker_database, blobs, staging, "worker 2")
    async with worker_database.anonymous() as connection:
        lease = await connection.fetchrow(running.LEASE, "worker 2", 15)
        assert lease["id"] == theirs
        assert await connection.fetchrow(running.LEASE, "worker 3", 15) is None
    assert "worker of this house does not run" in (await alices.get(f"/imports/{second}")).text
    async with worker_database.anonymous() as connection:
        await connection.execute("insert into heartbeats (role) values ('worker')")
    assert "waits until your other import" in (await alices.get(f"/imports/{second}")).text
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    monkeypatch.undo()
    assert await other.run_next()
    assert await other.run_next()
    assert {(await one(import_id))["state"] for import_id in (first, second)} == {"done"}


async def test_what_is_no_archive_fails_with_its_own_name_in_a_sentence(runner, put, tmp_path, one, staging, alices):
    path = tmp_path / "holiday.zip"
    path.write_bytes(b"no archive at all")
    import_id = await put(path)
    await runner.run_next()
    row = await one(import_id)
    assert row["state"] == "failed"
    assert row["error"].startswith("holiday.zip cannot be read as a zip archive")
    assert "holiday.zip cannot be read" in (await alices.get(f"/imports/{import_id}")).text
    assert staging.ids() == set()


async def test_hostile_names_and_bombs_are_listed_and_nothing_leaves_the_house(
    runner, put, make_zip, one, rows, settings, alices
):
    link = zipfile.ZipInfo("link.md")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    path = make_zip(
        ("../../outside.md", b"x"), ("/etc/absolute.md", b"x"), ("C:\\windows.md", b"x"), (link, b"/etc/passwd"),
        ("d/" * 60 + "deep.md", b"x"), ("n" * 1_500 + ".md", b"x"), ("bomb.png", bytes(50 * 2**20)), ("ok.md", b"fine"),
    )  # fmt: skip
    before = {entry for entry in settings.data_dir.parent.iterdir() if entry.name.endswith(".md")}
    import_id = await put(path)
    await runner.run_next()
    report = json.loads((await one(import_id))["report"])
    assert (report["added"], len(report["failed"])) == (1, 7)
    assert [row["title"] for row in await rows("select title from notes")] == ["ok"]
    assert {entry for entry in settings.data_dir.parent.iterdir() if entry.name.endswith(".md")} == before
    page = (await alices.get(f"/imports/{import_id}")).text
    assert "it would unpack to more than 200 times its size" in page
    assert "its name leads out of the archive" in page


async def test_an_import_that_kills_each_worker_is_given_up(runner, put, notes_zip, one, owner):
    import_id = await put(notes_zip(2))
    await owner.execute("alter table imports no force row level security")
    await owner.execute("update imports set state = 'running', attempts = 5")
    await owner.execute("alter table imports force row level security")
    assert await runner.run_next()
    row = await one(import_id)
    assert (row["state"], row["error"]) == (
        "failed",
        "This was begun several times, and each time the worker died of it.",
    )


async def test_what_was_sent_and_is_gone_is_told(runner, put, notes_zip, one, staging):
    import_id = await put(notes_zip(2))
    staging.remove(import_id)
    await runner.run_next()
    row = await one(import_id)
    assert (row["state"], row["error"]) == ("failed", "What was sent is no longer here; bring it once more.")


async def test_a_fault_of_ours_fails_the_import_and_not_the_worker(runner, put, notes_zip, one, monkeypatch):
    import_id = await put(notes_zip(2))

    async def break_(*_arguments: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(service.Importer, "run", break_)
    assert await runner.run_next()
    assert (await one(import_id))["error"] == (
        "Something broke while this was brought in; the log of the house says what."
    )


async def test_a_list_of_the_report_is_cut_and_says_so(runner, put, make_zip, one, alices, monkeypatch):
    monkeypatch.setattr(running, "SHOWN_AFTER", 3)
    import_id = await put(make_zip(*[(f"../{n}.md", b"") for n in range(8)], ("fine.md", b"")))
    await runner.run_next()
    report = json.loads((await one(import_id))["report"])
    assert (len(report["failed"]), report["lengths"]["failed"]) == (3, 8)
    assert "and 5 more" in (await alices.get(f"/imports/{import_id}")).text


async def test_the_progress_is_polled_while_it_runs_and_brings_the_rest_when_it_is_over(runner, put, notes_zip, alices):
    import_id = await put(notes_zip(12))
    where, block = f"/imports/{import_id}", {"HX-Request": "true", "HX-Target": "progress"}
    assert 'hx-trigger="every 1s"' in (await alices.get(where, **block)).text
    await runner.run_next()
    over = (await alices.get(where, **block)).text
    assert "12 notes are in." in over
    assert 'hx-trigger="every 1s"' not in over
    assert 'id="doors" class="section doors"' in over
    assert over.count('hx-swap-oob="true"') == 2


async def test_the_doors_lead_to_what_is_linked_what_this_day_was_and_what_is_warm(
    runner, put, make_zip, alices, react, now
):
    day = date(now.year - 3, now.month, min(now.day, 28))
    path = make_zip(
        (f"{day}.md", b"[[House]]"), ("a.md", b"[[House]]"), ("b.md", b"[[House]] [[a]]"), ("House.md", b"x"),
        (f"{now:%Y-%m-%d}.md", b"today"),
    )  # fmt: skip
    import_id = await put(path)
    await runner.run_next()
    before = (await alices.get(f"/imports/{import_id}")).text
    assert "The links are being connected." in before
    assert 'hx-trigger="every 3s"' in before
    await react()
    after = (await alices.get(f"/imports/{import_id}")).text
    assert "3 notes link to it" in after
    assert 'hx-trigger="every 3s"' not in after
    assert f">{day}</a>" in after
    # The day's file began at midnight: hot or, late in the day, warmer already.
    assert re.search(r'class="heat-(hot|warmer)"', after)


async def test_where_this_day_has_nothing_the_nearest_is_named_as_what_it_is(runner, put, make_zip, alices, now):
    near = datetime(now.year - 2, now.month, now.day if now.day < 29 else 28).toordinal() - 9
    day = date.fromordinal(near)
    import_id = await put(make_zip((f"{day}.md", b""), (f"{date.fromordinal(near - 40)}.md", b"")))
    await runner.run_next()
    page = (await alices.get(f"/imports/{import_id}")).text
    assert "Nothing is from this day" in page
    assert f">{day}</a>" in page


async def test_the_doors_read_by_index_under_row_level_security(database, owner, alice):
    days = [[date(2020, 1, 1)], [datetime(2020, 1, 1, tzinfo=UTC)], [datetime(2020, 1, 2, tzinfo=UTC)]]
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into notes (user_id, title, created_at, date_key) "
            "select $1, n, '2018-01-01'::date + n, case when n % 2 = 0 then '2018-01-01'::date + n end "
            "from generate_series(1, 2000) n", alice.id,
        )  # fmt: skip
    await owner.execute("analyze notes, records")
    async with database.reading(alice.id) as connection:
        await connection.execute("set local enable_seqscan = off")
        this_day = await plan(connection, queries.THIS_DAY, *days)
        nearest = await plan(connection, queries.NEAREST, *days, "UTC")
        linked = await plan(connection, queries.MOST_LINKED)
    for lines in (this_day, nearest):
        conditions = [line for line in lines if "Index Cond" in line and "user_id" in line]
        assert any("date_key" in line for line in conditions)
        assert any("created_at" in line for line in conditions)
    assert any("entity_links_to" in line for line in linked)


async def plan(connection, query: str, *values: object) -> list[str]:
    return [row[0] for row in await connection.fetch("explain " + query, *values)]


def test_a_leap_day_is_the_28th_elsewhere_and_a_day_is_the_reader_s_own():
    zone = ZoneInfo("America/New_York")
    spans = same_days(date(2024, 2, 29), date(2019, 5, 1), zone)
    assert [span[0] for span in spans] == [
        date(2023, 2, 28), date(2022, 2, 28), date(2021, 2, 28), date(2020, 2, 29), date(2019, 2, 28),
    ]  # fmt: skip
    assert spans[0][1] == datetime(2023, 2, 28, 5, tzinfo=UTC)
    assert same_days(date(2024, 2, 29), None, zone) == []
