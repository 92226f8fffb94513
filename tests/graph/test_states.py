"""Whatever a person, the texts and the night do, in whatever order: what was rejected stays so, no link dangles or
leads to itself, no evidence is lost, and doing it all again changes nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.database import Database
from app.core.errors import HearthError
from app.graph import related
from app.history.undoing import undo_action
from app.kinds import KINDS
from app.naming import service
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.reactions import Reactor
from tests.conftest import make_person, work_through, write
from tests.graph.nights import infer_links

NAMES = ("Graham Ellwood", "Graham Ellwood Quinn", "Ida Lund")
STEPS = st.one_of(
    st.tuples(st.just("reject"), st.integers(0, 8), st.just(0)),
    st.tuples(st.just("accept"), st.integers(0, 8), st.just(0)),
    st.tuples(st.just("merge"), st.integers(0, 2), st.integers(0, 2)),
    st.tuples(st.just("split"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("text"), st.integers(0, 2), st.integers(0, 3)),
    st.tuples(st.just("undo"), st.integers(0, 3), st.just(0)),
    st.tuples(st.just("edit"), st.integers(0, 8), st.just(0)),
    st.tuples(st.just("discard"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("restore"), st.integers(0, 2), st.just(0)),
    st.tuples(st.just("read"), st.just(0), st.just(0)),
    st.tuples(st.just("infer"), st.just(0), st.just(0)),
)
CHECK = """
select count(*) filter (where l.target_id is null) as dangling,
       count(*) filter (where l.target_id = l.source_id) as self,
       count(*) filter (where l.evidence = '' and l.origin <> 'inferred') as unproven,
       count(*) filter (where l.basis is null and l.origin = 'inferred') as unfounded
  from entity_links l where l.user_id = $1 and l.origin in ('extracted', 'inferred', 'manual')"""
# By id: evidence of what was ended or rejected is kept, too.
PROVEN = "select l.id from entity_links l where l.user_id = $1 and (l.evidence <> '' or l.basis is not null)"
REFUSED = """
select least(stands_for(l.source_id), stands_for(l.target_id)),
       greatest(stands_for(l.source_id), stands_for(l.target_id))
  from entity_links l where l.user_id = $1 and l.rejected_at is not null"""
INFERRED = """
select l.source_id, l.target_id from entity_links l
 where l.user_id = $1 and l.origin = 'inferred' and l.rejected_at is null and l.valid_to is null
   and l.accepted_at is null"""
# Notes that hold the first and the last name together, and others that keep that from being chance.
OTHERS = """
insert into notes (user_id, title, content)
select $1, 'Other ' || n,
       case when n < 3 then 'Dinner with Graham Ellwood and Ida Lund.' else 'Dinner with Otto Brand.' end
  from generate_series(1, 8) n"""
NIGHT = datetime(2026, 11, 22, 3, tzinfo=UTC)
REJECTED = """
select l.source_id, l.target_name from entity_links l
 where l.user_id = $1 and l.origin = 'extracted' and l.rejected_at is not null and not l.is_ambiguous"""
LIVING = """
select l.source_id, l.target_name from entity_links l join records r on r.id = l.target_id and r.deleted_at is null
 where l.user_id = $1 and l.origin = 'extracted' and l.rejected_at is null and l.valid_to is null
   and not l.is_ambiguous"""

ALL = "select * from entity_links where user_id = $1 order by id"


class House:
    def __init__(self, database: Database, reactor: Reactor, person: Any) -> None:
        self.database, self.reactor, self.person = database, reactor, person
        self.actions: list[Any] = []
        self.notes: list[Any] = []
        self.entities: list[Any] = []

    async def settle_in(self) -> None:
        async with self.database.reading(self.person.id) as connection:
            self.entities = [
                await connection.fetchval(
                    "insert into entities (user_id, name, normalised_name, entity_type) "
                    "values ($1, $2, lower($2), 'person') returning id", self.person.id, name,
                )
                for name in NAMES
            ]  # fmt: skip
            await connection.execute(OTHERS, self.person.id)
        self.notes = [await write(self.database, self.person, f"Day {n}", self._text(n)) for n in range(3)]
        await work_through(self.reactor)

    @staticmethod
    def _text(which: int) -> str:
        said = [name for place, name in enumerate(NAMES) if which == 3 or place != which]
        return f"Today we met {' and '.join(said)} by the lake."

    async def take(self, step: str, first: int, second: int) -> None:
        action = uuid4()
        try:
            if step == "undo":
                if self.actions:
                    done = self.actions.pop(first % len(self.actions))
                    await undo_action(self.database, self.person.id, done, KINDS)
                return
            if step in ("read", "infer"):
                await work_through(self.reactor)
                if step == "infer":
                    await infer_links(self.reactor.database, NIGHT)
                return
            async with self.database.reading(self.person.id, action_id=action) as connection:
                await self._act(connection, step, first, second)
            self.actions.append(action)
        except HearthError as error:
            # What cannot be done any more is refused; what is checked after it must hold all the same.
            assert str(error) or type(error) is not HearthError, step

    async def _act(self, connection: Any, step: str, first: int, second: int) -> None:
        if step in ("accept", "reject", "edit"):
            await self._judge(connection, step, first)
        elif step == "merge":
            await service.merge_entity(connection, self.entities[first], self.entities[second])
        elif step in ("split", "discard", "restore"):
            verb = {"split": service.part_entity, "discard": service.discard_entity, "restore": service.restore_entity}
            await verb[step](connection, self.entities[first])
        else:
            await connection.execute(
                "update notes set content = $2 where id = $1", self.notes[first], self._text(second)
            )

    async def _judge(self, connection: Any, step: str, which: int) -> None:
        """The inferred first, which are few."""
        rows = await connection.fetch(
            "select id from entity_links where origin in ('extracted', 'inferred') order by origin <> 'inferred', id"
        )
        if rows and step == "edit":
            await related.edit_link(connection, rows[which % len(rows)]["id"], "knows", "From school")
        elif rows:
            verb = related.accept_link if step == "accept" else related.reject_link
            await verb(connection, rows[which % len(rows)]["id"])


def states(examples: int):
    return hypothesis_settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture],
        print_blob=True,
    )  # fmt: skip


@states(8)
@given(steps=st.lists(STEPS, min_size=3, max_size=8))
def test_nothing_rejected_returns_and_no_link_dangles_whatever_happens(steps, settings):
    asyncio.run(act_and_look(steps, settings))


@pytest.mark.slow
@pytest.mark.whole
@states(60)
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_nor_in_many_and_longer_lives(steps, settings):
    asyncio.run(act_and_look(steps, settings))


async def act_and_look(steps, settings) -> None:
    database, owner = Database(settings.app_database_url), await asyncpg.connect(settings.database_url)
    worker = Database(settings.worker_database_url)
    try:
        person = await make_person(owner, f"P{uuid4().hex}")
        house = House(database, Reactor(worker, Models(make_embedder("fake")), "tests"), person)
        await house.settle_in()
        for step in steps:
            before, proven = await pairs(owner, REJECTED, person), await pairs(owner, PROVEN, person)
            await house.take(*step)
            assert proven <= await pairs(owner, PROVEN, person), step
            if step[0] != "undo":  # which alone takes a rejection back
                now = await pairs(owner, REJECTED, person)
                assert before <= now, step
                assert not now & await pairs(owner, LIVING, person), step
        await work_through(house.reactor)
        await check(owner, database, house)
    finally:
        for one in (database, worker, owner):
            await one.close()


async def pairs(owner, statement, person) -> set[tuple]:
    return {tuple(row) for row in await owner.fetch(statement, person.id)}


async def check(owner, database, house) -> None:
    """No link without both ends and its sentence; and reading everything again changes nothing."""
    await infer_links(house.reactor.database, NIGHT)
    assert tuple(await owner.fetchrow(CHECK, house.person.id)) == (0, 0, 0, 0)
    assert not await pairs(owner, REFUSED, house.person) & await pairs(owner, INFERRED, house.person)
    settled = await owner.fetch(ALL, house.person.id)
    async with database.reading(house.person.id) as connection:
        await connection.execute("select queue_connect(array(select id from notes))")
    await work_through(house.reactor)
    await infer_links(house.reactor.database, NIGHT)
    assert await owner.fetch(ALL, house.person.id) == settled
