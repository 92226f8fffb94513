"""Written links: bound when they can be, waiting when they cannot, never across people, never back when rejected."""

from __future__ import annotations

import asyncpg

from app.core.database import Database
from app.reactions import Reactor
from tests.conftest import Person, work_through, write


async def links(owner: asyncpg.Connection, source) -> dict[str, object]:
    rows = await owner.fetch(
        "select target_name, target_id from entity_links where source_id = $1 and rejected_at is null", source
    )
    return {row["target_name"]: row["target_id"] for row in rows}


async def change(database: Database, person: Person, note, **columns: object) -> None:
    async with database.reading(person.id) as connection:
        for name, value in columns.items():
            statement = {"title": "update notes set title = $2 where id = $1",
                         "content": "update notes set content = $2 where id = $1"}[name]  # fmt: skip
            await connection.execute(statement, note, value)


async def test_a_link_binds_by_title_whatever_the_case_and_the_accents(database, reactor, owner, alice):
    target = await write(database, alice, "Café Central")
    source = await write(database, alice, "Trip", "We met at [[ café central ]].")
    await work_through(reactor)
    assert await links(owner, source) == {"cafe central": target}


async def test_a_link_to_nothing_waits_and_binds_when_the_note_appears(database, reactor, owner, alice):
    source = await write(database, alice, "Trip", "To [[Lisbon]].")
    await work_through(reactor)
    assert await links(owner, source) == {"lisbon": None}
    target = await write(database, alice, "Lisbon")
    await work_through(reactor)
    assert await links(owner, source) == {"lisbon": target}


async def test_a_renamed_note_keeps_its_links(database, reactor, owner, alice):
    target = await write(database, alice, "Lisbon")
    source = await write(database, alice, "Trip", "To [[Lisbon]].")
    await work_through(reactor)
    await change(database, alice, target, title="Lisboa")
    later = await write(database, alice, "Plan", "[[Lisbon]] or [[Lisboa]]")
    await work_through(reactor)
    assert await links(owner, source) == {"lisbon": target}
    assert await links(owner, later) == {"lisbon": target, "lisboa": target}
    origins = await owner.fetch("select folded, origin from names where record_id = $1", target)
    assert {row[0]: row[1] for row in origins} == {"lisbon": "alias", "lisboa": "title"}


async def test_a_half_typed_title_leaves_no_alias(database, reactor, owner, alice):
    note = await write(database, alice, "Li")
    await change(database, alice, note, title="Lisb")
    await change(database, alice, note, title="Lisbon")
    assert [row[0] for row in await owner.fetch("select folded from names where record_id = $1", note)] == ["lisbon"]


async def test_a_link_that_left_the_text_leaves_the_graph(database, reactor, owner, alice):
    source = await write(database, alice, "Trip", "[[A]] and [[B]]")
    await work_through(reactor)
    await change(database, alice, source, content="only [[B]]")
    await work_through(reactor)
    assert set(await links(owner, source)) == {"b"}


async def test_a_rejected_link_never_returns(database, reactor, owner, alice):
    target = await write(database, alice, "A")
    source = await write(database, alice, "Trip", "[[A]]")
    await work_through(reactor)
    await owner.execute("update entity_links set rejected_at = now() where source_id = $1", source)
    await change(database, alice, source, content="again [[A]]")
    await work_through(reactor)
    await change(database, alice, target, title="A2")
    await work_through(reactor)
    assert await links(owner, source) == {}


async def test_alice_s_link_never_binds_to_bob_s_note(database, reactor, owner, alice, bob):
    await write(database, bob, "Secret")
    source = await write(database, alice, "Trip", "[[Secret]]")
    await work_through(reactor)
    assert await links(owner, source) == {"secret": None}


async def test_a_note_is_found_before_a_person_and_a_person_before_a_topic(database, reactor, owner, alice):
    async with database.reading(alice.id) as connection:
        person = await connection.fetchval(
            "insert into contacts (user_id, full_name) values ($1, 'Ana') returning id", alice.id
        )
    await write(database, alice, "Tagged", "#ana")
    source = await write(database, alice, "Trip", "[[Ana]] and @Ana")
    await work_through(reactor)
    assert await links(owner, source) == {"ana": person}
    note = await write(database, alice, "Ana")
    later = await write(database, alice, "Plan", "[[Ana]]")
    await work_through(reactor)
    assert await links(owner, later) == {"ana": note}


async def test_two_notes_of_one_title_make_the_link_ambiguous(database, reactor, owner, alice):
    oldest = await write(database, alice, "Ana")
    await write(database, alice, "Ana")
    source = await write(database, alice, "Trip", "[[ana]]")
    await work_through(reactor)
    row = await owner.fetchrow("select target_id, is_ambiguous from entity_links where source_id = $1", source)
    assert tuple(row) == (oldest, True)


async def test_a_note_that_names_itself_is_no_link(database, reactor, owner, alice):
    source = await write(database, alice, "Trip", "[[Trip]]")
    await work_through(reactor)
    assert await links(owner, source) == {}


async def test_a_link_keeps_its_sentence(database: Database, reactor: Reactor, owner, alice):
    source = await write(database, alice, "Trip", "First line.\n\nWe saw [[Lisbon]] at dawn.\n\nLast line.")
    await work_through(reactor)
    evidence = await owner.fetchval("select evidence from entity_links where source_id = $1", source)
    assert evidence == "We saw [[Lisbon]] at dawn."


async def test_hashtags_file_a_note_under_topics(database, reactor, owner, alice):
    note = await write(database, alice, "Trip", "#travel/europe and #Travel/Europe")
    await work_through(reactor)
    labels = await owner.fetch(
        "select t.label from record_topics rt join topics t on t.id = rt.topic_id where record_id = $1", note
    )
    assert [row[0] for row in labels] == ["travel/europe"]
    await change(database, alice, note, content="none")
    await work_through(reactor)
    assert await owner.fetchval("select count(*) from record_topics where record_id = $1", note) == 0
