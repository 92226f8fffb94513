"""Birthdays: the next twelve months, 29 February too, and a calendar's feed behind an address that is a key."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from app.birthdays.days import Birthday, read_birthday
from app.web.auth import hash_token


@given(st.dates(date(1900, 1, 1), date(2020, 1, 1)), st.dates(date(2021, 1, 1), date(2100, 1, 1)))
def test_the_next_birthday_is_today_or_within_a_year(born, today):
    birthday = Birthday(born.month, born.day, born.year)
    following = birthday.next_from(today)
    assert today <= following <= today + timedelta(days=366)
    assert birthday.age_on(following) == following.year - born.year
    assert (following.month, following.day) == (born.month, born.day) or (born.month, born.day) == (2, 29)


def test_the_29th_of_february_is_the_last_day_of_the_month_in_other_years():
    leap = read_birthday("--02-29")
    assert leap == Birthday(2, 29, None)
    assert (leap.in_year(2027), leap.in_year(2028)) == (date(2027, 2, 28), date(2028, 2, 29))


@pytest.mark.parametrize("value", ["", "--13-01", "1980-02-30", "soon", "--2-9"])
def test_what_is_no_day_is_no_birthday(value):
    assert read_birthday(value) is None


@pytest.fixture
def born(database, alice):
    async def add(name: str, day: str, *, person=alice, label: str = "birthday") -> UUID:
        async with database.reading(person.id) as connection:
            made = await connection.fetchval(
                "insert into contacts (user_id, full_name, dates) "
                "values ($1, $2, jsonb_build_array(jsonb_build_object('label', $4::text, 'date', $3::text))) "
                "returning id", person.id, name, day, label,
            )  # fmt: skip
            return UUID(str(made))

    return add


async def test_the_page_shows_the_coming_year_from_today_on(alices, born):
    today = date.today()
    yesterday, tomorrow = today - timedelta(days=1), today + timedelta(days=1)
    await born("Yesterday", f"--{yesterday:%m-%d}")
    await born("Today", f"{today.year - 40}-{today:%m-%d}")
    await born("Tomorrow", f"--{tomorrow:%m-%d}")
    await born("Leap", "2000-02-29")
    await born("Wedding", f"--{today:%m-%d}", label="anniversary")
    page = (await alices.get("/people/birthdays")).text
    names = re.findall(r'<span class="row-title">([^<]*)</span>', page)
    assert names[:2] == ["Today", "Tomorrow"] and names[-1] == "Yesterday" and set(names[2:-1]) == {"Leap"}
    assert "today · turns 40" in page
    following = Birthday(2, 29, 2000).next_from(today)
    assert ("born on 29 February" in page) == (following.day == 28)


async def make_feed(browser) -> str:
    page = (await browser.post("/people/birthdays/feed")).text
    address = re.search(r'value="(http[^"]*/feeds/birthdays/[^"]+)"', page)[1]
    return "/feeds/" + address.partition("/feeds/")[2]


async def test_a_calendar_subscribes_without_a_session(alices, bobs, anybody, born, bob, owner):
    ana = await born("Ana; García, of\\Seville", "1980-05-06")
    await born("Leap", "--02-29")
    await born("Hidden", "--01-01", person=bob)
    path = await make_feed(alices)
    assert len(path.rpartition("/")[2]) >= 43
    answer = await anybody.get(path)
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.headers["referrer-policy"] == "no-referrer"
    calendar = Calendar.from_ical(answer.content)
    events = {str(event["summary"]): event for event in calendar.walk("VEVENT")}
    assert set(events) == {"Ana; García, of\\Seville’s birthday (1980)", "Leap’s birthday"}
    ana_s = events["Ana; García, of\\Seville’s birthday (1980)"]
    assert (ana_s["uid"], ana_s["dtstart"].dt) == (f"birthday-{ana}@hearth", date(1980, 5, 6))
    assert ana_s["rrule"].to_ical() == b"FREQ=YEARLY" and "dtstamp" in ana_s
    leap = events["Leap’s birthday"]["rrule"]
    assert dict(leap.items()) == {"FREQ": ["YEARLY"], "BYMONTH": [2], "BYMONTHDAY": [-1]}
    assert events["Leap’s birthday"]["dtstart"].dt == date(2000, 2, 29)
    for line in answer.content.split(b"\r\n"):
        assert len(line) <= 75 and b"\n" not in line
    assert calendar["version"] == "2.0" and calendar["prodid"]


async def test_the_address_is_kept_nowhere_and_can_be_taken_back(alices, anybody, owner, born):
    await born("Ana", "--05-06")
    path = await make_feed(alices)
    token = path.rpartition("/")[2]
    assert await owner.fetchval("select token_hash from feeds") == hash_token(token)
    assert token not in (await alices.get("/people/birthdays")).text
    other = await make_feed(alices)
    assert (await anybody.get(path)).status_code == 404
    assert (await anybody.get(other)).status_code == 200
    assert await owner.fetchval("select last_used_at from feeds") is not None
    await alices.post("/people/birthdays/feed/revoke")
    assert (await anybody.get(other)).status_code == 404
    assert (await anybody.get("/feeds/birthdays/x")).status_code == 404


async def test_whoever_is_suspended_feeds_no_calendar(alices, anybody, owner, alice, born):
    path = await make_feed(alices)
    await owner.execute("update users set status = 'suspended' where id = $1", alice.id)
    assert (await anybody.get(path)).status_code == 404


def test_the_address_stands_in_no_log():
    from app.main import _loggable

    assert _loggable("/feeds/birthdays/secret") == "/feeds/…"
