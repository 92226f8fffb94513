"""What a person makes of clusters, in any order, with nights in between, and taken back."""

from __future__ import annotations

import random
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.clusters import deeds, service
from app.core.errors import Conflict, Invalid, NotFound
from tests.clusters.conftest import cluster_of

STATE = """
select c.id, c.label, c.is_locked, c.is_shaped, c.dissolved_at is null as lives, c.merged_into,
       (select jsonb_agg(jsonb_build_array(m.record_id, m.confidence, m.pinned_at, m.removed_at) order by m.record_id)
          from cluster_members m where m.cluster_id = c.id) as members
  from clusters c order by c.id"""


@pytest.fixture
async def found(plant, night, belongs):
    """Clusters of four topics, by topic."""
    planted = await plant(8)
    await night()
    belonging = await belongs()
    return {topic: cluster_of(belonging, records) for topic, records in planted.items()}


async def test_each_deed_can_be_taken_back_as_long_as_nothing_was_done_since(found, database, owner, alice):
    one, other = found["garden"], found["sailing"]
    member = await owner.fetchval("select record_id from cluster_members where cluster_id = $1 limit 1", one)

    async def split(connection) -> UUID:
        return (await service.split(connection, one))[0]

    verbs = [
        lambda c: service.rename(c, one, "Beds  and\tsoil"),
        lambda c: service.set_lock(c, one, is_locked=True),
        lambda c: service.pin(c, one, member, is_pinned=True),
        lambda c: service.remove(c, one, member),
        lambda c: service.merge(c, one, other),
        split,
    ]
    for verb in verbs:
        before = await owner.fetch(STATE)
        async with database.reading(alice.id) as connection:
            deed = await verb(connection)
        assert await owner.fetch(STATE) != before
        async with database.reading(alice.id) as connection:
            assert (await deeds.find_latest(connection, one))["id"] == deed
            assert await deeds.take_back(connection, deed) == one
        after = [row for row in await owner.fetch(STATE) if row["lives"]]
        assert after == [row for row in before if row["lives"]]
        async with database.reading(alice.id) as connection:
            with pytest.raises(Conflict):
                await deeds.take_back(connection, deed)


async def test_an_earlier_deed_waits_for_the_later_one(found, database, alice):
    one = found["garden"]
    async with database.reading(alice.id) as connection:
        first = await service.rename(connection, one, "First")
        second = await service.rename(connection, one, "Second")
        with pytest.raises(Conflict):
            await deeds.take_back(connection, first)
        await deeds.take_back(connection, second)
        assert await connection.fetchval("select label from clusters where id = $1", one) == "First"
        assert await service.rename(connection, one, "First") is None


async def test_what_cannot_be_done_is_said_and_leaves_all_as_it_was(found, database, owner, alice, bob):
    one, other = found["garden"], found["sailing"]
    stranger = await owner.fetchval("select record_id from cluster_members where cluster_id = $1 limit 1", other)
    before = await owner.fetch(STATE)
    async with database.reading(alice.id) as connection:
        with pytest.raises(Invalid):
            await service.merge(connection, one, one)
        with pytest.raises(Invalid):
            await service.rename(connection, one, "x" * 121)
        with pytest.raises(NotFound):
            await service.pin(connection, one, stranger, is_pinned=True)
        with pytest.raises(NotFound):
            await service.remove(connection, one, stranger)
    async with database.reading(bob.id) as connection:
        for verb in (
            service.rename(connection, one, "mine"), service.set_lock(connection, one, is_locked=True),
            service.merge(connection, one, other), service.split(connection, one),
            service.remove(connection, other, stranger),
        ):  # fmt: skip
            with pytest.raises(NotFound):
                await verb
    assert await owner.fetch(STATE) == before


async def test_of_two_members_nothing_is_split_off(database, owner, alice):
    async with database.reading(alice.id) as connection:
        small = await connection.fetchval("insert into clusters (user_id) values ($1) returning id", alice.id)
        with pytest.raises(Conflict):
            await service.split(connection, small)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["rename", "lock", "merge", "split", "pin", "remove", "back", "night", "write", "trash"]),
        st.integers(0, 2**16),
    ),
    min_size=3, max_size=9,
)  # fmt: skip


async def test_no_order_of_deeds_and_nights_puts_a_record_in_two_clusters(plant, night, owner, database, alice, bob):
    """Hypothesis draws the orders; the house goes on from one to the next, which makes them longer."""
    await plant(7)
    await plant(7, seed=3, person=bob)
    await night()
    drawn: list[list[tuple[str, int]]] = []

    @settings(max_examples=6, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(STEPS)
    def draw(steps: list[tuple[str, int]]) -> None:
        drawn.append(steps)

    draw()
    for steps in drawn:
        for verb, number in steps:
            kept = await _kept(owner, alice)
            await _do(verb, number, plant, night, owner, database, alice)
            await _check(owner, alice)
            if verb == "night":
                assert await _kept(owner, alice) == kept, "a night changed what a person said"


async def _do(verb, number, plant, night, owner, database, alice) -> None:
    chance = random.Random(number)
    if verb == "night":
        await night()
    elif verb == "write":
        await plant(chance.randint(1, 3), seed=number + 10)
    elif verb == "trash":
        async with database.reading(alice.id) as connection:
            await connection.execute(
                "update notes set deleted_at = now() where id = (select id from notes where deleted_at is null "
                "order by md5(id::text || $1) limit 1)", str(number),
            )  # fmt: skip
    else:
        async with database.reading(alice.id) as connection:
            await _deed(verb, chance, connection)


async def _deed(verb: str, chance: random.Random, connection: asyncpg.Connection) -> None:
    clusters = [
        row[0] for row in await connection.fetch("select id from clusters where dissolved_at is null order by id")
    ]
    if not clusters:
        return
    one = chance.choice(clusters)
    members = [
        row[0]
        for row in await connection.fetch(
            "select record_id from cluster_members where cluster_id = $1 and removed_at is null order by 1", one
        )
    ]
    try:
        if verb == "rename":
            await service.rename(connection, one, chance.choice(["", "One", "Other"]))
        elif verb == "lock":
            await service.set_lock(connection, one, is_locked=chance.random() < 0.5)
        elif verb == "merge" and len(clusters) > 2:
            await service.merge(connection, one, chance.choice([other for other in clusters if other != one]))
        elif verb == "split":
            await service.split(connection, one)
        elif verb == "pin" and members:
            await service.pin(connection, one, chance.choice(members), is_pinned=chance.random() < 0.7)
        elif verb == "remove" and members:
            await service.remove(connection, one, chance.choice(members))
        elif verb == "back" and (latest := await deeds.find_latest(connection, one)):
            await deeds.take_back(connection, latest["id"])
    except Conflict:
        return


KEPT = """
select c.id, c.label, c.is_locked, c.is_shaped, c.merged_into,
       (select array_agg(m.record_id order by m.record_id) from cluster_members m
         where m.cluster_id = c.id and m.pinned_at is not null) as pinned,
       (select array_agg(m.record_id order by m.record_id) from cluster_members m
         where m.cluster_id = c.id and m.removed_at is not null) as removed,
       case when c.is_locked then (select array_agg(m.record_id order by m.record_id) from cluster_members m
         where m.cluster_id = c.id and m.removed_at is null) end as members
  from clusters c
 where c.user_id = $1 and (c.label <> '' or c.is_locked or c.is_shaped or exists (
       select from cluster_members m where m.cluster_id = c.id and m.pinned_at is not null)) and c.dissolved_at is null
 order by c.id"""


async def _kept(owner: asyncpg.Connection, alice) -> list[asyncpg.Record]:
    """What a person said, which no night may touch."""
    return await owner.fetch(KEPT, alice.id)


async def _check(owner: asyncpg.Connection, alice) -> None:
    twice = await owner.fetchval(
        "select count(*) from (select record_id from cluster_members where removed_at is null "
        "group by record_id having count(*) > 1) t"
    )
    assert twice == 0
    foreign = await owner.fetchval(
        "select count(*) from cluster_members m join clusters c on c.id = m.cluster_id "
        "join records r on r.id = m.record_id where c.user_id <> r.user_id or m.user_id <> c.user_id"
    )
    assert foreign == 0
    ghosts = await owner.fetchval(
        "select count(*) from cluster_members m join clusters c on c.id = m.cluster_id "
        "where c.dissolved_at is not null and m.removed_at is null and c.user_id = $1", alice.id,
    )  # fmt: skip
    assert ghosts == 0, "members of a cluster that is no more"
