"""Days: a log for each, written a line at a time from anywhere, in which nothing is ever lost."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from app.core.errors import Invalid
from app.days.service import append_entry
from app.history.undoing import undo_action
from app.importing.service import import_path
from app.kinds import KINDS
from app.ports.blobs import BlobStore
from app.web.locale import use_locale
from tests.conftest import write

DAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 8, 14, tzinfo=UTC)
UNDO = re.compile(r'action="(/history/[0-9a-f-]{36}/undo)"')


async def line(database, person, text: str, day: date = DAY, now: datetime = NOW):
    async with database.reading(person.id, action_id=(action_id := uuid4())) as connection:
        return await append_entry(connection, day, text, now), action_id


async def content(owner, log) -> str:
    return await owner.fetchval("select content from notes where id = $1", log)


async def test_lines_follow_each_other_with_their_time(database, owner, alice):
    log, _ = await line(database, alice, "Coffee")
    assert (await line(database, alice, "  9:30 the ferry came  "))[0] == log
    await line(database, alice, "two\nlines")
    assert await content(owner, log) == "- 08:14 Coffee\n- 9:30 the ferry came\n- 08:14 two\n  lines"
    kept = await owner.fetchrow("select title, note_kind, date_key from notes where id = $1", log)
    assert tuple(kept) == ("2026-11-21", "log", DAY)


async def test_another_day_has_no_time_of_its_own(database, owner, alice):
    log, _ = await line(database, alice, "Coffee", date(2020, 2, 29))
    assert await content(owner, log) == "- Coffee"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "- 08:14 Tea"),
        ("Slept well.", "Slept well.\n\n- 08:14 Tea"),
        ("Slept well.\n\n", "Slept well.\n\n- 08:14 Tea"),
        ("- a\n- b\n", "- a\n- b\n- 08:14 Tea"),
        ("- a\n\nAnd so to bed.", "- a\n\nAnd so to bed.\n\n- 08:14 Tea"),
    ],
)
async def test_a_line_is_set_off_from_other_text(database, owner, alice, before, after):
    log, _ = await line(database, alice, "x")
    await owner.execute("update notes set content = $2 where id = $1", log, before)
    await line(database, alice, "Tea")
    assert await content(owner, log) == after


async def test_lines_at_once_are_all_kept(database, owner, alice, bob):
    made = await asyncio.gather(*[line(database, alice, f"line {number}") for number in range(12)])
    assert len({log for log, _ in made}) == 1
    assert sorted(re.findall(r"line \d+", await content(owner, made[0][0]))) == sorted(f"line {n}" for n in range(12))
    theirs, _ = await line(database, bob, "mine")
    assert await content(owner, theirs) == "- 08:14 mine"


async def test_a_line_is_undone_and_a_log_comes_out_of_the_trash_for_another(database, owner, alice):
    log, _first = await line(database, alice, "one")
    _, second = await line(database, alice, "two")
    await undo_action(database, alice.id, second, KINDS)
    assert await content(owner, log) == "- 08:14 one"
    await owner.execute("update notes set deleted_at = now() where id = $1", log)
    assert (await line(database, alice, "three"))[0] == log
    kept = await owner.fetchrow("select content, deleted_at from notes where id = $1", log)
    assert tuple(kept) == ("- 08:14 one\n- 08:14 three", None)


@pytest.mark.parametrize("text", ["", " \n ", "a\0b", "x" * 20_001])
async def test_what_is_no_line_is_refused(database, owner, alice, text):
    with pytest.raises(Invalid):
        await line(database, alice, text)
    assert await owner.fetchval("select count(*) from notes") == 0


async def test_the_first_daily_file_is_the_log_and_another_a_note_of_that_day(
    alices, database, owner, alice, settings, tmp_path
):
    for name, text in (("2025-03-04.md", "first"), ("copy/2025-03-04.md", "second"), ("2025-03-05.md", "other")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    await import_path(database, BlobStore(settings.blobs_dir), alice.id, tmp_path)
    rows = await owner.fetch("select date_key, note_kind, count(*) from notes group by 1, 2 order by 1, 2")
    assert [tuple(row) for row in rows] == [
        (date(2025, 3, 4), "log", 1), (date(2025, 3, 4), "note", 1), (date(2025, 3, 5), "log", 1)
    ]  # fmt: skip
    await import_path(database, BlobStore(settings.blobs_dir), alice.id, tmp_path)
    assert await owner.fetchval("select count(*) from notes") == 3
    page = (await alices.get("/day?on=2025-03-04")).text
    assert "first" in page
    assert "second" in page
    assert page.count('class="written"') == 2


async def test_a_line_is_written_on_today_and_undone(alices, owner):
    answer = await alices.post("/day", {"text": "Rang the bell", "back": "/"})
    assert answer.headers["location"] == "/"
    page = (await alices.get("/")).text
    assert "Rang the bell" in page
    await alices.post(UNDO.search(page)[1])
    assert "Rang the bell" not in (await alices.get("/")).text


async def test_a_form_that_fails_keeps_its_words_and_leads_nowhere_else(alices):
    answer = await alices.post("/day", {"text": "x" * 20_001, "back": "https://example.org"})
    assert answer.status_code == 422
    assert "x" * 20_001 in answer.text
    answer = await alices.post("/day", {"text": "x", "back": "https://example.org/"})
    assert answer.headers["location"].startswith("/")


@pytest.mark.parametrize("on", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31", "20"])
async def test_what_is_no_day_is_told(alices, on):
    assert (await alices.get(f"/day?on={on}")).status_code == 400


async def test_a_day_shows_what_was_made_and_changed_on_it_in_its_reader_s_zone(alices, bobs, database, owner, alice):
    late = datetime(2026, 3, 4, 23, 30, tzinfo=UTC)
    await write(database, alice, "Late in the evening", "x", created_at=late)
    await owner.execute("update records set updated_at = created_at")
    assert "Late in the evening" in (await alices.get("/day?on=2026-03-04")).text
    assert "Late in the evening" not in (await bobs.get("/day?on=2026-03-04")).text
    await owner.execute("update users set time_zone = 'Asia/Tokyo' where id = $1", alice.id)
    assert "Late in the evening" not in (await alices.get("/day?on=2026-03-04")).text
    assert "Late in the evening" in (await alices.get("/day?on=2026-03-05")).text


async def test_the_week_begins_where_the_settings_say(alices, owner, alice):
    days = re.compile(r'href="/day\?on=([0-9-]{10})"[^>]*title=')
    await owner.execute("update users set week_start = 7 where id = $1", alice.id)
    assert days.findall((await alices.get("/day?on=2026-11-21")).text)[0] == "2026-11-15"
    await owner.execute("update users set week_start = 6 where id = $1", alice.id)
    assert days.findall((await alices.get("/day?on=2026-11-21")).text)[0] == "2026-11-21"
    use_locale("en", "UTC")
