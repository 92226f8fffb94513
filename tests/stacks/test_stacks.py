"""Stacks: made by hand or of what there is, in an order of one's own, with nothing lost."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import NotFound
from app.stacks import queries, service
from tests.conftest import work_through, write


@pytest.fixture
async def stack(database, alice) -> UUID:
    async with database.reading(alice.id) as connection:
        return await service.make_stack(connection, "Winter")


@pytest.fixture
async def notes(database, alice) -> list[UUID]:
    return [await write(database, alice, name, f"{name} begins so. And goes on.") for name in ("One", "Two", "Three")]


async def order(alices, stack: UUID) -> list[str]:
    page = (await alices.get(f"/stacks/{stack}")).text
    items = page.partition('<ol class="rows stack-items">')[2].partition("</ol>")[0]
    return re.findall(r'class="row-title">([^<]+)<', items)


async def test_a_stack_is_made_filled_ordered_and_told(alices, notes):
    answer = await alices.post("/stacks", {"name": "  Winter   reading "})
    path = answer.headers["location"]
    stack = UUID(path.rpartition("/")[2])
    assert "Winter reading" in (await alices.get("/stacks")).text
    for note in notes:
        assert (await alices.post(f"{path}/add", {"record": str(note)})).status_code == 303
    assert await order(alices, stack) == ["One", "Two", "Three"]
    await alices.post(f"{path}/move", {"record": str(notes[2]), "by": "up"})
    assert await order(alices, stack) == ["One", "Three", "Two"]
    await alices.post(f"{path}/move", {"record": str(notes[0]), "by": "up"})
    await alices.post(f"{path}/move", {"record": str(notes[0]), "by": "down"})
    assert await order(alices, stack) == ["Three", "One", "Two"]
    page = (await alices.get(path)).text
    assert "Three begins so. One begins so. Two begins so." in page
    await alices.post(path, {"name": "Winter", "summary": "What to read\nby the fire."})
    page = (await alices.get(path)).text
    assert "What to read\nby the fire." in page and "Three begins so. One" not in page


async def test_what_is_taken_off_or_thrown_away_is_put_back(alices, stack, notes):
    for note in notes:
        await alices.post(f"/stacks/{stack}/add", {"record": str(note)})
    await alices.post(f"/stacks/{stack}/remove", {"record": str(notes[0])})
    assert await order(alices, stack) == ["Two", "Three"]
    assert (await alices.post(f"/stacks/{stack}/remove", {"record": str(notes[0])})).status_code == 404
    assert "1 taken off" in (await alices.get(f"/stacks/{stack}")).text
    await alices.post(f"/stacks/{stack}/add", {"record": str(notes[0])})
    assert await order(alices, stack) == ["Two", "Three", "One"]
    await alices.post(f"/stacks/{stack}/discard")
    listed = (await alices.get("/stacks")).text
    assert f'href="/stacks/{stack}"' not in listed and f"/stacks/{stack}/restore" in listed
    assert (await alices.post(f"/stacks/{stack}/add", {"record": str(notes[0])})).status_code == 404
    assert "was thrown away" in (await alices.get(f"/stacks/{stack}")).text
    await alices.post(f"/stacks/{stack}/restore")
    assert await order(alices, stack) == ["Two", "Three", "One"]


async def test_pinned_ones_come_first(alices, stack, database, alice):
    async with database.reading(alice.id) as connection:
        later = await service.make_stack(connection, "Later")
    listed = (await alices.get("/stacks")).text
    assert listed.index(str(later)) < listed.index(str(stack))
    await alices.post(f"/stacks/{stack}/pin", {"pinned": "1"})
    listed = (await alices.get("/stacks")).text
    assert listed.index(str(stack)) < listed.index(str(later))


async def test_one_is_made_of_a_topic_or_a_cluster_and_offers_what_comes_after(alices, database, alice, reactor, owner):
    for number in range(3):
        await write(database, alice, f"Walk {number}", "#hiking")
    await work_through(reactor)
    topic = await owner.fetchval("select id from topics where label = 'hiking'")
    assert "#hiking" in (await alices.get("/stacks")).text
    path = (await alices.post("/stacks", {"topic": str(topic)})).headers["location"]
    assert set(await order(alices, UUID(path.rpartition("/")[2]))) == {"Walk 0", "Walk 1", "Walk 2"}
    await write(database, alice, "Walk 9", "#hiking")
    await work_through(reactor)
    page = (await alices.get(path)).text
    assert "Could be added" in page and "Walk 9" in page
    async with database.reading(alice.id) as connection:
        cluster = await connection.fetchval(
            "insert into clusters (user_id, label) values ($1, 'Boats') returning id", alice.id
        )
        note = await connection.fetchval("select id from notes where title = 'Walk 9'")
        await connection.execute(
            "insert into cluster_members (user_id, cluster_id, record_id, confidence) values ($1, $2, $3, 1)",
            alice.id, cluster, note,
        )  # fmt: skip
    assert "Boats" in (await alices.get("/stacks")).text
    path = (await alices.post("/stacks", {"cluster": str(cluster)})).headers["location"]
    assert await order(alices, UUID(path.rpartition("/")[2])) == ["Walk 9"]
    assert (await alices.post("/stacks", {"topic": str(uuid4())})).status_code == 404
    assert (await alices.post("/stacks", {"cluster": "x"})).status_code == 404


async def test_one_is_made_of_a_saved_search_and_offers_what_it_finds_later(alices, database, alice, reactor, owner):
    for number in range(3):
        await write(database, alice, f"Kiln {number}", "Fire it slowly.")
    await write(database, alice, "Boat", "Paint it slowly.")
    await work_through(reactor)
    await alices.post("/search/saved", {"q": "fire", "name": "On fire", "place": "/notes", "kept": "sort=title"})
    await alices.post("/search/saved", {"q": "fire", "name": "Narrowed", "place": "/notes", "kept": "pinned=1"})
    await alices.get("/search")  # which says that it was saved
    listed = (await alices.get("/stacks")).text
    assert "On fire" in listed and "Narrowed" not in listed, "what a list narrows by itself is no query"
    search = await owner.fetchval("select id from saved_searches where name = 'On fire'")
    path = (await alices.post("/stacks", {"search": str(search)})).headers["location"]
    stack = UUID(path.rpartition("/")[2])
    assert set(await order(alices, stack)) == {"Kiln 0", "Kiln 1", "Kiln 2"}
    assert "On fire" not in (await alices.get("/stacks")).text.partition("Could be a stack")[2]
    await write(database, alice, "Kiln 9", "Fire it again.")
    await work_through(reactor)
    offered = (await alices.get(path)).text.partition("Could be added")[2]
    assert "Kiln 9" in offered and "Kiln 0" not in offered and "Boat" not in offered
    taken = await owner.fetchval("select id from notes where title = 'Kiln 0'")
    await alices.post(f"{path}/remove", {"record": str(taken)})
    offered = (await alices.get(path)).text.partition("Could be added")[2].partition("<details")[0]
    assert "Kiln 9" in offered and "Kiln 0" not in offered, "what was taken off is not offered again"
    await alices.post(f"/search/saved/{search}/drop")
    page = (await alices.get(path)).text
    assert "Could be added" not in page and "Kiln 1" in page
    narrowed = await owner.fetchval("select id from saved_searches where name = 'Narrowed'")
    assert (await alices.post("/stacks", {"search": str(narrowed)})).status_code == 404


async def test_nobody_makes_a_stack_of_another_s_search(alices, bobs, owner):
    await alices.post("/search/saved", {"q": "fire", "name": "On fire"})
    search = await owner.fetchval("select id from saved_searches")
    assert (await bobs.post("/stacks", {"search": str(search)})).status_code == 404


async def test_a_note_is_put_upon_a_stack_from_its_own_page(alices, stack, notes):
    page = (await alices.get(f"/notes/{notes[0]}")).text
    assert f"/records/{notes[0]}/stacks" in page
    block = await alices.get(f"/records/{notes[0]}/stacks", **{"HX-Request": "true", "HX-Target": "stacks"})
    assert "Winter" in block.text and "<html" not in block.text
    answer = await alices.post(f"/records/{notes[0]}/stacks", {"stack": str(stack)})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/notes/{notes[0]}")
    assert await order(alices, stack) == ["One"]
    await alices.post(f"/records/{notes[0]}/stacks", {"name": "Another"})
    page = (await alices.get(f"/records/{notes[0]}/stacks")).text
    assert page.count('<li><a href="/stacks/') == 2
    assert (await alices.post(f"/records/{notes[0]}/stacks", {"name": " "})).status_code == 422


async def test_a_bad_form_gets_a_sentence_and_keeps_what_was_typed(alices, stack):
    answer = await alices.post("/stacks", {"name": " "})
    assert answer.status_code == 422 and "needs a name" in answer.text
    answer = await alices.post(f"/stacks/{stack}", {"name": "", "summary": "kept words"})
    assert answer.status_code == 422 and "kept words" in answer.text
    answer = await alices.post(f"/stacks/{stack}", {"name": "x", "summary": "y" * 4001})
    assert answer.status_code == 422 and "at most 4000" in answer.text


async def test_bob_sees_none_of_it(alices, bobs, stack, notes, owner, database, bob):
    before = await owner.fetch("select * from stacks")
    assert str(stack) not in (await bobs.get("/stacks")).text
    for path in ("", "/pin", "/add", "/move", "/remove", "/discard", "/restore"):
        answer = await bobs.post(f"/stacks/{stack}{path}", {"record": "x", "name": "mine"})
        assert answer.status_code == 404, path
    assert (await bobs.get(f"/stacks/{stack}")).status_code == 404
    assert (await bobs.get(f"/records/{notes[0]}/stacks")).status_code == 404
    mine = (await bobs.post("/stacks", {"name": "Bob's"})).headers["location"]
    assert (await bobs.post(f"{mine}/add", {"record": str(notes[0])})).status_code == 404
    assert await owner.fetch("select * from stacks where id = $1", stack) == before


async def test_a_trashed_record_is_on_no_stack_until_it_is_restored(alices, stack, notes):
    for note in notes:
        await alices.post(f"/stacks/{stack}/add", {"record": str(note)})
    await alices.post(f"/notes/{notes[1]}/discard")
    assert await order(alices, stack) == ["One", "Three"]
    await alices.post(f"/stacks/{stack}/move", {"record": str(notes[2]), "by": "up"})
    assert await order(alices, stack) == ["Three", "One"]
    await alices.post(f"/notes/{notes[1]}/restore")
    assert set(await order(alices, stack)) == {"One", "Two", "Three"}


STEPS = st.lists(st.tuples(st.sampled_from(["add", "up", "down", "remove"]), st.integers(0, 3)), max_size=25)


async def test_any_order_of_moves_is_the_order_of_a_list(database, alice, notes):
    notes = [*notes, await write(database, alice, "Four")]
    drawn: list[list[tuple[str, int]]] = []

    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def draw(steps) -> None:
        drawn.append(steps)

    draw()
    for steps in drawn:
        async with database.reading(alice.id) as connection:
            stack, model = await service.make_stack(connection, "Any"), []
            for verb, number in steps:
                note = notes[number]
                if verb == "add":
                    await service.add(connection, stack, [note])
                    model = model if note in model else [*model, note]
                elif note not in model:
                    with pytest.raises(NotFound):
                        await _change(connection, stack, note, verb)
                else:
                    await _change(connection, stack, note, verb)
                    _follow(model, note, verb)
                assert [row["record_id"] for row in await queries.list_items(connection, stack)] == model


async def _change(connection, stack, note, verb) -> None:
    if verb == "remove":
        await service.remove(connection, stack, note)
    else:
        await service.move(connection, stack, note, -1 if verb == "up" else 1)


def _follow(model: list[UUID], note: UUID, verb: str) -> None:
    place = model.index(note)
    if verb == "remove":
        model.remove(note)
        return
    other = min(max(place + (-1 if verb == "up" else 1), 0), len(model) - 1)
    model[place], model[other] = model[other], model[place]
