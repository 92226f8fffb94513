"""Reminders: put to any record, put off, done, coming again, and all of it undone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reminders.repeating import REPEATS, next_day
from app.reminders.service import snoozed_to
from tests.conftest import write

DAYS = st.dates(date(1990, 1, 1), date(2090, 1, 1))


@given(DAYS, st.sampled_from(REPEATS), DAYS)
def test_what_repeats_comes_after_today_and_in_its_own_series(anchor, repeat, after):
    following = next_day(anchor, repeat, after)
    assert following > after
    assert following > anchor or after < anchor
    if repeat in ("day", "week"):
        assert (following - anchor).days % {"day": 1, "week": 7}[repeat] == 0
    else:
        assert following.day == anchor.day or (following + timedelta(days=1)).day == 1


def test_a_month_end_stays_a_month_end_and_the_29th_of_february_comes_each_year():
    assert next_day(date(2026, 1, 31), "month", date(2026, 2, 1)) == date(2026, 2, 28)
    assert next_day(date(2026, 1, 31), "month", date(2026, 2, 28)) == date(2026, 3, 31)
    assert next_day(date(2024, 2, 29), "year", date(2025, 1, 1)) == date(2025, 2, 28)
    assert next_day(date(2024, 2, 29), "year", date(2027, 3, 1)) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("by", "day", "until"),
    [
        ("tomorrow", "", "2026-03-29T09:00:00+02:00"), ("week", "", "2026-04-04T09:00:00+02:00"),
        ("", "2026-05-01", "2026-05-01T09:00:00+02:00"), ("", "2026-03-28", None), ("", "no day", None), ("", "", None),
    ],
)  # fmt: skip
def test_putting_off_is_to_the_morning_where_the_person_is(by, day, until):
    # The clocks go forward in the night.
    now = datetime(2026, 3, 28, 12, tzinfo=UTC)
    found = snoozed_to(by, day, now, "Europe/Berlin")
    assert (found and found.isoformat()) == until


async def only(owner, columns: str = "*"):
    return await owner.fetchrow(f"select {columns} from reminders where deleted_at is null")  # noqa: S608


async def remind(browser, record: UUID, text: str, day: date | str, **more: str):
    fields = {"text": text, "day": str(day), **more}
    return await browser.post(f"/records/{record}/reminders", fields)


async def undo_last(browser, owner) -> None:
    action = await owner.fetchval("select action_id from change_log where actor = 'person' order by seq desc limit 1")
    assert (await browser.post(f"/history/{action}/undo")).status_code == 303


@pytest.fixture
async def note(database, alice) -> UUID:
    return await write(database, alice, "Letters", "to be written")


async def test_a_note_takes_a_reminder_and_today_shows_it_once_it_is_due(alices, owner, note):
    answer = await remind(alices, note, "Write to Ana", date.today(), clock="00:01")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/notes/{note}")
    await remind(alices, note, "Not yet", date.today() + timedelta(days=3))
    today = (await alices.get("/")).text
    assert "Write to Ana" in today and f'href="/notes/{note}">Letters</a>' in today and "Not yet" not in today
    panel = (await alices.get(f"/records/{note}/reminders", **{"hx-target": "reminders", "hx-request": "true"})).text
    assert "Write to Ana" in panel and "Not yet" in panel and "<html" not in panel
    assert f"/records/{note}/reminders" in (await alices.get(f"/notes/{note}")).text
    every = (await alices.get("/reminders")).text
    assert every.index("Write to Ana") < every.index("Not yet")


async def test_what_cannot_be_kept_comes_back_as_it_was_typed(alices, note):
    answer = await remind(alices, note, "  ", "2026-02-30", repeat="week")
    assert answer.status_code == 422
    assert "Say what is to be done." in answer.text and "Say on which day." in answer.text
    assert 'value="week" selected' in answer.text and "<details" in answer.text


async def test_done_is_undone_and_can_be_taken_back(alices, owner, note):
    await remind(alices, note, "Answer Ines", "2026-01-01")
    reminder = await only(owner, "id")
    await alices.post(f"/reminders/{reminder['id']}/done")
    assert (await only(owner))["done_at"] is not None
    assert "Answer Ines" not in (await alices.get("/")).text
    await undo_last(alices, owner)
    assert (await only(owner))["done_at"] is None
    await alices.post(f"/reminders/{reminder['id']}/done", {"back": "/"})
    await alices.post(f"/reminders/{reminder['id']}/reopen")
    assert (await only(owner))["done_at"] is None


async def test_what_repeats_makes_the_next_one_and_undo_takes_both_back(alices, owner, note):
    await remind(alices, note, "Water", date.today() - timedelta(days=20), repeat="week", clock="18:30")
    first = (await only(owner))["id"]
    await alices.post(f"/reminders/{first}/done")
    rows = await owner.fetch("select * from reminders where deleted_at is null order by due_at")
    assert [row["done_at"] is None for row in rows] == [False, True]
    assert rows[1]["due_at"] - rows[0]["due_at"] == timedelta(days=21)
    # Done twice is done once.
    await alices.post(f"/reminders/{first}/done")
    assert await owner.fetchval("select count(*) from reminders") == 2
    action = await owner.fetchval("select action_id from change_log where record_id = $1 and op = 'update'", first)
    await alices.post(f"/history/{action}/undo")
    row = await only(owner)
    assert (row["id"], row["done_at"]) == (first, None)


async def test_putting_off_hides_it_until_then_and_is_undone(alices, owner, note):
    await remind(alices, note, "Answer Ines", "2026-01-01")
    reminder = (await only(owner))["id"]
    await alices.post(f"/reminders/{reminder}/snooze", {"by": "week", "back": "/"})
    assert (await only(owner))["snoozed_until"].date() == date.today() + timedelta(days=7)
    assert "Answer Ines" not in (await alices.get("/")).text
    await undo_last(alices, owner)
    assert (await only(owner))["snoozed_until"] is None
    assert "Answer Ines" in (await alices.get("/")).text
    await alices.post(f"/reminders/{reminder}/snooze", {"day": "2001-01-01"})
    assert (await only(owner))["snoozed_until"] is None


async def test_a_reminder_is_changed_thrown_away_and_brought_back(alices, owner, note):
    await remind(alices, note, "Answer Ines", "2026-01-01")
    reminder = (await only(owner))["id"]
    page = (await alices.get(f"/reminders/{reminder}")).text
    assert 'value="2026-01-01"' in page and 'value="09:00"' in page
    await alices.post(f"/reminders/{reminder}", {"text": "Call", "day": "2026-02-01", "clock": "10:15"})
    row = await only(owner)
    assert (row["text"], row["due_at"]) == ("Call", datetime(2026, 2, 1, 10, 15, tzinfo=UTC))
    assert (await alices.post(f"/reminders/{reminder}", {"text": "", "day": "2026-02-01"})).status_code == 422
    await undo_last(alices, owner)
    assert (await only(owner))["text"] == "Answer Ines"
    await alices.post(f"/reminders/{reminder}/discard")
    assert await only(owner) is None
    assert (await alices.post(f"/reminders/{reminder}/done")).status_code == 404
    await alices.post(f"/reminders/{reminder}/restore")
    assert await only(owner) is not None


async def test_with_its_record_in_the_trash_nothing_is_due(alices, owner, note):
    await remind(alices, note, "Answer Ines", "2026-01-01")
    await alices.post(f"/notes/{note}/discard")
    assert "Answer Ines" not in (await alices.get("/reminders")).text
    assert (await remind(alices, note, "More", "2026-01-01")).status_code == 409
    await alices.post(f"/notes/{note}/restore")
    assert "Answer Ines" in (await alices.get("/reminders")).text


async def test_what_comes_next_with_a_person_follows_their_reminders_by_any_road(alices, owner, database, alice):
    person = UUID((await alices.post("/people", {"full_name": "Ana"})).headers["location"].rpartition("/")[2])

    async def upcoming():
        return await owner.fetchval("select next_action_at::date from contact_rhythm where contact_id = $1", person)

    await remind(alices, person, "Later", "2030-01-01")
    await remind(alices, person, "Sooner", "2029-01-01")
    assert await upcoming() == date(2029, 1, 1)
    sooner = await owner.fetchval("select id from reminders where text = 'Sooner'")
    await alices.post(f"/reminders/{sooner}/snooze", {"day": "2031-01-01"})
    assert await upcoming() == date(2030, 1, 1)
    await undo_last(alices, owner)
    await alices.post(f"/reminders/{sooner}/done")
    assert await upcoming() == date(2030, 1, 1)
    async with database.reading(alice.id) as connection:
        await connection.execute("delete from reminders")
    assert await upcoming() is None


async def test_nobody_reaches_another_s_reminders(alices, bobs, owner, note):
    await remind(alices, note, "Secret", "2026-01-01")
    reminder = (await only(owner))["id"]
    for path in (f"/reminders/{reminder}", f"/records/{note}/reminders"):
        assert (await bobs.get(path)).status_code == 404
        assert (await bobs.post(path, {"text": "mine", "day": "2026-01-01"})).status_code == 404
    for verb in ("done", "reopen", "snooze", "discard", "restore"):
        assert (await bobs.post(f"/reminders/{reminder}/{verb}")).status_code == 404
    assert "Secret" not in (await bobs.get("/reminders")).text + (await bobs.get("/")).text
