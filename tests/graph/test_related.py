"""The Related panel: what was found can be accepted, rejected and edited, links are added by hand, all of it undone."""

from __future__ import annotations

import pytest

from tests.conftest import work_through, write
from tests.graph.test_mentioning import add_contact, spoken_of

HTMX: dict[str, str] = {"HX-Request": "true", "HX-Target": "related"}


@pytest.fixture
async def linked(database, reactor, owner, alice):
    """A note of Alice's that speaks of somebody."""
    marta = await add_contact(database, alice, "Marta Kowalczyk")
    note = await write(database, alice, "Day", "With Marta Kowalczyk by the lake.")
    await work_through(reactor)
    (link,) = await spoken_of(owner, note)
    return note, marta, link["id"]


async def test_the_panel_shows_what_was_found_on_both_ends(alices, linked):
    note, marta, _ = linked
    there = (await alices.get(f"/records/{note}/related")).text
    assert "Marta Kowalczyk" in there
    assert "With Marta Kowalczyk by the lake." in there
    assert "Spoken of in" in (await alices.get(f"/records/{marta}/related", **HTMX)).text
    assert f'hx-get="/records/{note}/related"' in (await alices.get(f"/notes/{note}")).text
    assert f'hx-get="/records/{marta}/related"' in (await alices.get(f"/people/{marta}")).text


async def test_a_rejected_link_is_gone_from_both_and_one_undo_brings_it_back(alices, linked, owner, reactor):
    note, marta, link = linked
    answer = await alices.post(f"/links/{link}/reject", {"from": str(marta)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/people/{marta}")
    assert "by the lake" not in (await alices.get(f"/records/{note}/related")).text
    action = await owner.fetchval("select action_id from change_log where record_id = $1", link)
    assert (await alices.post(f"/history/{action}/undo")).status_code == 303
    await work_through(reactor)
    assert "by the lake" in (await alices.get(f"/records/{note}/related")).text


async def test_an_accepted_link_asks_no_more(alices, linked, owner):
    note, _, link = linked
    answer = await alices.post(f"/links/{link}/accept", {"from": str(note)}, **HTMX)
    assert answer.status_code in (200, 201)
    assert "/accept" not in answer.text
    assert "Undo" in answer.text
    assert await owner.fetchval("select confidence from entity_links where id = $1", link) == 1


async def test_of_two_whom_a_name_could_mean_accepting_one_rejects_the_other(alices, database, reactor, owner, alice):
    for name in ("Max Weber", "Max Brandt"):
        await add_contact(database, alice, name)
    note = await write(database, alice, "Day", "Lunch with Max.")
    await work_through(reactor)
    first, second = await spoken_of(owner, note)
    assert "Perhaps" in (await alices.get(f"/records/{note}/related")).text
    await alices.post(f"/links/{first['id']}/accept", {"from": str(note)})
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = 'Lunch with Max, again.' where id = $1", note)
    await work_through(reactor)
    (link,) = await spoken_of(owner, note)
    assert (link["id"], link["is_ambiguous"]) == (first["id"], False)
    assert await owner.fetchval("select rejected_at is not null from entity_links where id = $1", second["id"])


async def test_an_edited_link_says_what_the_person_said_and_no_rule_adds_its_own(
    alices, linked, database, alice, reactor, owner
):
    note, _, link = linked
    assert "Edit the link" in (await alices.get(f"/links/{link}/edit?from={note}")).text
    data = {"relation": "knows", "evidence": "From school", "from": str(note)}
    assert (await alices.post(f"/links/{link}", data)).status_code == 303
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = content || ' Marta came.' where id = $1", note)
    await work_through(reactor)
    rows = await owner.fetch("select origin, relation, evidence from entity_links where source_id = $1", note)
    assert [tuple(row) for row in rows] == [("manual", "knows", "From school")]
    refused = await alices.post(f"/links/{link}", {"relation": "nonsense", "evidence": "kept words"})
    assert refused.status_code == 422
    assert "kept words" in refused.text


async def test_a_link_is_added_by_hand_and_undone(alices, linked, database, alice, owner):
    note, _, _ = linked
    other = await write(database, alice, "Lake")
    data = {"to": "lake", "relation": "about", "evidence": "We swam there"}
    answer = await alices.post(f"/records/{note}/related", data)
    assert answer.status_code == 303
    assert "We swam there" in (await alices.get(f"/records/{other}/related")).text
    action = await owner.fetchval("select action_id from change_log where kind = 'link' and op = 'create'")
    assert (await alices.post(f"/history/{action}/undo")).status_code == 303
    assert "We swam there" not in (await alices.get(f"/records/{other}/related")).text
    assert (await alices.get("/history")).status_code == 200


@pytest.mark.parametrize("to", ["Nobody at all", "Day", ""])
async def test_a_link_to_nothing_or_to_itself_is_refused_with_what_was_typed(alices, linked, to):
    note, _, _ = linked
    data = {"to": to, "relation": "about", "evidence": "typed words"}
    answer = await alices.post(f"/records/{note}/related", data)
    assert answer.status_code == 422
    assert "typed words" in answer.text


async def test_a_name_that_a_text_says_is_kept_at_once(alices, database, reactor, owner, alice):
    note = await write(database, alice, "Day", "Met Graham Ellwood at the station.")
    await work_through(reactor)
    assert "Graham Ellwood" in (await alices.get(f"/records/{note}/related")).text
    await alices.post(f"/records/{note}/names", {"type": "person", "folded": "graham ellwood"})
    await work_through(reactor)
    (link,) = await spoken_of(owner, note)
    assert link["written_as"] == "Graham Ellwood"
    gone = await alices.post(f"/records/{note}/names", {"type": "person", "folded": "nobody"})
    assert gone.status_code == 404


@pytest.mark.parametrize("path", ["/accept", "/reject", "", "/edit"])
async def test_another_person_s_link_is_not_there(bobs, linked, path):
    _, _, link = linked
    send = bobs.get if path == "/edit" else bobs.post
    assert (await send(f"/links/{link}{path}")).status_code == 404
