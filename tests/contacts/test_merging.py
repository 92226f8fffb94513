"""Two become one and two again: every field, link, interaction and membership is where it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.contacts.fields import ContactFields, Handle, ImportantDate, Labelled, Membership, Phone, Relation
from app.contacts.merging import merge_people, read_people
from app.contacts.service import add_contact
from app.core.errors import Invalid
from app.history.undoing import undo_action
from app.kinds import KINDS
from tests.conftest import work_through, write

# All that a merge may touch. What moves by every change is no part of what was there.
STATE = {
    "contacts": "select to_jsonb(c) - '{updated_at,version}'::text[] from contacts c where user_id = $1 order by id",
    "interactions": "select to_jsonb(c) - '{updated_at,version}'::text[] from interactions c "
    "where user_id = $1 order by id",
    "notes": "select to_jsonb(c) - '{updated_at,version}'::text[] from notes c where user_id = $1 order by id",
    "reminders": "select to_jsonb(c) - '{updated_at,version}'::text[] from reminders c where user_id = $1 order by id",
    "links": "select jsonb_build_array(source_id, target_id, relation, origin, target_name, rejected_at, merged_from) "
    "from entity_links where user_id = $1 order by 1",
    "names": "select jsonb_build_array(record_id, folded, origin, merged_from) from names "
    "where user_id = $1 order by 1",
    "points": "select to_jsonb(c) from contact_points c where user_id = $1 order by contact_id, place",
    "participants": "select to_jsonb(c) from participants c where user_id = $1 order by interaction_id, contact_id",
    "rhythm": "select jsonb_build_array(contact_id, last_contact_at, next_action_at) from contact_rhythm "
    "where user_id = $1 order by 1",
    "topics": "select jsonb_build_array(record_id, topic_id, origin) from record_topics where user_id = $1 order by 1",
    "files": "select jsonb_build_array(id, record_id) from attachments where user_id = $1 order by 1",
}


async def state(owner, user) -> dict:
    return {name: [json.loads(row[0]) for row in await owner.fetch(sql, user.id)] for name, sql in STATE.items()}


async def add(database, user, name: str, **fields) -> UUID:
    async with database.writing(user.id) as session:
        return (await add_contact(session, user.id, ContactFields(full_name=name, **fields))).id


async def merge(database, user, *ids: UUID, keep: UUID | None = None) -> UUID:
    action_id = uuid4()
    async with database.writing(user.id, action_id=action_id) as session:
        await merge_people(session, await read_people(session, ids, keep), KINDS.values())
    return action_id


async def log(database, user, *people: UUID, at: int = 1) -> UUID:
    async with database.reading(user.id) as connection:
        return await connection.fetchval(
            "insert into interactions (user_id, summary, occurred_at, participant_ids, author_contact_id) "
            "values ($1, 'tea', $2, $3, $4) returning id",
            user.id, datetime(2026, at, 1, tzinfo=UTC), list(people), people[0],
        )  # fmt: skip


@pytest.fixture
async def crowd(database, alice, reactor, owner):
    """Three people who are tied to all that a person can be tied to."""
    ids: list[UUID] = []
    for number, name in enumerate(["Ana García", "A. Garcia", "Bo Lind"]):
        ids.append(await add(
            database, alice, name, emails=(Labelled("", f"{number}@example.org"), Labelled("", "both@example.org")),
            phones=(Phone("", "0171 23"),), dates=(ImportantDate("birthday", "--03-22"),), company="Mill" * number,
            handles=(Handle("x", f"h{number}"),), notes=f"note {number}", is_favourite=number == 1,
            relations=tuple(Relation(str(other), "colleague") for other in ids),
            groups=(Membership(str(uuid4()), "2026-01-01T00:00:00+00:00"),),
        ))  # fmt: skip
    await log(database, alice, ids[0], ids[1])
    await log(database, alice, ids[1], ids[2], at=2)
    await write(database, alice, "Trip", "With @[[A. Garcia]] and [[Bo Lind]].")
    await write(database, alice, "For", "x", author_contact_id=ids[1], target_contact_ids=[ids[2], ids[1]])
    async with database.reading(alice.id) as connection:
        topic = await connection.fetchval(
            "insert into topics (user_id, label, slug) values ($1, 'Friends', 'friends') returning id", alice.id
        )
        await connection.execute(
            "insert into filings (user_id, record_id, topic_id) values ($1, $2, $3)", alice.id, ids[1], topic
        )
        await connection.execute(
            "insert into reminders (user_id, text, record_id, due_at) values ($1, 'call', $2, now())", alice.id, ids[2]
        )
        await connection.execute(
            "insert into names (user_id, record_id, folded, name, origin) values ($1, $2, 'anita', 'Anita', 'alias')",
            alice.id, ids[1],
        )  # fmt: skip
    await work_through(reactor)
    return ids


async def test_all_that_was_theirs_is_the_one_s_that_stays(database, alice, owner, crowd, reactor):
    ana, other, bo = crowd
    await merge(database, alice, ana, other)
    row = await owner.fetchrow("select * from contacts where id = $1", ana)
    assert [e["value"] for e in json.loads(row["emails"])] == ["0@example.org", "both@example.org", "1@example.org"]
    assert len(json.loads(row["phones"])) == len(json.loads(row["dates"])) == 1
    assert (row["company"], row["notes"], row["is_favourite"]) == ("Mill", "note 0\n\nnote 1", True)
    assert len(json.loads(row["groups"])) == 2
    assert await owner.fetchval("select merged_into from contacts where id = $1", other) == ana
    assert await owner.fetch("select 1 from interactions where $1 = any(participant_ids)", other) == []
    assert await owner.fetchval("select count(*) from participants where contact_id = $1", ana) == 2
    assert await owner.fetchval("select last_contact_at from contact_rhythm where contact_id = $1", ana) == datetime(
        2026, 2, 1, tzinfo=UTC
    )
    assert json.loads(await owner.fetchval("select relations from contacts where id = $1", bo)) == [
        {"contact_id": str(ana), "relation": "colleague"}
    ]
    linked = await owner.fetch("select distinct relation, origin from entity_links where target_id = $1", ana)
    assert {
        ("mentions", "written"),
        ("author", "structural"),
        ("target", "structural"),
        ("participant", "structural"),
    } <= {tuple(row) for row in linked}
    await write(database, alice, "Later", "@Anita called")
    await work_through(reactor)
    assert await owner.fetchval("select count(*) from entity_links l join notes n on n.id = l.source_id "
                                "where n.title = 'Later' and l.target_id = $1", ana) == 1  # fmt: skip


async def test_one_undo_restores_all_of_it(database, alice, owner, crowd):
    before = await state(owner, alice)
    action = await merge(database, alice, *crowd)
    assert await state(owner, alice) != before
    await undo_action(database, alice.id, action, KINDS)
    assert (await state(owner, alice)) | {"topics": []} == before | {"topics": []}
    assert await state(owner, alice) == before


async def test_contact_zero_swallows_and_is_never_swallowed(database, alice, owner, crowd):
    own = await owner.fetchval("select id from contacts where user_id = $1 and is_self", alice.id)
    with pytest.raises(Invalid):
        await merge(database, alice, own, crowd[0], keep=crowd[0])
    await merge(database, alice, crowd[0], own)
    assert await owner.fetchval("select merged_into from contacts where id = $1", crowd[0]) == own
    assert await owner.fetchval("select deleted_at from contacts where id = $1", own) is None
    async with database.reading(alice.id) as connection:
        with pytest.raises(Exception, match="check constraint"):
            await connection.execute(
                "update contacts set merged_into = $2, deleted_at = now() where id = $1", own, crowd[1]
            )


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(rounds=st.lists(st.permutations([0, 1, 2]).flatmap(lambda order: st.integers(2, 3).map(lambda n: order[:n])),
                       min_size=1, max_size=2))  # fmt: skip
async def test_any_set_merged_in_any_order_comes_apart_as_it_was(database, alice, owner, crowd, rounds):
    before, states, actions = await state(owner, alice), [], []
    for chosen in rounds:
        there = await owner.fetch("select id from contacts where deleted_at is null and id = any($1)", crowd)
        living = [crowd[place] for place in chosen if crowd[place] in {row["id"] for row in there}]
        if len(living) > 1:
            states.append(await state(owner, alice))
            actions.append(await merge(database, alice, *living))
    for was, action in zip(reversed(states), reversed(actions), strict=True):
        await undo_action(database, alice.id, action, KINDS)
        assert await state(owner, alice) == was
    assert await state(owner, alice) == before
