"""What was inferred asleep: by lift and never by count, said to be inferred, rejected for ever, ended when not true."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import asyncpg
import pytest

from app.naming import service
from tests.conftest import work_through, write
from tests.graph.nights import infer_links
from tests.graph.test_mentioning import add_contact, run

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
HTMX = {"HX-Request": "true", "HX-Target": "related"}


async def inferred(owner: asyncpg.Connection, relation: str = "appears_with") -> list[asyncpg.Record]:
    return await owner.fetch(
        "select * from entity_links where origin = 'inferred' and relation = $1 and valid_to is null "
        "and rejected_at is null order by id", relation,
    )  # fmt: skip


@pytest.fixture
async def met(database, reactor, alice):
    """Marta and Tom are named together in four of twelve notes, and Ida with everybody in all of them."""
    marta, tom, ida = [await add_contact(database, alice, name) for name in ("Marta Kovacs", "Tom Reuter", "Ida Lund")]
    for n in range(12):
        said = "Marta Kovacs and Tom Reuter" if n < 4 else f"nobody but number {n}"
        await write(database, alice, f"Day {n}", f"{said} at the lake with Ida Lund.")
    await work_through(reactor)
    return marta, tom, ida


async def test_what_appears_together_more_than_by_chance_is_linked_and_a_hub_is_not(
    met, worker_database, owner, alices
):
    marta, tom, ida = met
    await infer_links(worker_database, NOW)
    (link,) = await inferred(owner)
    assert {link["source_id"], link["target_id"]} == {marta, tom}
    assert json.loads(link["basis"]) == {"support": 4, "lift": 3.0}
    panel = (await alices.get(f"/records/{marta}/related")).text
    assert "Inferred: Appears together with" in panel
    assert "Both are named in 4 records, 3 times as often as by chance." in panel
    assert "Both are named" not in (await alices.get(f"/records/{ida}/related")).text


async def test_inferring_again_changes_nothing(met, worker_database, owner):
    every = "select * from entity_links order by id"
    await infer_links(worker_database, NOW)
    once = await owner.fetch(every)
    await infer_links(worker_database, NOW)
    assert await owner.fetch(every) == once


async def test_two_records_are_too_few(database, reactor, worker_database, owner, alice):
    for name in ("Marta Kovacs", "Tom Reuter"):
        await add_contact(database, alice, name)
    for n in range(12):
        await write(database, alice, f"Day {n}", "Marta Kovacs and Tom Reuter" if n < 2 else "rain")
    await work_through(reactor)
    await infer_links(worker_database, NOW)
    assert await inferred(owner) == []


async def test_one_that_is_rejected_never_returns_and_an_undo_brings_it_back(met, worker_database, owner, alices):
    await infer_links(worker_database, NOW)
    (link,) = await inferred(owner)
    await alices.post(f"/links/{link['id']}/reject", {"from": str(met[0])}, **HTMX)
    await infer_links(worker_database, NOW)
    assert await inferred(owner) == []
    action = await owner.fetchval("select action_id from change_log where record_id = $1", link["id"])
    assert (await alices.post(f"/history/{action}/undo")).status_code == 303
    await infer_links(worker_database, NOW)
    assert [one["id"] for one in await inferred(owner)] == [link["id"]]


async def test_a_rejection_holds_for_whoever_one_of_the_two_is_merged_into(
    database, reactor, worker_database, owner, alice, alices
):
    async def add(name: str):
        return await owner.fetchval(
            "insert into entities (user_id, name, normalised_name, entity_type) "
            "values ($1, $2, lower($2), 'person') returning id", alice.id, name,
        )  # fmt: skip

    entities = [await add(name) for name in ("Graham Ellwood", "Ida Lund", "Graham Quinn")]
    await add_contact(database, alice, "Tom Reuter")
    for n in range(12):
        said = "Graham Ellwood and Ida Lund" if n < 4 else "Tom Reuter"
        await write(database, alice, f"Day {n}", f"We met {said} by the lake.")
    await work_through(reactor)
    await infer_links(worker_database, NOW)
    (link,) = await inferred(owner)
    await alices.post(f"/links/{link['id']}/reject", {"from": str(entities[0])})
    async with database.reading(alice.id) as connection:
        await service.merge_entity(connection, entities[0], entities[2])
    await work_through(reactor)
    await infer_links(worker_database, NOW)
    assert await inferred(owner) == []
    async with database.reading(alice.id) as connection:
        await service.part_entity(connection, entities[0])
    await work_through(reactor)
    await infer_links(worker_database, NOW)
    assert await inferred(owner) == []


async def test_one_that_is_no_longer_true_is_ended_and_kept_and_an_accepted_one_stays(
    met, database, worker_database, owner, alices, alice, reactor
):
    await infer_links(worker_database, NOW)
    (link,) = await inferred(owner)
    await run(database, alice, "update notes set content = 'rain' where title in ('Day 0', 'Day 1')")
    await work_through(reactor)
    await infer_links(worker_database, NOW)
    assert await inferred(owner) == []
    assert await owner.fetchval("select valid_to from entity_links where id = $1", link["id"]) is not None
    await run(database, alice, "update notes set content = 'Marta Kovacs, Tom Reuter' where title = 'Day 0'")
    await work_through(reactor)
    await infer_links(worker_database, NOW)
    (back,) = await inferred(owner)
    assert (back["id"], json.loads(back["basis"])["support"]) == (link["id"], 3)
    await alices.post(f"/links/{link['id']}/accept", {"from": str(met[0])})
    await run(database, alice, "update notes set content = 'rain'")
    await work_through(reactor)
    await infer_links(worker_database, NOW)
    assert [one["id"] for one in await inferred(owner)] == [link["id"]]


async def test_whatever_else_links_the_two_takes_its_place(met, worker_database, owner, alices):
    marta, tom, _ = met
    await infer_links(worker_database, NOW)
    await alices.post(f"/records/{marta}/related", {"to": "Tom Reuter", "relation": "knows", "evidence": ""})
    await infer_links(worker_database, NOW)
    assert await inferred(owner) == []
    assert (
        await owner.fetchval("select count(*) from entity_links where relation = 'knows' and target_id = $1", tom) == 1
    )


TIDES = "The tide tables for the harbour say high water at nine, low water at three, and a swell from the west."


@pytest.fixture
async def alike(database, reactor, alice):
    note = await write(database, alice, "Harbour", TIDES)
    async with database.reading(alice.id) as connection:
        capture = await connection.fetchval(
            "insert into captures (user_id, title, content) values ($1, 'Tides', $2) returning id", alice.id, TIDES
        )
    other = await write(database, alice, "Bread", "Flour, salt, yeast; knead, rest for an hour, bake until brown.")
    await work_through(reactor)
    return note, capture, other


async def test_records_of_any_kind_that_mean_the_same_are_linked(alike, worker_database, owner, alices):
    note, capture, _ = alike
    await infer_links(worker_database, NOW)
    (link,) = await inferred(owner, "is_like")
    assert {link["source_id"], link["target_id"]} == {note, capture}
    assert link["confidence"] > 0.8
    panel = (await alices.get(f"/records/{note}/related")).text
    assert "Inferred: Is like" in panel
    assert "Their texts are near in meaning: " in panel
    assert await owner.fetchval("select count(*) from record_means where looked_at is null") == 0


async def test_only_what_was_written_since_is_looked_at_again(alike, database, worker_database, owner, alice, reactor):
    note, capture, other = alike
    await infer_links(worker_database, NOW)
    await run(database, alice, "update notes set content = 'Quite another thing: chess, openings, gambits' "
              "where id = $1", note)  # fmt: skip
    await work_through(reactor)
    later = NOW.replace(day=23)
    await infer_links(worker_database, later)
    looked = dict(await owner.fetch("select record_id, looked_at from record_means"))
    assert [record for record, at in looked.items() if at == later] == [note]
    assert await inferred(owner, "is_like") == []
    assert set(looked) == {note, capture, other}


async def test_what_is_thrown_away_is_like_nothing(alike, database, worker_database, owner, alice, reactor):
    _, capture, _ = alike
    await infer_links(worker_database, NOW)
    await run(database, alice, "update captures set deleted_at = now(), discarded_at = now() where id = $1", capture)
    await work_through(reactor)
    await infer_links(worker_database, NOW)
    assert await inferred(owner, "is_like") == []
    assert await owner.fetchval("select count(*) from record_means where record_id = $1", capture) == 0


async def test_what_was_inferred_is_told_nowhere_as_if_somebody_had_said_it(alike, met, worker_database, owner, alices):
    note, _, other = alike
    await infer_links(worker_database, NOW)
    await owner.execute(
        "update entity_links set source_id = target_id, target_id = source_id where origin = 'inferred' "
        "and source_id = $1", note,
    )  # fmt: skip
    assert "Tides" not in (await alices.get(f"/notes/{note}")).text
    found = (await alices.get("/search?q=is:unlinked")).text
    assert all(str(one) in found for one in (note, other))


async def test_bob_s_texts_say_nothing_of_alice_s(met, database, worker_database, owner, bob, reactor):
    await write(database, bob, "Harbour", TIDES)
    await work_through(reactor)
    await infer_links(worker_database, NOW)
    assert {one["user_id"] for one in await inferred(owner)} == {(await inferred(owner))[0]["user_id"]} != {bob.id}
