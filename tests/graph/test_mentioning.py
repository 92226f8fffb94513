"""Mentions: bound to whom they mean, never guessed, retired with the text, rejected for ever."""

from __future__ import annotations

import json

import asyncpg

from app.core.database import Database
from tests.conftest import Person, work_through, write


def listed(value: str | None) -> str:
    return json.dumps([{"label": "", "value": value}] if value else [])


async def add_contact(database: Database, person: Person, name: str, **columns: str):
    async with database.reading(person.id) as connection:
        return await connection.fetchval(
            "insert into contacts (user_id, full_name, nickname, emails, phones) values ($1, $2, $3, $4, $5) "
            "returning id",
            person.id, name, columns.get("nickname"), listed(columns.get("email")), listed(columns.get("phone")),
        )  # fmt: skip


async def run(database: Database, person: Person, statement: str, *given: object) -> None:
    async with database.reading(person.id) as connection:
        await connection.execute(statement, *given)


async def spoken_of(owner: asyncpg.Connection, source) -> list[asyncpg.Record]:
    return await owner.fetch(
        "select * from entity_links where source_id = $1 and origin = 'extracted' and valid_to is null "
        "and rejected_at is null order by written_as, target_id", source,
    )  # fmt: skip


async def test_a_text_that_names_a_person_is_linked_with_its_sentence_and_its_place(database, reactor, owner, alice):
    marta = await add_contact(database, alice, "Marta Kowalczyk")
    note = await write(database, alice, "Day", "It rained. Marta Kowalczyk's dog ran off. We searched.")
    await work_through(reactor)
    (link,) = await spoken_of(owner, note)
    assert (link["target_id"], link["evidence"]) == (marta, "Marta Kowalczyk's dog ran off.")
    assert (link["anchor"], link["written_as"], link["confidence"]) == ("11-26", "Marta Kowalczyk", 1.0)


async def test_a_nickname_an_e_mail_address_and_a_number_mean_the_person(database, reactor, owner, alice):
    tom = await add_contact(
        database, alice, "Thomas Reuter", nickname="Tommo", email="tom@reuter.example", phone="+49 170 555-0142"
    )
    texts = ("Saw Tommo.", "Write to tom@reuter.example soon.", "Nobody answers at +49 170 5550142 today.")
    notes = [await write(database, alice, "", text) for text in texts]
    await work_through(reactor)
    assert [[link["target_id"] for link in await spoken_of(owner, note)] for note in notes] == [[tom]] * 3


async def test_a_name_that_two_bear_is_never_guessed(database, reactor, owner, alice):
    both = {await add_contact(database, alice, "Max Weber"), await add_contact(database, alice, "Max Brandt")}
    note = await write(database, alice, "Day", "Lunch with Max at noon.")
    clear = await write(database, alice, "Day", "Max Weber called. Later I met Max again.")
    await work_through(reactor)
    links = await spoken_of(owner, note)
    assert {link["target_id"] for link in links} == both
    assert all(link["is_ambiguous"] and link["confidence"] < 0.5 for link in links)
    assert [link["is_ambiguous"] for link in await spoken_of(owner, clear)] == [False]


async def test_a_mention_that_the_text_loses_is_retired_and_comes_back_with_it(database, reactor, owner, alice):
    await add_contact(database, alice, "Marta Kowalczyk")
    note = await write(database, alice, "Day", "With Marta Kowalczyk.")
    await work_through(reactor)
    (link,) = await spoken_of(owner, note)
    await run(database, alice, "update notes set content = 'With nobody.' where id = $1", note)
    await work_through(reactor)
    assert await spoken_of(owner, note) == []
    kept = await owner.fetchrow("select valid_to, evidence from entity_links where id = $1", link["id"])
    assert kept["valid_to"] is not None
    assert kept["evidence"] == "With Marta Kowalczyk."
    await run(database, alice, "update notes set content = 'Marta Kowalczyk is back.' where id = $1", note)
    await work_through(reactor)
    (again,) = await spoken_of(owner, note)
    assert again["id"] == link["id"]


async def test_a_rejected_mention_stays_rejected_when_the_text_is_read_again(database, reactor, owner, alice):
    await add_contact(database, alice, "Marta Kowalczyk")
    note = await write(database, alice, "Day", "With Marta Kowalczyk.")
    await work_through(reactor)
    await run(database, alice, "update entity_links set rejected_at = now() where source_id = $1", note)
    await run(database, alice, "update notes set content = 'Marta and Marta Kowalczyk.' where id = $1", note)
    await work_through(reactor)
    assert await spoken_of(owner, note) == []


async def test_a_contact_that_comes_is_renamed_or_goes_updates_what_speaks_of_it(database, reactor, owner, alice):
    note = await write(database, alice, "Day", "With Ida Lund and Ida Berg.")
    await work_through(reactor)
    ida = await add_contact(database, alice, "Ida Lund")
    await work_through(reactor)
    assert [link["written_as"] for link in await spoken_of(owner, note)] == ["Ida Lund"]
    await run(database, alice, "update contacts set deleted_at = now() where id = $1", ida)
    await work_through(reactor)
    assert await spoken_of(owner, note) == []
    await run(database, alice, "update contacts set deleted_at = null, full_name = 'Ida Berg' where id = $1", ida)
    await work_through(reactor)
    assert [link["target_id"] for link in await spoken_of(owner, note)] == [ida]
    await run(database, alice, "delete from contacts where id = $1", ida)
    await work_through(reactor)
    assert await owner.fetchval("select count(*) from entity_links where origin = 'extracted'") == 0


async def test_an_alias_finds_what_was_written_before(database, reactor, owner, alice):
    ida = await add_contact(database, alice, "Ida Lund")
    note = await write(database, alice, "Day", "The Viking came by.")
    await work_through(reactor)
    assert await spoken_of(owner, note) == []
    await run(
        database, alice,
        "insert into names (user_id, record_id, folded, name, origin) values ($1, $2, 'viking', 'Viking', 'alias')",
        alice.id, ida,
    )  # fmt: skip
    await work_through(reactor)
    assert [link["target_id"] for link in await spoken_of(owner, note)] == [ida]


async def test_what_is_linked_in_the_text_is_no_mention_besides(database, reactor, owner, alice):
    await add_contact(database, alice, "Marta Kowalczyk")
    note = await write(database, alice, "Day", "With [[Marta Kowalczyk]], and Marta Kowalczyk again.")
    await work_through(reactor)
    assert await spoken_of(owner, note) == []


async def test_names_of_another_person_s_house_mean_nobody_here(database, reactor, owner, alice, bob):
    await add_contact(database, bob, "Marta Kowalczyk")
    note = await write(database, alice, "Day", "With Marta Kowalczyk.")
    await work_through(reactor)
    assert await spoken_of(owner, note) == []


async def test_reading_again_changes_nothing(database, reactor, owner, alice):
    await add_contact(database, alice, "Max Weber")
    await write(database, alice, "Day", "Max Weber, Graham Ellwood and Halloway Instruments Ltd met on 3 March 2025.")
    await work_through(reactor)
    before = await _everything(owner)
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = content || ' ', version = version")
        await connection.execute("update notes set content = rtrim(content)")
    await work_through(reactor)
    assert await _everything(owner) == before
    assert len(before[1]) == 3


async def _everything(owner: asyncpg.Connection) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    return (
        await owner.fetch("select * from entity_links order by id"),
        await owner.fetch("select * from sightings order by record_id, type, folded"),
    )


async def test_a_name_is_hidden_until_three_records_say_it(database, reactor, owner, alice, bob):
    for person in (alice, alice, bob):
        await write(database, person, "Day", "Met Graham Ellwood at the station.")
    await work_through(reactor)
    assert await owner.fetchval("select count(*) from records where kind = 'entity'") == 0
    third = await write(database, alice, "Day", "Graham Ellwood wrote a card.")
    await work_through(reactor)
    row = await owner.fetchrow("select * from entities")
    assert (row["user_id"], row["name"], row["entity_type"]) == (alice.id, "Graham Ellwood", "person")
    links = await owner.fetch("select source_id from entity_links where target_id = $1", row["id"])
    assert len(links) == 3
    assert third in {link["source_id"] for link in links}
    assert await owner.fetchval("select count(*) from sightings where user_id = $1", alice.id) == 0


async def test_a_name_that_was_thrown_away_is_not_made_again(database, reactor, owner, alice):
    for _ in range(3):
        await write(database, alice, "Day", "Met Graham Ellwood at the station.")
    await work_through(reactor)
    await run(database, alice, "update entities set deleted_at = now()")
    await work_through(reactor)
    await write(database, alice, "Day", "Graham Ellwood wrote a card.")
    await work_through(reactor)
    assert await owner.fetchval("select count(*) from entities") == 1
    assert await owner.fetchval("select count(*) from entity_links where valid_to is null") == 0
