"""The worker's chore: whose graph changed gets its places, in one transaction, and nobody else's is touched."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.atlas import charting
from app.atlas.charting import chart_changed, chart_everybody, chart_user
from app.kinds import KINDS
from tests.conftest import work_through, write


async def places(owner, person) -> dict[str, tuple]:
    await owner.execute("set row_security = off")
    rows = await owner.fetch(
        "select r.title, p.number, p.x, p.y, p.community from atlas_places p join records r on r.id = p.record_id "
        "where p.user_id = $1", person.id,
    )  # fmt: skip
    return {row["title"]: tuple(row)[1:] for row in rows}


@pytest.fixture
async def beds(database, reactor, alice) -> None:
    for title, text in {"Roses": "[[Tulips]]", "Tulips": "[[Roses]] [[Lilies]]", "Lilies": "", "Alone": ""}.items():
        await write(database, alice, title, text)
    await work_through(reactor)


async def test_whose_links_changed_is_charted_once_and_only_they(database, worker_database, owner, alice, bob, beds):
    await write(database, bob, "Waiting", "[[Roses]]")  # its links have not been found yet
    assert await chart_changed(worker_database, KINDS) == 1
    assert set(await places(owner, alice)) == {"Roses", "Tulips", "Lilies", "Alone"}
    assert await places(owner, bob) == {}
    assert await chart_changed(worker_database, KINDS) == 0


async def test_after_a_rest_what_is_new_is_placed_and_what_is_there_stays(
    database, worker_database, reactor, owner, alice, beds
):
    await chart_changed(worker_database, KINDS)
    before = await places(owner, alice)
    await write(database, alice, "Oaks", "[[Alone]]")
    await work_through(reactor)
    assert await chart_changed(worker_database, KINDS) == 0  # it rests
    await owner.execute("update atlas_charts set charted_at = now() - interval '1 day'")
    assert await chart_changed(worker_database, KINDS) == 1
    after = await places(owner, alice)
    assert {title: after[title][:3] for title in before if title != "Alone"} == {
        title: before[title][:3] for title in before if title != "Alone"
    }
    assert set(after) - set(before) == {"Oaks"}
    assert after["Oaks"][0] not in {number for number, *_ in before.values()}


async def test_a_change_that_changes_no_link_computes_nothing(
    database, worker_database, owner, alice, beds, monkeypatch
):
    await chart_user(worker_database, alice.id, KINDS)
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = content || ' more' where title = 'Roses'")
    monkeypatch.setattr(charting, "compute_chart", None)
    assert await chart_user(worker_database, alice.id, KINDS) is False


async def test_what_is_thrown_away_loses_its_place(database, worker_database, owner, alice, beds):
    await chart_user(worker_database, alice.id, KINDS)
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set deleted_at = now() where title = 'Lilies'")
    await chart_everybody(worker_database, KINDS)
    assert "Lilies" not in await places(owner, alice)


async def test_who_is_stopped_half_way_has_written_nothing_and_the_next_one_does_it(
    worker_database, owner, alice, beds, monkeypatch
):
    real = charting.compute_chart
    ended: list[bool] = []

    def slow(graph, laid, stop):
        while not stop.is_set():
            time.sleep(0.01)
        ended.append(True)
        return real(graph, laid, stop)

    monkeypatch.setattr(charting, "compute_chart", slow)
    task = asyncio.create_task(chart_user(worker_database, alice.id, KINDS))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while not ended:
        await asyncio.sleep(0.01)
    assert await places(owner, alice) == {}
    monkeypatch.setattr(charting, "compute_chart", real)
    assert await chart_user(worker_database, alice.id, KINDS) is True
    assert len(await places(owner, alice)) == 4


async def test_contact_zero_has_no_place_since_it_stands_in_the_middle(worker_database, owner, alice, beds):
    await chart_user(worker_database, alice.id, KINDS)
    assert "Alice" not in await places(owner, alice)
