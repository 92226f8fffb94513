"""A house with planted topics, and nights that look for clusters alone."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

import app.sleep.running
from app.clusters.nightly import CLUSTERS
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.sleep.running import SleepRunner
from tests.clusters.planting import plant_texts
from tests.conftest import work_through, write
from tests.privacy.conftest import choose, sender, server  # noqa: F401 (fixtures)
from tests.sleep.conftest import sleep_through

NOON = datetime.now(UTC).replace(hour=12)
MEMBERS = """
select m.record_id, m.cluster_id from cluster_members m join clusters c on c.id = m.cluster_id
 where m.removed_at is null and c.dissolved_at is null"""


@pytest.fixture(autouse=True)
def restless(monkeypatch):
    monkeypatch.setattr(app.sleep.running, "LOOK_SECONDS", 0.0)


@pytest.fixture
def sleeper(worker_database, owner):
    async def make(name: str = "tests") -> SleepRunner:
        await owner.execute("update users set sleep_from = '00:00', sleep_until = '00:00'")
        return SleepRunner(worker_database, [CLUSTERS], Models(make_embedder("fake")), name, lambda: NOON)

    return make


@pytest.fixture
def night(sleeper, reactor):
    """A night in which everything is read first; how many stretches there were."""

    async def go() -> int:
        await work_through(reactor)
        return await sleep_through(await sleeper())

    return go


@pytest.fixture
def plant(database, alice):
    """Notes of the topics; their ids by topic."""

    async def put(each: int = 10, seed: int = 0, person=alice, **options) -> dict[str, list[UUID]]:
        made: dict[str, list[UUID]] = {}
        for topic, title, text in plant_texts(each, seed, **options):
            made.setdefault(topic, []).append(await write(database, person, title, text))
        return made

    return put


@pytest.fixture
def belongs(owner):
    """The cluster of each record that is in one."""

    async def read() -> dict[UUID, UUID]:
        return {row["record_id"]: row["cluster_id"] for row in await owner.fetch(MEMBERS)}

    return read


def cluster_of(belonging: dict[UUID, UUID], records: list[UUID]) -> UUID:
    """The one that most of them are in."""
    found = [belonging[one] for one in records if one in belonging]
    assert found
    return max(set(found), key=found.count)
