"""Whatever is done in whatever order: nothing twice, nothing lost, nothing in two states."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from app.core.database import Database
from app.core.errors import Conflict, Invalid, NotFound
from app.history.undoing import undo_action
from app.inbox import filing
from app.inbox.undoing import last_deed
from app.kinds import KINDS
from app.targets import TARGETS
from tests.conftest import Person, make_person, write
from tests.inbox.conftest import catch_for, file_as

some = st.integers(0, 3)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["capture", "retry", "discard", "snooze", "restore"]), some),
        st.tuples(st.just("file"), some, st.sampled_from(sorted(TARGETS)), st.booleans()),
        st.tuples(st.just("join"), some),
        st.tuples(st.just("undo"), st.integers(0, 20)),
        st.tuples(st.just("undo last"),),
    ),
    max_size=14,
)  # fmt: skip
TEXTS = ("Owl one https://example.org/a", "Owl two https://example.org/a?utm_source=x", "Owl three", "Owl four @Ana")
ORPHANS = """
select count(*) from captures c left join records r on r.id = c.processed_id
 where c.user_id = $1 and c.processed_at is not null and (r.id is null or r.deleted_at is not null)"""
# Of each filed capture exactly one link, of any other none.
LINKS = """
select count(*) from captures c where c.user_id = $1 and (c.processed_at is not null)::int <> (
       select count(*) from entity_links l where l.target_id = c.id and l.relation = 'filed_from')"""
MADE_TWICE = """
select count(*) from (select content || title from notes where user_id = $1 and deleted_at is null
        and note_kind = 'note' and title <> 'Nest' group by 1 having count(*) > 1) twice"""
LOG_LINES = (
    "select coalesce(sum(cardinality(string_to_array(content, '- [ ] ')) - 1), 0) from notes where user_id = $1 "
)
JOINED = "select cardinality(string_to_array(content, 'Owl')) - 1 from notes where id = $1"


class Inbox:
    def __init__(self, database: Database, owner: asyncpg.Connection, person: Person, nest: UUID) -> None:
        self.database, self.owner, self.person, self.nest = database, owner, person, nest
        self.clients = [uuid4() for _ in TEXTS]
        self.actions: list[UUID] = []
        self.is_straight = True

    async def capture(self, which: int) -> UUID:
        return await catch_for(self.database, self.person, TEXTS[which], client_id=self.clients[which])

    async def do(self, deed: str, *given) -> None:  # type: ignore[no-untyped-def]
        if deed == "undo":
            if self.actions:
                self.is_straight = False
                await undo_action(self.database, self.person.id, self.actions[given[0] % len(self.actions)], KINDS)
            return
        if deed == "undo last":
            async with self.database.reading(self.person.id) as connection:
                action = await last_deed(connection, self.person.id)
            if action:
                await undo_action(self.database, self.person.id, action, KINDS)
            return
        one = await self.capture(given[0])
        if deed == "file":
            times = 2 if given[2] else 1
            done = await asyncio.gather(
                *(file_as(self.database, self.person, given[1], [one]) for _ in range(times)), return_exceptions=True
            )
            assert sum(getattr(result[1], "count", 0) for result in done if isinstance(result, tuple)) <= 1
            self.actions += [result[0] for result in done if isinstance(result, tuple) and result[1].count]
            return
        await self._move(deed, one)

    async def _move(self, deed: str, one: UUID) -> None:
        action = uuid4()
        async with self.database.reading(self.person.id, action_id=action) as connection:
            if deed == "join":
                moved = await filing.join_items(connection, TARGETS, [one], self.nest)
            elif deed == "discard":
                moved = await filing.discard_items(connection, [one])
            elif deed == "snooze":
                moved = await filing.snooze_items(connection, [one], datetime.now(UTC) + timedelta(days=1))
            elif deed == "restore":
                await connection.execute("update captures set deleted_at = null where id = $1", one)
                return
            else:
                return
        self.actions += [action] if moved.count else []

    async def check(self) -> None:
        person = self.person.id
        many, clients = await self.owner.fetchrow(
            "select count(*), count(distinct client_id) from captures where user_id = $1", person
        )
        assert many == clients
        for statement in (ORPHANS, LINKS, MADE_TWICE):
            assert await self.owner.fetchval(statement, person) == 0, statement
        if self.is_straight:
            filed = "select count(*) from captures where user_id = $1 and processed_id = $2"
            assert await self.owner.fetchval(JOINED, self.nest) == await self.owner.fetchval(filed, person, self.nest)
            log = await self.owner.fetchval(
                "select count(*) from captures c join notes n on n.id = c.processed_id and n.note_kind = 'log' "
                "where c.user_id = $1", person,
            )  # fmt: skip
            lines = LOG_LINES + "and note_kind = 'log' and deleted_at is null"
            assert await self.owner.fetchval(lines, person) == log


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True
)
@given(deeds=DEEDS)
def test_no_sequence_leaves_a_duplicate_an_orphan_or_two_states(deeds, settings):
    asyncio.run(live(deeds, settings))


async def live(deeds, settings) -> None:  # type: ignore[no-untyped-def]
    database = Database(settings.app_database_url, connections=4)
    owner = await asyncpg.connect(settings.database_url)
    try:
        person = await make_person(owner, f"P{uuid4().hex}")
        inbox = Inbox(database, owner, person, await write(database, person, "Nest", "Straw.\n"))
        for deed in deeds:
            try:
                await inbox.do(*deed)
            except (Conflict, Invalid, NotFound):
                inbox.is_straight = inbox.is_straight and deed[0] != "undo last"
            await inbox.check()
    finally:
        await owner.close()
        await database.close()
