"""Names that texts say: made, shown with their sentences, merged and parted, promoted, thrown away, and each undone."""

from __future__ import annotations

import pytest

from tests.conftest import work_through, write
from tests.graph.test_mentioning import add_contact, spoken_of
from tests.topics.test_topics import undo_last


async def say(database, reactor, person, name: str, times: int = 3, text: str = "Met {} at the station."):
    notes = [await write(database, person, f"Day {turn}", text.format(name)) for turn in range(times)]
    await work_through(reactor)
    return notes


@pytest.fixture
async def graham(database, reactor, owner, alice):
    await say(database, reactor, alice, "Graham Ellwood")
    return await owner.fetchval("select id from entities")


async def test_a_name_s_page_shows_its_sentences(alices, graham):
    page = (await alices.get(f"/names/{graham}")).text
    assert page.count("Met Graham Ellwood at the station.") == 3
    assert "Graham Ellwood" in (await alices.get("/names")).text


async def test_a_name_that_two_records_say_is_in_no_list_no_search_and_no_switcher(alices, database, reactor, alice):
    await say(database, reactor, alice, "Graham Ellwood", times=2, text="Met {} there.")
    for path in ("/names", "/switcher?q=graham", "/people", "/search?q=kind:entity"):
        assert "/names/" not in (await alices.get(path)).text, path


async def test_a_merged_name_leads_to_the_other_and_comes_back_when_it_is_parted(
    alices, database, reactor, owner, alice, graham
):
    person = await add_contact(database, alice, "Graham Ellwood-Quinn")
    await work_through(reactor)
    assert "Perhaps the same" in (await alices.get(f"/names/{graham}")).text
    answer = await alices.post(f"/names/{graham}/merge", {"into": str(person)})
    assert answer.headers["location"] == f"/people/{person}"
    await work_through(reactor)
    links = await owner.fetch("select target_id from entity_links where valid_to is null and rejected_at is null")
    assert {link["target_id"] for link in links} == {person}
    assert (await alices.get(f"/names/{graham}")).headers["location"] == f"/people/{person}"
    assert "Part again" in (await alices.get(f"/records/{person}/related")).text
    await alices.post(f"/names/{graham}/split")
    await work_through(reactor)
    links = await owner.fetch("select target_id from entity_links where valid_to is null and rejected_at is null")
    assert {link["target_id"] for link in links} == {graham}
    assert len(links) == 3


@pytest.mark.parametrize(("to", "table"), [("contact", "contacts"), ("topic", "topics")])
async def test_a_promoted_name_is_on_file_and_one_undo_takes_it_back(alices, owner, reactor, graham, to, table):
    answer = await alices.post(f"/names/{graham}/promote", {"to": to})
    assert answer.status_code == 303
    await work_through(reactor)
    made = answer.headers["location"].rpartition("/")[2]
    assert (
        await owner.fetchval("select count(*) from entity_links where target_id = $1 and valid_to is null", made) == 3
    )
    await undo_last(alices, owner)
    await work_through(reactor)
    links = await owner.fetch("select target_id from entity_links where valid_to is null and origin = 'extracted'")
    assert {link["target_id"] for link in links} == {graham}
    assert table


async def test_what_is_no_name_is_gone_for_good_until_it_is_restored(alices, database, reactor, owner, alice, graham):
    await alices.post(f"/names/{graham}/discard")
    await work_through(reactor)
    (note, *_) = await say(database, reactor, alice, "Graham Ellwood")
    assert await spoken_of(owner, note) == []
    assert await owner.fetchval("select count(*) from entities") == 1
    await alices.post(f"/names/{graham}/restore")
    await work_through(reactor)
    assert len(await spoken_of(owner, note)) == 1


async def test_a_name_is_called_otherwise_and_a_form_that_fails_keeps_what_was_typed(alices, owner, graham):
    refused = await alices.post(f"/names/{graham}", {"name": "  ", "type": "person", "description": "An old friend"})
    assert refused.status_code == 422
    assert "An old friend" in refused.text
    changed = {"name": "G. Ellwood", "type": "organisation", "description": ""}
    assert (await alices.post(f"/names/{graham}", changed)).status_code == 303
    row = await owner.fetchrow("select name, normalised_name, entity_type from entities")
    assert tuple(row) == ("G. Ellwood", "g. ellwood", "organisation")


@pytest.mark.parametrize("path", ["", "/edit", "/merge", "/promote", "/split", "/discard", "/restore"])
async def test_another_person_s_name_is_not_there(bobs, graham, path):
    if path in ("", "/edit"):
        assert (await bobs.get(f"/names/{graham}{path}")).status_code == 404
    if path != "/edit":
        assert (await bobs.post(f"/names/{graham}{path}", {"name": "x", "type": "person"})).status_code == 404


async def test_a_name_cannot_be_merged_into_itself_or_into_nonsense(alices, graham):
    assert (await alices.post(f"/names/{graham}/merge", {"into": str(graham)})).status_code == 400
    assert (await alices.post(f"/names/{graham}/merge", {"into": "nobody"})).status_code == 400
