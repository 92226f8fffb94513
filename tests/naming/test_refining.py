"""A language model that is asked for names: taken where the text says them, and off until somebody wants it."""

from __future__ import annotations

import json

import pytest

from app.core.record import read_texts
from app.graph import related
from app.kinds import KINDS
from app.naming.refining import refine_with
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.sleep.running import SleepRunner
from tests.clusters.conftest import NOON
from tests.conftest import work_through, write
from tests.graph.test_mentioning import add_contact, spoken_of
from tests.privacy.conftest import sections
from tests.sleep.conftest import sleep_through

ASK = """
insert into sleep_runs (user_id, kind, state, is_asked, night, day)
select id, 'names', 'waiting', true, $1, $1 from users where email like 'alice@%'"""
RUN = "select state, tokens, rows, output from sleep_runs where kind = 'names' order by began_at desc limit 1"


@pytest.fixture
def refine(worker_database, sender, owner, reactor):
    """A night, asked for, in which names are read, and the pipeline after it."""

    async def go() -> None:
        await work_through(reactor)
        await owner.execute(ASK, NOON.date())
        models = Models(make_embedder("fake"))
        kind = refine_with(KINDS)
        await sleep_through(SleepRunner(worker_database, [kind], models, "tests", lambda: NOON, sender.ask))
        await work_through(reactor)

    return go


def naming(*names: tuple[str, str]) -> str:
    return json.dumps({"names": [{"name": name, "type": kind} for name, kind in names]})


async def sighted(owner) -> list[tuple[str, str, str]]:
    rows = await owner.fetch("select type, name, created_by from sightings where type <> 'date' order by 1, 2")
    return [tuple(row) for row in rows]


async def test_names_that_the_rules_do_not_see_are_sighted_as_the_model_s(
    refine, choose, server, database, alice, owner
):  # fmt: skip
    await choose()
    server.say = lambda _asked: naming(("kitty", "person"), ("the old mill", "project"))
    await write(database, alice, "Day", "today kitty and i went on with the old mill, kitty painted.")
    await refine()
    assert await sighted(owner) == [("person", "kitty", "a-model"), ("project", "the old mill", "a-model")]
    assert await owner.fetchval("select times from sightings where name = 'kitty'") == 2
    assert (await owner.fetchrow(RUN))["state"] == "done"
    # Three records make it a name; nobody is asked of what is told already.
    for day in ("one", "two"):
        await write(database, alice, day, f"{day} day with kitty")
    asked = len(server.asked)
    await refine()
    assert len(server.asked) == asked + 2
    assert await owner.fetchval("select name from entities where entity_type = 'person'") == "kitty"
    await refine()
    assert len(server.asked) == asked + 2


async def test_what_the_text_does_not_say_is_not_taken(refine, choose, server, database, alice, owner):
    await choose()
    lies = [("Napoleon", "person"), ("kit", "person"), ("kitty", "deity"), ("<b>kitty</b>", "person"),
            ("k" * 200, "person"), ("", "person"), ("12", "location"), ("kitty", "location")]  # fmt: skip
    server.say = lambda _asked: naming(*lies)
    await write(database, alice, "Day", "today kitty and i sat there at 12.")
    await refine()
    assert await sighted(owner) == [("location", "kitty", "a-model")]


@pytest.mark.parametrize("said", ["nothing like JSON", "{}", json.dumps({"names": "kitty"}), json.dumps([1])])
async def test_an_answer_of_no_use_stores_nothing_and_is_not_asked_for_again(
    said, refine, choose, server, database, alice, owner
):  # fmt: skip
    await choose()
    server.say = lambda _asked: said
    await write(database, alice, "Day", "today kitty sat there.")
    await refine()
    asked = len(server.asked)
    await refine()
    assert len(server.asked) == asked
    assert await sighted(owner) == []


async def test_a_text_that_says_something_else_is_asked_of_anew(
    refine, choose, server, database, alice, owner
):  # fmt: skip
    await choose()
    server.say = lambda asked: naming(("kitty", "person"), ("doggo", "person"))
    note = await write(database, alice, "Day", "today kitty sat there.")
    await refine()
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = 'today kitty and doggo sat there.' where id = $1", note)
    server.say = lambda asked: naming(("doggo", "person"))
    await refine()
    assert await sighted(owner) == [("person", "doggo", "a-model")]


async def test_whom_it_means_is_linked_and_what_a_person_rejected_stays_so(
    refine, choose, server, database, alice, alices, owner, reactor
):  # fmt: skip
    await choose()
    rose = await add_contact(database, alice, "Rose")
    note = await write(database, alice, "Day", "we saw rose in the garden.")
    await work_through(reactor)
    assert await spoken_of(owner, note) == []
    server.say = lambda _asked: naming(("rose", "person"))
    await refine()
    (link,) = await spoken_of(owner, note)
    assert (link["target_id"], link["created_by"], link["written_as"]) == (rose, "a-model", "rose")
    assert "Read by a-model" in (await alices.get(f"/records/{note}/related")).text
    async with database.reading(alice.id) as connection:
        await related.reject_link(connection, link["id"])
        await connection.execute("select queue_connect($1)", [note])
    await work_through(reactor)
    assert await spoken_of(owner, note) == []


async def test_it_is_off_until_somebody_turns_it_on_and_sends_nothing_that_may_not_leave(
    refine, choose, server, database, alice, alices, owner
):  # fmt: skip
    await choose(local=False, leave="nothing")
    assert "Names, by a model" not in (await alices.get("/sleep")).text
    await choose(local=False, leave="normal")
    assert "Switch on: Names, by a model" in (await alices.get("/sleep")).text
    server.say = lambda _asked: naming(("kitty", "person"))
    await write(database, alice, "Card", "kitty pays with 4111 1111 1111 1111.")
    await write(database, alice, "Day", "today kitty sat there.")
    await refine()
    assert len(server.asked) == 1
    assert "4111" not in sections(server.asked[0])["R1"]


async def test_what_it_read_goes_with_the_record(refine, choose, server, database, alice, owner):
    await choose()
    server.say = lambda _asked: naming(("kitty", "person"))
    note = await write(database, alice, "Day", "today kitty sat there.")
    await refine()
    async with database.reading(alice.id) as connection:
        assert (await read_texts(connection, KINDS, [note]))[0].digest
        await connection.execute("delete from notes where id = $1", note)
    assert await owner.fetchval("select count(*) from told_names") == 0
