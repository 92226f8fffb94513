"""The list of people: in the order of their names, found as one types, narrowed by what is known of them."""

from __future__ import annotations

import re

import pytest

from app.contacts.fields import ContactFields, Labelled, Phone
from app.contacts.service import add_contact
from tests.conftest import work_through

ROW = re.compile(r'row-title">([^<]+)<')


@pytest.fixture
async def people(database, alice, reactor):
    async with database.writing(alice.id) as session:
        for fields in (
            ContactFields("Zoë Ardent", company="Tea Ltd", status="dormant"),
            ContactFields("Ágota Kis", nickname="Gogo", is_favourite=True, domain="business"),
            ContactFields("Bea Zimmer", emails=(Labelled("", "bz@example.org"),)),
            ContactFields("émile Roux", phones=(Phone("", "+49 171 2345678"),), notes="plays the oboe"),
        ):
            await add_contact(session, alice.id, fields)
    await work_through(reactor)


async def shown(browser, q: str) -> list[str]:
    return ROW.findall((await browser.http.get("/people", params={"q": q})).text)


async def test_accents_and_case_do_not_move_a_name(alices, people):
    assert await shown(alices, "") == ["Ágota Kis", "Bea Zimmer", "émile Roux", "Zoë Ardent"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("ag", ["Ágota Kis"]), ("kis", ["Ágota Kis"]), ("kis ag", ["Ágota Kis"]), ("gogo", ["Ágota Kis"]),
     ("bz@ex", ["Bea Zimmer"]), ("+49171", ["émile Roux"]), ("49171", ["émile Roux"]), ("tea", ["Zoë Ardent"]),
     ("oboe", ["émile Roux"]), ("bea zimer", ["Bea Zimmer"]), ("z", ["Bea Zimmer", "Zoë Ardent"]), ("qqqqqq", [])],
)  # fmt: skip
async def test_who_is_meant_is_found_as_one_types(alices, people, typed, found):
    assert await shown(alices, typed) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [("status:dormant", ["Zoë Ardent"]), ("is:favourite", ["Ágota Kis"]), ("domain:business", ["Ágota Kis"])],
)  # fmt: skip
async def test_a_list_is_narrowed_by_what_is_known(alices, people, typed, found):
    assert await shown(alices, typed) == found


async def test_the_next_page_begins_where_the_last_one_ended(alices, database, alice):
    async with database.writing(alice.id) as session:
        for number in range(60):
            await add_contact(session, alice.id, ContactFields(f"{chr(97 + number % 3)}n {number:02}"))
    page = (await alices.get("/people")).text
    more = re.search(r'hx-get="(/people\?after=[^"]+)"', page)[1]
    rest = (await alices.http.get(more, headers={"hx-request": "true", "hx-target": "pager"})).text
    assert len(set(ROW.findall(page + rest))) == 60
    letters = re.findall(r'<a href="([^"]+)">([A-Z])</a>', page)
    assert [letter for _, letter in letters] == ["A", "B", "C"]
    assert ROW.findall((await alices.get(letters[2][0])).text)[0] == "cn 02"


async def test_bob_finds_nobody_of_alice(bobs, people):
    assert await shown(bobs, "ag") == []
    assert "Kis" not in (await bobs.get("/people")).text
