"""The demo's house reads well on any day: what it links to is there, and nothing in it is yet to come."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.core.text import fold
from app.demo.moments import fill_in, find_moment
from app.demo.reading import read_notes, read_people

NOWHERE = "why the index has two ms"
"""The one page that its writer still means to write."""

ZONE = ZoneInfo("Europe/London")
DAYS = {
    "an autumn evening": datetime(2026, 11, 21, 20, 15, tzinfo=ZONE),
    "New Year's morning": datetime(2027, 1, 1, 0, 1, tzinfo=ZONE),
    "the last minute of a year": datetime(2026, 12, 31, 23, 59, tzinfo=ZONE),
    "a leap day": datetime(2028, 2, 29, 12, 0, tzinfo=ZONE),
    "after a leap day": datetime(2028, 3, 1, 0, 0, tzinfo=ZONE),
    "when the clocks go forward": datetime(2027, 3, 28, 2, 30, tzinfo=ZONE),
    "a Sunday in Auckland": datetime(2026, 6, 7, 3, 0, tzinfo=ZoneInfo("Pacific/Auckland")),
}


@pytest.fixture(params=DAYS.values(), ids=DAYS)
def now(request: pytest.FixtureRequest) -> datetime:
    return request.param


def test_some_eighty_notes_lie_in_folders(now: datetime):
    notes = [item.note for item in read_notes(now)]
    assert 75 <= len(notes) <= 95
    assert len({note.folder for note in notes}) >= 8
    assert len({note.title for note in notes}) == len(notes)
    assert not [note.path for note in notes if note.notices]
    assert not [note.title for note in notes if len(note.title) > 45 or "{" in note.title + note.content]


def test_about_fifteen_people_are_all_named_by_notes_and_nobody_else_is(now: datetime):
    people = [person.fields for person in read_people(now)]
    known = {fold(name) for person in people for name in (person.nickname, person.full_name)}
    named = {fold(person.name) for item in read_notes(now) for person in item.note.references.people}
    assert 13 <= len(people) <= 17
    assert named <= known
    assert {fold(person.nickname) for person in people} <= named


def test_every_link_leads_somewhere_but_the_one_that_is_meant_not_to(now: datetime):
    notes = [item.note for item in read_notes(now)]
    names = Counter(fold(name) for note in notes for name in (note.title, *note.aliases))
    linked = {name for note in notes for link in note.references.links if (name := fold(link.name))}
    assert max(names.values()) == 1
    assert linked - set(names) == {NOWHERE}


def test_what_is_said_of_a_person_links_to_notes_as_well(now: datetime):
    names = {fold(name) for item in read_notes(now) for name in (item.note.title, *item.note.aliases)}
    for person in read_people(now):
        marks = [part.partition("]]")[0] for part in person.fields.notes.split("[[")[1:]]
        assert {fold(mark) for mark in marks} <= names


def test_nearly_every_note_is_linked_with_another(now: datetime):
    notes = [item.note for item in read_notes(now)]
    linked = {fold(link.name) for note in notes for link in note.references.links}
    alone = [
        note.title for note in notes
        if not note.references.links and not note.references.people and fold(note.title) not in linked
    ]  # fmt: skip
    assert len(alone) <= 6, alone


def test_everything_has_happened_already(now: datetime):
    for item in read_notes(now):
        dates = item.note.dates
        assert dates.created < now, item.note.title
        assert dates.updated is None or dates.created <= dates.updated < now, item.note.title
        assert dates.day is None or dates.day < now.date()
    assert all(person.met < now for person in read_people(now))


def test_at_least_three_earlier_years_wrote_on_this_day(now: datetime):
    same = {(now.month, now.day)} if (now.month, now.day) != (2, 29) else {(2, 28)}
    created = [item.note.dates.created.astimezone(now.tzinfo) for item in read_notes(now)]
    years = {moment.year for moment in created if (moment.month, moment.day) in same and moment.year < now.year}
    assert len(years) >= 3
    pages = {item.note.dates.day for item in read_notes(now) if item.note.dates.day}
    assert len([day for day in pages if (day.month, day.day) in same]) >= 3
    assert {(now - timedelta(days=days)).date() for days in (1, 2, 3)} <= pages


def test_the_same_moment_gives_the_same_house(now: datetime):
    assert read_notes(now) == read_notes(now)
    assert read_people(now) == read_people(now)


def test_every_kind_of_note_is_there(now: datetime):
    house = read_notes(now)
    states = Counter(item.state for item in house)
    assert states["pinned"] >= 3
    assert states["archived"] == states["trashed"] == 1
    assert set(states) == {"", "pinned", "archived", "trashed"}
    text = "\n".join(item.note.content for item in house)
    for sign in ("- [ ] ", "- [x] ", "\n> ", "|--:|", "```python", "[^1]:", "> [!tip]", "#inbox", "京都"):
        assert sign in text, sign
    fields = [item.note.custom_fields for item in house]
    assert {type(own["rating"]) for own in fields if "rating" in own} == {int}
    assert all(date.fromisoformat(own["due"]) > now.date() for own in fields if "due" in own)
    assert not [own for own in fields if {"created", "updated", "title", "state"} & set(own)]


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("-12d 08:40", datetime(2028, 2, 17, 8, 40, tzinfo=ZONE)),
        ("-3h", datetime(2028, 2, 29, 9, 0, tzinfo=ZONE)),
        ("-1y", date(2027, 2, 28)),
        ("-4y", date(2024, 2, 29)),
        ("-1y-3d", date(2027, 2, 25)),
        ("-6w", date(2028, 1, 18)),
        ("+4d workday", date(2028, 3, 3)),
    ],
)
def test_a_date_is_told_from_now(written: str, found: date):
    assert find_moment(written, DAYS["a leap day"]) == found


def test_a_date_stands_in_a_text_in_the_form_that_is_asked_for():
    text = "{{day -1d}}, {{date -1d}}, {{long -1y}}, {{weekday -1d}}, {{month -1d}}, {{year -2y}}"
    written = "2026-11-20, 20 November, 21 November 2025, Friday, November 2026, 2024"
    assert fill_in(text, DAYS["an autumn evening"]) == written


def test_a_date_that_cannot_be_read_is_no_guess(now: datetime):
    with pytest.raises(ValueError, match="no date"):
        find_moment("yesterday", now)
