"""A reference in a text being written leads where the read note's link leads."""

from __future__ import annotations

import pytest

from tests.conftest import write


async def follow(browser, text: str) -> str:
    answer = await browser.http.get("/follow", params={"text": text})
    assert answer.status_code == 303
    return answer.headers["location"]


async def test_a_name_leads_to_its_note_and_to_the_heading_in_it(alices, database, alice):
    note = await write(database, alice, "Trip to Portugal", "## What to keep")
    assert await follow(alices, "[[Trip to Portugal]]") == f"/notes/{note}"
    assert await follow(alices, "![[trip to portugal#What to keep|kept]]") == f"/notes/{note}#user-content-what-to-keep"
    assert await follow(alices, "[](Travel/Trip%20to%20Portugal.md)") == f"/notes/{note}"


@pytest.mark.parametrize(
    ("text", "href"),
    [("[[Nowhere]]", "/notes/new?title=Nowhere"), ("@Nobody", "/people/new?name=Nobody"), ("#tag", "/notes?topic=tag")],
)
async def test_what_is_not_there_yet_leads_to_where_it_is_made(alices, text, href):
    assert await follow(alices, text) == href


async def test_another_one_s_note_is_as_if_it_were_not_there(bobs, database, alice):
    await write(database, alice, "Trip to Portugal")
    assert await follow(bobs, "[[Trip to Portugal]]") == "/notes/new?title=Trip%20to%20Portugal"


@pytest.mark.parametrize("text", ["", "no reference", "\0"])
async def test_what_is_no_reference_is_told_so(alices, text):
    answer = await alices.http.get("/follow", params={"text": text})
    assert answer.status_code == 400


async def test_the_headings_of_a_note_follow_its_name(alices, bobs, database, alice):
    await write(database, alice, "Trip", "# Where\n\n```\n# no heading\n```\n\n## What to keep ##\n\n## [[odd]]")
    items = (await alices.http.get("/complete", params={"mark": "[[", "q": "trip#"})).json()["items"]
    assert [item["text"] for item in items] == ["[[trip#Where]]", "[[trip#What to keep]]"]
    items = (await alices.http.get("/complete", params={"mark": "[[", "q": "trip#keep"})).json()["items"]
    assert [item["title"] for item in items] == ["What to keep"]
    items = (await bobs.http.get("/complete", params={"mark": "[[", "q": "trip#"})).json()["items"]
    assert [item["kind"] for item in items] in ([], ["new"])
