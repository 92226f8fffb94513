"""Nights that find clusters: what they leave alone, what follows, and that none is ever written by half."""

from __future__ import annotations

import asyncio
import random

import pytest

import app.sleep.leasing
import app.sleep.running
from app.clusters import service
from app.clusters.naming import choose_words, count_words
from tests.clusters.conftest import cluster_of
from tests.conftest import work_through, write
from tests.sleep.conftest import runs, sleep_through

RELEVANT = "select cluster_id, record_id, confidence, pinned_at, removed_at from cluster_members order by 1, 2"


async def test_planted_topics_are_clusters_named_by_their_own_words(plant, night, belongs, owner):
    planted = await plant(12)
    assert await night() == 1
    belonging = await belongs()
    clusters = {topic: cluster_of(belonging, records) for topic, records in planted.items()}
    assert len(set(clusters.values())) == len(planted)
    right = sum(belonging.get(one) == clusters[topic] for topic, records in planted.items() for one in records)
    assert right >= 0.9 * 48
    for topic, word in (("garden", "compost"), ("sailing", "harbour"), ("baking", "sourdough")):
        words = await owner.fetchval("select words from clusters where id = $1", clusters[topic])
        told = {word.lower() for word in words}
        assert told and not told & {"today", "again", "about", "later"}
        texts = await owner.fetch("select content from notes where id = any($1)", planted[topic])
        assert all(any(one in row[0].lower() for row in texts) for one in told), word


async def test_a_second_night_with_nothing_new_does_nothing(plant, night, owner):
    await plant(6)
    await night()
    before = await owner.fetch(RELEVANT), await owner.fetch("select * from clusters order by id")
    assert await night() == 0
    # Nor does one that is asked for.
    await owner.execute(
        "insert into sleep_runs (user_id, kind, state, is_asked, night, day) "
        "select user_id, 'clusters', 'waiting', true, current_date, current_date from sleep_runs limit 1"
    )
    assert await night() == 1
    assert (await owner.fetch(RELEVANT), await owner.fetch("select * from clusters order by id")) == before


async def test_a_twentieth_more_moves_nobody(plant, night, belongs):
    planted = await plant(20)
    await night()
    before = await belongs()
    more = await plant(1, seed=1)
    await night()
    after = await belongs()
    assert all(after[one] == cluster for one, cluster in before.items())
    for topic, (fresh,) in more.items():
        assert after.get(fresh) == cluster_of(before, planted[topic])


async def test_many_more_are_found_anew_and_the_old_ones_keep_their_ids(plant, night, belongs, owner):
    planted = await plant(12)
    await night()
    before, found_at = await belongs(), await owner.fetchval("select found_at from cluster_findings")
    fresh = await plant(8, seed=1)
    await night()
    after = await belongs()
    assert await owner.fetchval("select found_at from cluster_findings") > found_at
    moved = sum(one in after and after[one] != cluster for one, cluster in before.items())
    assert moved <= 0.05 * len(before)
    for topic, records in fresh.items():
        assert cluster_of(after, records) == cluster_of(before, planted[topic])


async def test_a_topic_that_is_new_is_a_new_cluster_and_one_that_is_gone_is_dissolved(
    plant, night, belongs, owner, database, alice
):
    planted = await plant(12, topics=("garden", "sailing"))
    await night()
    before = await belongs()
    baking = (await plant(12, topics=("baking",)))["baking"]
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set deleted_at = now() where id = any($1)", planted["sailing"])
    await night()
    after = await belongs()
    assert cluster_of(after, baking) not in set(before.values())
    assert cluster_of(after, planted["garden"]) == cluster_of(before, planted["garden"])
    gone = cluster_of(before, planted["sailing"])
    assert await owner.fetchval("select dissolved_at is not null from clusters where id = $1", gone)


async def test_a_locked_cluster_stays_as_it_is(plant, night, belongs, database, alice):
    planted = await plant(12)
    await night()
    before = await belongs()
    locked = cluster_of(before, planted["garden"])
    async with database.reading(alice.id) as connection:
        await service.set_lock(connection, locked, is_locked=True)
    await plant(8, seed=1)
    await night()
    after = await belongs()
    assert {one for one, cluster in before.items() if cluster == locked} == {
        one for one, cluster in after.items() if cluster == locked
    }


async def test_whom_a_person_pinned_stays_and_whom_they_took_out_never_returns(plant, night, belongs, database, alice):
    planted = await plant(12)
    await night()
    before = await belongs()
    garden, sailing = (cluster_of(before, planted[topic]) for topic in ("garden", "sailing"))
    stranger, put_out = planted["garden"][0], planted["garden"][1]
    async with database.reading(alice.id) as connection:
        # A gardener's note that a person wants beside the boats.
        await connection.execute(
            "update cluster_members set cluster_id = $1 where record_id = $2 and removed_at is null", sailing, stranger
        )
        await service.pin(connection, sailing, stranger, is_pinned=True)
        await service.remove(connection, garden, put_out)
    for seed in (1, 2):
        await plant(8, seed=seed)
        await night()
        after = await belongs()
        assert after[stranger] == sailing
        assert after.get(put_out) != garden


async def test_what_was_merged_or_split_stays_so_and_gets_who_is_new(plant, night, belongs, database, alice):
    planted = await plant(12)
    await night()
    before = await belongs()
    garden, sailing = (cluster_of(before, planted[topic]) for topic in ("garden", "sailing"))
    async with database.reading(alice.id) as connection:
        await service.merge(connection, garden, sailing)
    fresh = await plant(6, seed=1)
    await night()
    after = await belongs()
    for topic in ("garden", "sailing"):
        assert cluster_of(after, planted[topic]) == sailing
        assert cluster_of(after, fresh[topic]) == sailing


async def test_killed_at_any_moment_no_cluster_is_there_by_half(
    plant, sleeper, reactor, owner, alice, monkeypatch, belongs
):
    """Each time all is there as it was before, or as it is in the end."""
    monkeypatch.setattr(app.sleep.leasing, "LEASE_SECONDS", 0.05)
    monkeypatch.setattr(app.sleep.running, "BEAT_SECONDS", 0.02)
    planted = await plant(12)
    await work_through(reactor)
    chance, killed, states = random.Random(3), 0, set()
    while killed < 20:
        runner = await sleeper(f"worker {killed}")
        monkeypatch.setattr(runner, "_end", _say_nothing)
        night = asyncio.create_task(runner.run_next())
        await asyncio.sleep(chance.uniform(0.002, 0.12))
        night.cancel()
        await asyncio.gather(night, return_exceptions=True)
        killed += 1
        members = len(await belongs())
        states.add(members)
        clusters = await owner.fetchval("select count(*) from clusters")
        assert (members == 0) == (clusters == 0), "clusters without members, or members of none"
        assert members == 0 or members >= 40, "half a finding was written"
        await asyncio.sleep(0.06)
        await owner.execute("update sleep_runs set attempts = 1")
    monkeypatch.setattr(app.sleep.leasing, "LEASE_SECONDS", 15)
    await sleep_through(await sleeper())
    assert (await runs(owner))[-1][1] == "done"
    assert len(states) <= 2
    assert len({cluster_of(await belongs(), records) for records in planted.values()}) == 4
    assert await owner.fetchval("select bool_and(named_at is not null) from clusters where dissolved_at is null")


async def _say_nothing(*_given) -> None:
    return None


async def test_what_is_no_text_of_ones_own_is_in_no_cluster(plant, night, belongs, database, alice):
    planted = await plant(12)
    text = "Sourdough crust oven yeast flour kneading loaf proofing crumb starter."
    template = await write(database, alice, "Loaf", text, template_for="note")
    archived = planted["garden"][3]
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set archived_at = now() where id = $1", archived)
    await night()
    assert not {template, archived} & set(await belongs())


async def test_a_word_is_not_told_when_those_who_held_it_are_gone(plant, night, owner, database, alice):
    planted = await plant(12, topics=("garden", "sailing"))
    await night()
    words = {word.lower() for row in await owner.fetch("select words from clusters") for word in row["words"]}
    assert words & {"mainsail", "harbour", "anchor", "keel", "spinnaker", "mooring", "tide", "rigging", "jib"}
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set deleted_at = now() where id = any($1)", planted["sailing"][:-1])
    await night()
    rows = await owner.fetch("select words from clusters where dissolved_at is null")
    left = {word.lower() for row in rows for word in row["words"]}
    assert not left & {"mainsail", "harbour", "anchor", "keel", "spinnaker", "mooring", "tide", "rigging", "jib"}


def test_words_are_written_as_people_write_them_and_tell_one_cluster_from_the_rest():
    texts = ["Über Käse aus Zürich", "Der Käse und die Alp", "Zürich: KÄSE kaufen", "Zürich im Herbst"]
    rest = ["Der Hund und die Katze", "Die Katze im Haus", "Der Garten im Herbst", "Und die Alp"] * 5
    words = choose_words(texts, count_words([*texts, *rest]))
    assert words[:2] == ["Käse", "Zürich"] or words[:2] == ["Zürich", "Käse"]
    assert "Der" not in words and "die" not in words
    assert choose_words([], count_words(rest)) == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_of_bobs_records_none_is_in_alices_clusters(plant, night, belongs, owner, alice, bob, seed):
    mine, his = await plant(8), await plant(8, seed=seed, person=bob)
    await night()
    belonging = await belongs()
    of = dict(await owner.fetch("select id, user_id from clusters"))
    for person, planted in ((alice, mine), (bob, his)):
        assert {of[belonging[one]] for records in planted.values() for one in records if one in belonging} == {
            person.id
        }
