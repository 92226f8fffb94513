"""A house in which one kind of insight looks at what was planted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.core.sleeping import prepared_day
from app.insights.kinds import INSIGHTS
from app.insights.noticing import asleep
from app.insights.reading import Shown, read_now
from app.kinds import KINDS
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.sleep.running import SleepRunner
from tests.conftest import work_through, write
from tests.privacy.conftest import choose, sender, server  # noqa: F401 (fixtures)
from tests.sleep.conftest import sleep_through

NOW = datetime.now(UTC)
TODAY = NOW.date()


@pytest.fixture
def notice(worker_database, database, reactor, owner, alice):
    """A night of that one kind, at any hour, and what Today would show of it."""

    async def look(kind: str, *, again: bool = False, today=TODAY) -> list[Shown]:
        await work_through(reactor)
        await owner.execute("update users set sleep_from = '00:00', sleep_until = '00:00'")
        # Whoever signed in for the test did so at any hour of the day, and is not here at that noon.
        await owner.execute("update sessions set last_seen_at = now() - interval '2 days'")
        if again:
            await owner.execute("delete from sleep_runs")
        # At noon, so that the day that is prepared is this one.
        noon = NOW.replace(hour=12)
        assert prepared_day(noon) == TODAY
        # Whoever looked at a page about noon is not here in this night either.
        await owner.execute("update sessions set last_seen_at = $1", noon - timedelta(hours=1))
        models = Models(make_embedder("fake"))
        await sleep_through(SleepRunner(worker_database, [asleep(INSIGHTS[kind])], models, "tests", lambda: noon))
        return await see(kind, today)

    async def see(kind: str, today=TODAY) -> list[Shown]:
        async with database.reading(alice.id) as connection:
            return [one for one in await read_now(connection, KINDS, today) if one.insight.kind == kind]

    look.again = see
    return look


@pytest.fixture
def put(database, alice):
    """A note as of so many days ago."""

    async def put_note(title: str, content: str = "", days: float = 0, person=alice, **columns: object) -> UUID:
        at = NOW - timedelta(days=days)
        columns = {"created_at": at, "updated_at": at, **columns}
        return await write(database, person, title, content, **columns)

    return put_note


@pytest.fixture
def meet(database, alice):
    """A person, met so many days ago each."""

    async def meet_person(name: str, *days: int, person=alice, wished: int | None = None) -> UUID:
        async with database.reading(person.id) as connection:
            made = await connection.fetchval(
                "insert into contacts (user_id, full_name, wished_days, created_at) values ($1, $2, $3, $4) "
                "returning id", person.id, name, wished, NOW - timedelta(days=400),
            )  # fmt: skip
            for ago in days:
                await connection.execute(
                    "insert into interactions (user_id, occurred_at, participant_ids) values ($1, $2, $3)",
                    person.id, NOW - timedelta(days=ago), [made],
                )  # fmt: skip
            return UUID(str(made))

    return meet_person


def titles(shown: list[Shown]) -> list[str]:
    return [one.told.title for one in shown]


def sources(shown: list[Shown]) -> set[str]:
    return {evidence.title for one in shown for evidence in one.insight.evidence}
