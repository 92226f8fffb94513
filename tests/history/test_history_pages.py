"""History and the trash as pages: what they say, and the way back that they offer."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest

from app.history.pages import compare_lines
from app.history.undoing import ONE_AT_A_TIME, undo_action
from app.importing.service import import_path
from app.kinds import KINDS
from app.ports.blobs import BlobStore
from app.trash.purging import purge_trash
from app.web import patience
from tests.conftest import work_through, write

UNDO = re.compile(r'action="(/history/[0-9a-f-]{36}/undo)"')


async def undo_from(browser, path: str):
    """Press the first Undo of a page."""
    return await browser.post(UNDO.search((await browser.get(path)).text)[1], Referer=f"http://127.0.0.1{path}")


async def test_a_change_is_answered_with_its_undo_once(alices, database, alice):
    note = await write(database, alice, "Plan")
    await alices.post(f"/notes/{note}/discard")
    page = (await alices.get(f"/notes/{note}")).text
    assert "Moved to the trash." in page
    assert UNDO.search(page)
    assert "Moved to the trash." not in (await alices.get(f"/notes/{note}")).text


async def test_undo_brings_back_to_the_page_it_was_pressed_on(alices, database, owner, alice):
    note = await write(database, alice, "Plan")
    await alices.post(f"/notes/{note}/discard")
    answer = await undo_from(alices, f"/notes/{note}")
    assert answer.headers["location"] == f"/notes/{note}"
    assert await owner.fetchval("select deleted_at from notes where id = $1", note) is None
    assert "Undone." in (await alices.get(f"/notes/{note}")).text


async def test_an_undo_that_takes_long_is_answered_and_goes_on(alices, database, owner, alice, monkeypatch):
    note = await write(database, alice, "Plan")
    await alices.post(f"/notes/{note}/discard")
    monkeypatch.setattr(patience, "SECONDS", 0.2)
    async with database.reading(alice.id) as connection:
        # As another undo of hers does that is still at it.
        await connection.execute(ONE_AT_A_TIME, str(alice.id))
        await undo_from(alices, f"/notes/{note}")
        assert "It goes on by itself" in (await alices.get(f"/notes/{note}")).text
        assert await owner.fetchval("select deleted_at from notes where id = $1", note) is not None
    while patience._going:
        await asyncio.sleep(0.01)
    assert await owner.fetchval("select deleted_at from notes where id = $1", note) is None


async def test_an_import_of_files_alone_is_told_and_undone(alices, database, owner, alice, settings, tmp_path):
    (tmp_path / "x.png").write_text("x")
    await import_path(database, BlobStore(settings.blobs_dir), alice.id, tmp_path)
    assert "Files and folders: 1" in (await alices.get("/history")).text
    await undo_from(alices, "/history")
    assert "Undone: Files and folders: 1" in (await alices.get("/history")).text
    assert await owner.fetchval("select deleted_at from attachments") is not None


async def test_files_and_folders_in_the_trash_go_after_their_days(
    database, worker_database, owner, alice, settings, tmp_path
):
    blobs = BlobStore(settings.blobs_dir)
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("one.md", "x.png", "shown.png"):
        (tmp_path / "a" / "b" / name).write_text(name)
    await import_path(database, blobs, alice.id, tmp_path)
    action = await owner.fetchval("select action_id from change_log where kind = 'attachment' limit 1")
    await undo_action(database, alice.id, action, KINDS)
    await write(database, alice, "Mine", "![[shown.png]]")
    now = datetime.now(UTC)
    await purge_trash(worker_database, blobs, KINDS, now + timedelta(days=89))
    assert await owner.fetchval("select count(*) from attachments") == 2
    await purge_trash(worker_database, blobs, KINDS, now + timedelta(days=91))
    assert await owner.fetchval("select count(*) from folders where name in ('a', 'b')") == 0
    rows = await owner.fetch("select name, deleted_at from attachments")
    assert [tuple(row) for row in rows] == [("shown.png", None)]


async def test_an_undo_that_finds_nothing_says_so(alices, database, alice):
    await write(database, alice, "Plan")
    action = UNDO.search((await alices.get("/history")).text)[1]
    await alices.post(action)
    await alices.post(action)
    assert "This was undone already." in (await alices.get("/history")).text


async def test_the_toast_of_another_site_is_plain_text(alices):
    alices.http.cookies.set("hearth_said", "not-an-action:%3Cscript%3E")
    assert (await alices.get("/notes")).status_code == 200
    alices.http.cookies.set("hearth_said", ":%3Cscript%3E")
    page = (await alices.get("/notes")).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


async def test_history_tells_what_was_done_newest_first(alices, database, alice, reactor):
    note = await write(database, alice, "Plan", "#green")
    await work_through(reactor)
    await alices.post(f"/notes/{note}/pin")
    await alices.post(f"/notes/{note}/archive")
    page = (await alices.get("/history")).text
    told = re.findall(r'<p class="soft">([^·<]+) ·', page)
    assert told == ["Archived", "Pinned", "Made"]
    assert "green" not in page


async def test_a_record_tells_each_change_as_a_difference(alices, database, alice):
    note = await write(database, alice, "Plan", "one\ntwo\nthree")
    form = {"version": "1", "title": "Plan B", "content": "one\n2\nthree"}
    await alices.post(f"/notes/{note}", form)
    page = (await alices.get(f"/records/{note}/history")).text
    assert "<del>two</del><ins>2</ins>" in page
    assert "<del>Plan</del> <ins>Plan B</ins>" in page


async def test_one_field_is_put_back_from_the_page(alices, database, owner, alice):
    note = await write(database, alice, "Plan", "one")
    await alices.post(f"/notes/{note}", {"version": "1", "title": "Plan B", "content": "two"})
    page = (await alices.get(f"/records/{note}/history")).text
    answer = await alices.post(re.search(r"/history/changes/\d+/revert", page)[0], {"column": "title"})
    assert answer.status_code == 303
    assert tuple(await owner.fetchrow("select title, content from notes where id = $1", note)) == ("Plan", "two")


async def test_a_change_that_never_was_is_not_there(alices):
    for seq in (0, 10**18, 10**30):
        assert (await alices.post(f"/history/changes/{seq}/revert", {"column": "title"})).status_code == 404


async def test_all_saves_of_one_sitting_are_one_undo(alices, database, owner, alice):
    note = await write(database, alice, "Plan", "one")
    sitting = re.search(r'name="sitting" value="([^"]+)"', (await alices.get(f"/notes/{note}/edit")).text)[1]
    for version, text in ((1, "two"), (2, "three"), (3, "four")):
        await alices.post(f"/notes/{note}", {"version": str(version), "title": "Plan", "content": text,
                                             "sitting": sitting})  # fmt: skip
    await undo_from(alices, "/history")
    assert await owner.fetchval("select content from notes where id = $1", note) == "one"
    version = await owner.fetchval("select version from notes where id = $1", note)
    await alices.post(f"/notes/{note}", {"version": str(version), "title": "Plan", "content": "five",
                                         "sitting": sitting})  # fmt: skip
    await undo_from(alices, "/history")
    assert await owner.fetchval("select content from notes where id = $1", note) == "one"


async def test_history_goes_on_where_its_page_ended(alices, database, alice):
    for number in range(60):
        await write(database, alice, f"Note {number:02}")
    first = (await alices.get("/history")).text
    following = re.search(r"/history\?before=\d+", first)[0]
    second = (await alices.get(following)).text
    titles = re.findall(r"Note (\d\d)", first + second)
    assert titles == [f"{number:02}" for number in range(59, -1, -1)]
    assert (await alices.get("/history?before=x")).status_code == 400


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("", "a", (("+", "a"),)),
        ("a\nb\nc\nd\ne\nf\ng", "a\nb\nX\nd\ne\nf\nG", ((" ", "b"), ("-", "c"), ("+", "X"), (" ", "d"), ("…", ""),
                                                       (" ", "f"), ("-", "g"), ("+", "G"))),
        ("same", "same", ()),
    ],
)  # fmt: skip
def test_lines_are_compared_with_one_line_around_them(before, after, lines):
    assert compare_lines(before, after) == lines


async def test_every_kind_goes_to_one_trash_and_comes_back(alices, database, owner, alice):
    note = await write(database, alice, "Plan")
    await alices.post("/people", {"full_name": "Ana"})
    ana = await owner.fetchval("select id from contacts where full_name = 'Ana'")
    await alices.post(f"/notes/{note}/discard")
    await alices.post(f"/people/{ana}/discard")
    page = (await alices.get("/trash")).text
    assert "Plan" in page and "Ana" in page
    assert "after 90 days" in page
    for record in (note, ana):
        await alices.post(f"/trash/{record}/restore")
    assert await owner.fetchval("select count(*) from records where deleted_at is not null") == 0
    assert (await alices.post(f"/trash/{note}/restore")).status_code == 404


async def test_deleting_for_ever_is_asked_and_leaves_nothing_that_names_the_record(
    alices, database, owner, alice, reactor
):
    note = await write(database, alice, "Hushhush", "[[Other]] hushhush #hush")
    await write(database, alice, "Other", "[[Hushhush]]")
    await alices.post(f"/notes/{note}", {"version": "1", "title": "Hushhush", "content": "hushhush again"})
    await work_through(reactor)
    assert (await alices.get(f"/trash/{note}/delete")).status_code == 404
    assert (await alices.post(f"/trash/{note}/delete")).status_code == 404
    await alices.post(f"/notes/{note}/discard")
    assert "Hushhush" in (await alices.get(f"/trash/{note}/delete")).text
    await alices.post(f"/trash/{note}/delete")
    assert (await alices.get(f"/notes/{note}")).status_code == 404
    await assert_forgotten(owner, str(note), "hushhush")
    left = await owner.fetch("select op, before from change_log where record_id = $1", note)
    assert [tuple(row) for row in left] == [("delete", "{}")]


async def assert_forgotten(owner, record_id: str, word: str) -> None:
    """No row of any table holds the id or the word; what others wrote of it is theirs, and one change is nameless."""
    tables = await owner.fetch(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    for (table,) in tables:
        rows = await owner.fetch(f"select to_jsonb(t)::text from {table} t where to_jsonb(t)::text like $1",  # noqa: S608
                                 f"%{record_id}%")  # fmt: skip
        assert len(rows) == (1 if table == "change_log" else 0), table
        if table not in ("notes", "records", "record_words", "passages", "entity_links"):
            found = await owner.fetch(f"select from {table} t where to_jsonb(t)::text ilike $1", f"%{word}%")
            assert not found, table


async def test_the_trash_is_emptied_after_its_question(alices, database, owner, alice):
    for number in range(3):
        note = await write(database, alice, f"Note {number}")
        await alices.post(f"/notes/{note}/discard")
    kept = await write(database, alice, "Kept")
    assert "3 records" in (await alices.get("/trash/empty")).text
    await alices.post("/trash/empty")
    assert [row[0] for row in await owner.fetch("select id from notes")] == [kept]


async def test_the_night_deletes_what_lay_ninety_days_and_its_files(
    database, worker_database, owner, alice, bob, settings, reactor
):
    blobs = BlobStore(settings.blobs_dir)
    old, young = await write(database, alice, "Old"), await write(database, alice, "Young", "see shown.png")
    theirs = await write(database, bob, "Bob's")
    for note, days in ((old, 91), (young, 80), (theirs, 100)):
        when = datetime.now(UTC) - timedelta(days=days)
        await owner.execute("update notes set deleted_at = $2 where id = $1", note, when)
    only, shown = blobs.put(b"only"), blobs.put(b"shown")
    for name, blob in (("only.png", only), ("shown.png", shown)):
        await owner.execute(
            "insert into attachments (user_id, record_id, name, folded, path, sha256, size, media_type) "
            "values ($1, $2, $3, $3, $3, $4, 4, 'image/png')", alice.id, old, name, blob.sha256,
        )  # fmt: skip
    tomorrow = datetime.now(UTC) + timedelta(days=1, minutes=1)
    assert await purge_trash(worker_database, blobs, KINDS, datetime.now(UTC)) == (2, 0)
    assert await purge_trash(worker_database, blobs, KINDS, tomorrow) == (0, 1)
    assert [row[0] for row in await owner.fetch("select id from notes")] == [young]
    assert [blob.sha256 for blob in blobs] == [shown.sha256]
