"""Catching: once, of a type that is guessed, in one state."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from app.captures.guessing import guess_type
from app.captures.service import CaptureFields, capture
from app.core.errors import Invalid

GUESSED = [
    ("https://example.org/a?b=c", "link"),
    ("www.example.org and what it says", "link"),
    ("The page on owls https://example.org/owls", "link"),
    ("I read https://example.org yesterday, and it was long", "thought"),
    ("“Wherever you go, there you are.” — Buckaroo", "quote"),
    ("„Der Weg ist das Ziel“", "quote"),
    ("«En un lugar de la Mancha»", "quote"),
    ('"To be"', "quote"),
    ("> said once", "quote"),
    ("Still waters run deep\n— Grandmother", "quote"),
    ("```\nx = 1\n```", "snippet"),
    ("def area(r): return 3 * r", "snippet"),
    ("const a = 1;", "snippet"),
    ("$ ls -la", "snippet"),
    ("select * from notes", "snippet"),
    ("Where do owls sleep?", "question"),
    ("¿Dónde duermen los búhos?", "question"),
    ("Wo schlafen Eulen?", "question"),
    ("todo: water the plants", "todo"),
    ("[ ] water the plants", "todo"),
    ("Buy milk", "todo"),
    ("Milch kaufen", "todo"),
    ("Mama morgen anrufen", "todo"),
    ("comprar leche", "todo"),
    ("Tengo que llamar a Ana", "todo"),
    ("Idea: a lamp that hums", "idea"),
    ("Idee: eine Lampe", "idea"),
    ("What if lamps could hum", "idea"),
    ("¿Y si las lámparas cantaran?", "idea"),
    ("The light was yellow today.", "thought"),
    ("", "thought"),
]


@pytest.mark.parametrize(("text", "kind"), GUESSED, ids=[text[:30] for text, _kind in GUESSED])
def test_what_a_text_is_can_be_guessed_in_three_languages(text, kind):
    assert guess_type(text) == kind


async def test_the_same_id_catches_nothing_twice(database, owner, alice):
    client_id, ids = uuid4(), set()
    for content in ("Owls", "Owls, sent again"):
        async with database.writing(alice.id) as session:
            ids.add((await capture(session, alice.id, CaptureFields(content, client_id=client_id))).id)
    assert len(ids) == 1
    assert await owner.fetchval("select content from captures") == "Owls"


async def test_two_that_come_at_once_with_one_id_are_one(database, owner, alice):
    client_id = uuid4()

    async def send():
        async with database.writing(alice.id) as session:
            return (await capture(session, alice.id, CaptureFields("Owls", client_id=client_id))).id

    assert len(set(await asyncio.gather(*(send() for _ in range(4))))) == 1
    assert await owner.fetchval("select count(*) from captures") == 1


async def test_an_id_of_another_person_is_nobody_else_s_business(database, owner, alice, bob):
    client_id = uuid4()
    for person in (alice, bob):
        async with database.writing(person.id) as session:
            await capture(session, person.id, CaptureFields("Owls", client_id=client_id))
    assert await owner.fetchval("select count(distinct user_id) from captures") == 2


async def test_a_message_is_caught_once_by_what_its_source_calls_it(database, owner, alice):
    for _time in range(2):
        async with database.writing(alice.id) as session:
            fields = CaptureFields("Dear all", title="Owls", source="mail", source_id="<1@example.org>")
            await capture(session, alice.id, fields)
    assert await owner.fetchval("select count(*) from captures") == 1


async def test_tags_are_topics(database, owner, alice):
    async with database.writing(alice.id) as session:
        await capture(session, alice.id, CaptureFields("Owls", tags=("#birds", "night")))
    rows = await owner.fetch(
        "select t.label from filings f join topics t on t.id = f.topic_id join captures c on c.id = f.record_id"
    )
    assert sorted(row[0] for row in rows) == ["birds", "night"]


async def test_a_chosen_type_stays_and_nothing_at_all_is_refused(database, alice):
    async with database.writing(alice.id) as session:
        caught = await capture(session, alice.id, CaptureFields("Where?", capture_type="idea"))
        assert (caught.capture_type, caught.is_type_chosen) == ("idea", True)
        link = await capture(session, alice.id, CaptureFields("", url="https://example.org"))
        assert (link.capture_type, link.url) == ("link", "https://example.org")
        with pytest.raises(Invalid):
            await capture(session, alice.id, CaptureFields(" \n"))


@pytest.mark.parametrize(
    "change",
    [
        "processed_at = now(), processed_as = 'note', discarded_at = now(), deleted_at = now()",
        "discarded_at = now()",
        "processed_at = now()",
        "snoozed_until = now(), processed_at = now(), processed_as = 'note'",
    ],
)
async def test_no_capture_can_be_in_two_states(database, owner, alice, change):
    async with database.writing(alice.id) as session:
        await capture(session, alice.id, CaptureFields("Owls"))
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute(f"alter table captures no force row level security; update captures set {change}")  # noqa: S608


async def test_what_comes_out_of_the_trash_waits_again(database, owner, alice):
    async with database.writing(alice.id) as session:
        made = await capture(session, alice.id, CaptureFields("Owls"))
    async with database.reading(alice.id) as connection:
        await connection.execute("update captures set discarded_at = now(), deleted_at = now()")
        await connection.execute("update captures set deleted_at = null where id = $1", made.id)
        assert await connection.fetchval("select discarded_at is null from captures")


async def test_what_became_of_it_is_linked_with_it(database, alice):
    from tests.conftest import write

    note = await write(database, alice, "Owls")
    async with database.writing(alice.id) as session:
        made = await capture(session, alice.id, CaptureFields("Owls"))
    links = "select source_id, target_id from entity_links where relation = 'filed_from'"
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "update captures set processed_at = now(), processed_as = 'note', processed_id = $1", note
        )
        assert [tuple(row) for row in await connection.fetch(links)] == [(note, made.id)]
        await connection.execute("update captures set processed_at = null, processed_as = null, processed_id = null")
        assert await connection.fetch(links) == []
