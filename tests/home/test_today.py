"""Today: each thing once, what is pinned to it above the others."""

from __future__ import annotations

import re

from tests.conftest import work_through, write

ROW = re.compile(r'<span class="row-title">([^<]*)</span>')
UNDO = re.compile(r'action="(/history/[0-9a-f-]{36}/undo)"')


def sections(page: str) -> dict[str, list[str]]:
    parts = re.split(r'<section class="section"><h2>([^<]*)</h2>', page)
    return {title: ROW.findall(rows) for title, rows in zip(parts[1::2], parts[2::2], strict=True)}


async def test_nothing_stands_on_today_twice(alices, database, reactor, alice):
    for number in range(12):
        await write(database, alice, f"Note {number}", is_pinned_home=number < 2)
    await alices.post("/day", {"text": "Rang the bell"})
    await work_through(reactor)
    shown = sections((await alices.get("/")).text)
    assert list(shown) == ["Pinned", "Warm now", "Recent"]
    assert set(shown["Pinned"]) == {"Note 0", "Note 1"}
    assert len(shown["Warm now"]) == 8
    everything = [title for titles in shown.values() for title in titles]
    assert len(everything) == len(set(everything)) == 12


async def test_a_note_is_pinned_to_today_and_taken_off_and_that_undone(alices, database, owner, alice):
    note = await write(database, alice, "Bees")
    await alices.post(f"/notes/{note}/pin-to-today")
    assert sections((await alices.get("/")).text)["Pinned"] == ["Bees"]
    await alices.post(f"/notes/{note}/take-off-today")
    page = (await alices.get(f"/notes/{note}")).text
    assert "Pin to Today" in page
    await alices.post(UNDO.search(page)[1])
    assert await owner.fetchval("select is_pinned_home from notes where id = $1", note)


async def test_several_are_pinned_to_today_as_one_action(alices, database, owner, alice):
    notes = [str(await write(database, alice, f"Note {number}")) for number in range(2)]
    answer = await alices.http.post(
        "/notes/selected/pin-to-today", data={"id": notes, "back": "/", "_csrf_token": alices.csrf}
    )
    assert answer.headers["location"] == "/"
    assert set(sections((await alices.get("/")).text)["Pinned"]) == {"Note 0", "Note 1"}


async def test_a_pin_in_the_list_is_no_pin_to_today_and_templates_are_no_news(alices, database, alice):
    await write(database, alice, "Pinned in its list", is_pinned=True)
    await write(database, alice, "Weekly", template_for="note")
    shown = sections((await alices.get("/")).text)
    assert shown == {"Recent": ["Pinned in its list"]}


async def test_an_empty_house_says_what_to_do(alices):
    page = (await alices.get("/")).text
    assert "The house is empty" in page
    await alices.post("/day", {"text": "Rang the bell"})
    assert "The house is empty" not in (await alices.get("/")).text
