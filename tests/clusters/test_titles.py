"""What a language model calls clusters: short, from their own records, and for no longer than these stand there."""

from __future__ import annotations

import json

import pytest

from app.clusters import service
from app.clusters.pages import cluster_name
from app.clusters.queries import list_clusters
from app.clusters.titling import MOST_A_NIGHT, TITLES
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.sleep.running import SleepRunner
from tests.clusters.conftest import NOON
from tests.privacy.conftest import sections
from tests.sleep.conftest import sleep_through

ASK = """
insert into sleep_runs (user_id, kind, state, is_asked, night, day)
select id, 'titles', 'waiting', true, $1, $1 from users where email like 'alice@%'"""
RUN = "select state, tokens, output from sleep_runs where kind = 'titles' order by began_at desc limit 1"


@pytest.fixture
async def found(plant, night):
    """Clusters of the planted topics, each called by its words."""
    planted = await plant(8)
    await night()
    return planted


@pytest.fixture
def title(worker_database, sender, owner):
    """A night, asked for, in which clusters get their titles; how many stretches there were."""

    async def go() -> int:
        await owner.execute(ASK, NOON.date())
        models = Models(make_embedder("fake"))
        return await sleep_through(SleepRunner(worker_database, [TITLES], models, "tests", lambda: NOON, sender.ask))

    return go


@pytest.fixture
def names(database, alice):
    async def read() -> dict:
        async with database.reading(alice.id) as connection:
            return {row["id"]: cluster_name(row) for row, _size in await list_clusters(connection)}

    return read


def call(asked) -> str:
    """Two words that the first record says."""
    return json.dumps({"title": " ".join(sections(asked)["R1"].split()[:2])})


async def test_a_title_stands_in_the_place_of_the_words(found, title, names, choose, server, owner, alices):
    await choose()
    server.say, server.usage = call, {"prompt_tokens": 500, "completion_tokens": 8}
    before = await names()
    assert await title() > 0
    after = await names()
    assert set(after) == set(before)
    assert all(after[one] != before[one] for one in after)
    run = await owner.fetchrow(RUN)
    assert (run["state"], run["tokens"]) == ("done", 508 * len(after))
    for cluster, name in after.items():
        page = await alices.get(f"/clusters/{cluster}")
        assert f"<h1>{name}</h1>" in page.text
        assert f"it is called “{name}”" in page.text
        assert before[cluster].split(", ")[0] in page.text
    listed = (await alices.get("/clusters")).text
    assert all(f">{name}<" in listed for name in after.values())
    # What is called is not asked for again.
    asked = len(server.asked)
    await title()
    assert len(server.asked) == asked


@pytest.mark.parametrize(
    "said",
    [
        "not json",
        json.dumps({"title": ""}),
        json.dumps({"title": "<b>compost</b>"}),
        json.dumps({"title": "[compost](https://evil.example)"}),
        json.dumps({"title": "Zeppelins"}),
        json.dumps({"title": "Compost 4711"}),
        json.dumps({"title": "compost " * 20}),
        json.dumps({"name": "compost"}),
    ],
)
async def test_what_cannot_stand_above_a_cluster_is_dropped(said, found, title, names, choose, server, owner):
    await choose()
    server.say = lambda _asked: said
    before = await names()
    await title()
    assert await names() == before
    assert (await owner.fetchval(RUN)) == "done"
    # Nor is it asked for again while nothing changes.
    asked = len(server.asked)
    assert asked >= len(before)
    await title()
    assert len(server.asked) == asked


@pytest.mark.parametrize("deed", ["trash", "edit", "take out", "delete", "another language"])
async def test_a_title_goes_with_what_it_was_made_from(
    deed, found, title, names, choose, server, owner, database, alice
):  # fmt: skip
    await choose()
    server.say = call
    words = await names()
    await title()
    cluster, record = await owner.fetchrow("select cluster_id, record_id from title_sources limit 1")
    assert (await names())[cluster] != words[cluster]
    async with database.reading(alice.id) as connection:
        if deed == "trash":
            await connection.execute("update notes set deleted_at = now() where id = $1", record)
        elif deed == "edit":
            await connection.execute("update notes set content = content || ' more' where id = $1", record)
        elif deed == "take out":
            await service.remove(connection, cluster, record)
        elif deed == "another language":
            await connection.execute("update users set locale = 'de' where id = $1", alice.id)
        else:
            await connection.execute("delete from notes where id = $1", record)
    assert (await names())[cluster] == words[cluster]
    if deed == "delete":
        assert not await owner.fetchval("select count(*) from cluster_titles where cluster_id = $1", cluster)


async def test_a_name_that_a_person_gave_is_above_it_and_never_asked_for(
    found, title, names, choose, server, database, alice
):  # fmt: skip
    await choose()
    server.say = call
    first = next(iter(await names()))
    async with database.reading(alice.id) as connection:
        await service.rename(connection, first, "Mine")
    await title()
    after = await names()
    assert after[first] == "Mine"
    assert len(server.asked) == len(after) - 1 <= MOST_A_NIGHT


async def test_nothing_leaves_the_house_for_a_title_unless_it_may(found, title, names, choose, server):
    await choose(local=False, leave="nothing")
    server.say = call
    before = await names()
    await title()
    assert await names() == before
    assert not server.asked
