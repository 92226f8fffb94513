"""The query language: what is a word, a phrase, an exclusion, a filter; and that nothing typed breaks it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kinds import KINDS
from app.search.asking import Asked, Filter, read_query
from app.search.filters import all_filters
from app.search.finding import find
from app.search.spans import read_span
from app.web.locale import use_locale
from tests.conftest import work_through, write

NAMES = {declared.name for declared in all_filters(KINDS)}


def read(q: str) -> Asked:
    return read_query(q, NAMES)


def test_a_query_is_taken_apart():
    asked = read('kind:note in:"Projects/House" -tag:tax "exact words" -not -"nor this" por')
    assert asked.filters == (
        Filter("kind", "note"),
        Filter("in", "Projects/House"),
        Filter("tag", "tax", refused=True),
    )
    assert (asked.words, asked.phrases) == (("por",), ("exact words",))
    assert (asked.refused, asked.beginning) == (("not", "nor this"), "por")


@pytest.mark.parametrize("q", ["https://example.org", "note: this", "foo:bar", "10:30"])
def test_what_only_looks_like_a_filter_is_words(q):
    assert read(q).filters == ()
    assert read(q).text


def test_only_the_last_word_without_a_blank_behind_it_is_a_beginning():
    assert read("old bre").beginning == "bre"
    assert read("old bre ").beginning == ""
    assert read('bre "old').beginning == ""


@given(st.text(max_size=500))
def test_nothing_that_is_typed_breaks_it(q):
    asked = read(q)
    assert all(asked.words) and all(asked.phrases) and all(asked.refused)


@given(st.sampled_from(sorted(NAMES)), st.text(st.characters(blacklist_characters='"\0'), max_size=40), st.booleans())
def test_a_filter_reads_as_it_is_written(name, value, refused):
    given_ = Filter(name, value.strip(), refused)
    assert read(str(given_)).filters == (given_,)


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("2026", (date(2026, 1, 1), date(2027, 1, 1))),
        ("2026-12", (date(2026, 12, 1), date(2027, 1, 1))),
        ("2024-2-29", (date(2024, 2, 29), date(2024, 3, 1))),
        ("yesterday", (date(2026, 11, 20), date(2026, 11, 21))),
        ("this-month", (date(2026, 11, 1), date(2026, 12, 1))),
        ("last-month", (date(2026, 10, 1), date(2026, 11, 1))),
        ("this-year", (date(2026, 1, 1), date(2027, 1, 1))),
        ("last-year", (date(2025, 1, 1), date(2026, 1, 1))),
        ("2026-02-30", None),
        ("2026-00", None),
        ("2026-13", None),
        ("0000", None),
        ("9999", None),
        ("soon", None),
    ],
)
def test_a_day_a_month_and_a_year_are_spans(value, span):
    assert read_span(value, date(2026, 11, 21)) == span


@pytest.mark.parametrize(
    ("locale", "week_start", "first"),
    [("de", 0, date(2026, 11, 16)), ("en", 0, date(2026, 11, 16)), ("en", 1, date(2026, 11, 16)),
     ("de", 7, date(2026, 11, 15)), ("de", 6, date(2026, 11, 21))],
)  # fmt: skip
def test_a_week_begins_where_the_person_says_or_else_the_language(locale, week_start, first):
    saturday = date(2026, 11, 21)
    try:
        use_locale(locale, "UTC", week_start)
        assert read_span("this-week", saturday) == (first, first + timedelta(days=7))
        assert read_span("last-week", saturday) == (first - timedelta(days=7), first)
    finally:
        use_locale("en", "UTC")


def test_the_month_before_january_is_the_december_before():
    assert read_span("last-month", date(2026, 1, 31)) == (date(2025, 12, 1), date(2026, 1, 1))


@pytest.fixture
async def house(database, reactor, alice):
    """A few notes that differ in what can be filtered by."""
    async with database.reading(alice.id) as connection:
        folders = [
            await connection.fetchval(
                "insert into folders (user_id, name, parent_id) values ($1, $2, $3) "
                "on conflict (user_id, parent_id, name) do update set name = excluded.name returning id",
                alice.id,
                name,
                above,
            )
            for name, above in (("Projects", None),)
        ]
        folders.append(
            await connection.fetchval(
                "insert into folders (user_id, name, parent_id) values ($1, 'House', $2) returning id",
                alice.id,
                folders[0],
            )
        )
        await connection.execute("insert into contacts (user_id, full_name) values ($1, 'Ana Lima')", alice.id)
    old = datetime.now(UTC) - timedelta(days=400)
    await write(database, alice, "Roof", "tiles #tax/house and [[Ana Lima]]", folder_id=folders[1], is_pinned=True)
    await write(database, alice, "Plan", "see [[Roof]] #tax", folder_id=folders[0])
    async with database.reading(alice.id, "import") as connection:
        await connection.execute(
            "insert into notes (user_id, title, content, created_at, updated_at) "
            "values ($1, 'Old', 'tiles of old', $2, $2)",
            alice.id,
            old,
        )
    await work_through(reactor)


async def ask(database, person, q: str):
    async with database.reading(person.id) as connection:
        return await find(connection, q, KINDS, datetime.now(UTC), "UTC")


@pytest.mark.parametrize(
    ("q", "titles"),
    [
        ("kind:note tiles ", ["Old", "Roof"]),
        ("kind:person", ["Ana Lima"]),
        ("kind:contact", ["Ana Lima"]),
        ("-kind:note -kind:topic", ["Ana Lima"]),
        ("in:projects", ["Plan", "Roof"]),
        ("in:House", ["Roof"]),
        ("in:projects/house", ["Roof"]),
        ("in:projects -in:house", ["Plan"]),
        ("tag:tax kind:note", ["Plan", "Roof"]),
        ("tag:#tax/house", ["Roof"]),
        ("is:pinned", ["Roof"]),
        ("before:2026 kind:note", ["Old"]),
        ("after:yesterday kind:note", ["Plan", "Roof"]),
        ("on:today kind:note", ["Plan", "Roof"]),
        ("is:hot kind:note", ["Plan", "Roof"]),
        ("is:cold kind:note", ["Old"]),
        ("has:backlink kind:note", ["Roof"]),
        ("has:link kind:note", ["Plan", "Roof"]),
        ("is:unlinked kind:note", ["Old"]),
        ("linked:roof kind:note", ["Plan"]),
        ("has:attachment", []),
        ("has:picture", []),
        ("has:property", []),
        ("is:archived", []),
        ("tiles is:pinned ", ["Roof"]),
        ("kind:note -tiles", ["Plan"]),
        ('kind:note -"tiles of old"', ["Plan", "Roof"]),
        ("kind:note -tiles -see", []),
        ("-tiles -tag:tax -kind:topic", ["Ana Lima"]),
    ],
)
async def test_each_filter_narrows(database, alice, house, q, titles):
    answer = await ask(database, alice, q)
    assert answer.narrowed.problems == ()
    assert sorted(row["title"] for row in answer.rows) == titles


async def test_a_person_is_a_filter(database, alice, house):
    assert [row["title"] for row in (await ask(database, alice, 'person:"ana lima"')).rows] == ["Roof"]
    assert [row["title"] for row in (await ask(database, alice, "person:ana")).rows] == ["Roof"]


@pytest.mark.parametrize("q", ["kind:nte", "before:soon", "has:wings", "is:purple"])
async def test_a_filter_that_says_nothing_is_told_and_left_out(database, alice, house, q):
    answer = await ask(database, alice, f"tiles {q} ")
    assert len(answer.narrowed.problems) == 1
    assert len(answer.rows) == 2


async def test_every_filter_that_is_declared_is_sound_sql(database, alice, house):
    async with database.reading(alice.id) as connection:
        for declared in all_filters(KINDS):
            value = declared.choice or ("2026" if declared.name in {"before", "after", "on"} else "note")
            await find(connection, f"{declared.name}:{value} -{declared.name}:{value}", KINDS, datetime.now(UTC), "UTC")
            if declared.complete:
                await connection.fetch(declared.complete, "a")
