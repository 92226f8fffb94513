"""Paths: as good as Dijkstra's, with what speaks for each step, and never through what connects everything."""

from __future__ import annotations

import heapq
import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.graph import paths
from app.graph.paths import BEST, HOPS, best_paths, find_paths
from app.graph.strength import closeness, raw_at, step_cost, vigour, years_at
from tests.conftest import work_through, write
from tests.graph.test_mentioning import add_contact

NODES = 9
EDGES = st.dictionaries(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(1, 8), max_size=24,
)  # fmt: skip
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def as_steps(edges: dict[tuple[int, int], float]) -> dict[UUID, dict[UUID, float]]:
    steps: dict[UUID, dict[UUID, float]] = {}
    for (a, b), cost in edges.items():
        steps.setdefault(UUID(int=a), {})[UUID(int=b)] = cost
        steps.setdefault(UUID(int=b), {})[UUID(int=a)] = cost
    return steps


def dijkstra(steps: dict[UUID, dict[UUID, float]], start: UUID, end: UUID, hops: int) -> float | None:
    """The textbook's, over (record, steps taken)."""
    waiting, settled = [(0.0, start, 0)], set()
    while waiting:
        cost, here, taken = heapq.heappop(waiting)
        if here == end:
            return cost
        if (here, taken) in settled or taken == hops:
            continue
        settled.add((here, taken))
        for there, more in steps.get(here, {}).items():
            heapq.heappush(waiting, (cost + more, there, taken + 1))
    return None


def every_path(steps: dict[UUID, dict[UUID, float]], here: UUID, end: UUID, hops: int, been: tuple[UUID, ...]):
    if here == end:
        yield sum(steps[a][b] for a, b in pairwise((*been, here)))
    elif hops:
        for there in steps.get(here, {}):
            if there not in been and there != here:
                yield from every_path(steps, there, end, hops - 1, (*been, here))


@settings(deadline=None)
@given(edges=EDGES, hops=st.integers(1, HOPS))
def test_the_best_path_is_dijkstra_s_and_the_next_are_the_next_best_of_all(edges, hops):
    steps, start, end = as_steps(edges), UUID(int=0), UUID(int=NODES - 1)
    found = best_paths(steps, start, end, hops)
    best = dijkstra(steps, start, end, hops)
    assert [path.cost for path in found[:1]] == pytest.approx([] if best is None else [best])
    assert [path.cost for path in found] == pytest.approx(sorted(every_path(steps, start, end, hops, ()))[:BEST])
    for path in found:
        assert (path.records[0], path.records[-1]) == (start, end)
        assert len(set(path.records)) == len(path.records) <= hops + 1
        assert path.cost == pytest.approx(sum(steps[a][b] for a, b in pairwise(path.records)))


@settings(deadline=None)
@given(
    strength=st.floats(0.25, 50), more=st.floats(0.1, 50), confidence=st.floats(0.1, 1), days=st.integers(0, 4000),
    origin=st.sampled_from(["manual", "written", "structural", "extracted", "inferred"]),
)  # fmt: skip
def test_a_link_grows_with_evidence_and_fades_with_disuse_to_half_in_a_year(strength, more, confidence, days, origin):
    now = vigour(strength, confidence, origin, NOW)
    assert vigour(strength + more, confidence, origin, NOW) > now
    assert raw_at(now, NOW + timedelta(days=365)) == pytest.approx(raw_at(now, NOW) / 2)
    later = raw_at(now, NOW + timedelta(days=days))
    assert later <= raw_at(now, NOW)
    assert 0 < closeness(later) <= 1
    assert 1 <= step_cost(raw_at(now, NOW)) <= step_cost(later) <= 8


@pytest.mark.parametrize("origin", ["manual", "written", "structural", "extracted", "inferred"])
@pytest.mark.parametrize(("strength", "confidence"), [(1, 1), (7, 0.5), (0, 0.25)])
async def test_postgres_and_python_weigh_a_link_alike(owner, origin, strength, confidence):
    for at in (NOW, datetime(2011, 3, 4, 5, 6, 7, tzinfo=UTC)):
        stored = await owner.fetchval(
            "select link_vigour($1::real, $2::real, $3, $4)", strength, confidence, origin, at
        )  # fmt: skip
        assert stored == pytest.approx(vigour(strength, confidence, origin, at), abs=1e-6)


LINK = """
insert into entity_links (user_id, source_id, target_id, relation, origin, strength, used_at, evidence)
select $1, least(a, b), greatest(a, b), 'related_to', 'manual', s, $5, 'x'
  from unnest($2::uuid[], $3::uuid[], $4::real[]) k(a, b, s)"""


async def test_paths_through_the_database_are_dijkstra_s_while_no_cap_is_met(database, owner, alice):
    """Graphs of twelve notes, one after the other: what each record offers is all that there is."""
    notes = [await write(database, alice, f"Note {n}") for n in range(12)]
    for seed in range(12):
        edges = _example(seed)
        await owner.execute("delete from entity_links")
        now = datetime.now(UTC)
        rows = list(edges.items())
        await owner.execute(
            LINK, alice.id, [notes[a] for (a, _b), _s in rows], [notes[b] for (_a, b), _s in rows],
            [s for _, s in rows], now,
        )  # fmt: skip
        costs = {pair: step_cost(raw_at(vigour(s, 1, "manual", now), now)) for pair, s in edges.items()}
        steps: dict[UUID, dict[UUID, float]] = {}
        for (a, b), cost in costs.items():
            steps.setdefault(notes[a], {})[notes[b]] = cost
            steps.setdefault(notes[b], {})[notes[a]] = cost
        for end in (5, 11):
            async with database.reading(alice.id) as connection:
                found = await find_paths(connection, notes[0], notes[end])
            best = dijkstra(steps, notes[0], notes[end], HOPS)
            assert [path.cost for path in found[:1]] == pytest.approx([] if best is None else [best], abs=1e-4)


def _example(seed: int) -> dict[tuple[int, int], float]:
    chance = random.Random(seed)
    pairs = [(a, b) for a in range(12) for b in range(a + 1, 12)]
    return {pair: chance.choice([0.0625, 0.25, 1.0, 3.5]) for pair in chance.sample(pairs, chance.randrange(8, 24))}


async def test_a_path_says_what_speaks_for_each_of_its_steps(alices, database, reactor, alice):
    marta = await add_contact(database, alice, "Marta Kowalczyk")
    tom = await add_contact(database, alice, "Thomas Reuter")
    await write(database, alice, "Boat", "Marta Kowalczyk and Thomas Reuter sailed to Gdynia. It rained.")
    await work_through(reactor)
    page = (await alices.get(f"/paths?from_id={marta}&to_id={tom}")).text
    assert "Marta Kowalczyk and Thomas Reuter sailed to Gdynia." in page
    assert page.index("Spoken of in") < page.index(">Boat<") < page.index("Speaks of")
    assert "2 steps" in page


async def test_the_two_are_picked_by_name_without_a_script(alices, database, alice):
    first, other = await write(database, alice, "Boat"), await write(database, alice, "Harbour", "See [[Boat]].")
    twins = [await write(database, alice, "Twin") for _ in range(2)]
    answer = (await alices.get("/paths?from=boat&to=Harbour")).text
    assert f'value="{first}"' in answer
    assert f'value="{other}"' in answer
    several = (await alices.get("/paths?from=boat&to=twin")).text
    assert all(f"/paths?from=boat&amp;to_id={twin}" in several for twin in twins)
    assert "Nothing is called so" in (await alices.get("/paths?from=boat&to=nobody")).text
    retyped = (await alices.get(f"/paths?from=Harbour&from_id={first}&to=Boat&to_id={first}")).text
    assert retyped.index(f'value="{other}"') < retyped.index(f'value="{first}"')
    assert "Both are the same." in (await alices.get(f"/paths?from_id={first}&to_id={first}")).text


async def test_names_are_offered_while_one_types(alices, database, alice):
    await write(database, alice, "Harbour")
    there = (await alices.get("/paths/names?from=har", **{"HX-Request": "true"})).text
    assert '<option value="Harbour" label="Note">' in there
    assert "<option" not in (await alices.get("/paths/names?from=zzz")).text
    assert "<option" not in (await alices.get("/paths/names")).text


async def test_contact_zero_connects_only_whoever_asks_for_it(alices, database, owner, reactor, alice):
    myself = await owner.fetchval("select id from contacts where user_id = $1 and is_self", alice.id)
    one, other = await write(database, alice, "One"), await write(database, alice, "Other")
    await owner.execute(
        "insert into entity_links (user_id, source_id, target_id, relation, origin) "
        "values ($1, $2, $4, 'author', 'structural'), ($1, $3, $4, 'author', 'structural')",
        alice.id, one, other, myself,
    )  # fmt: skip
    assert "Nothing connects the two" in (await alices.get(f"/paths?from_id={one}&to_id={other}")).text
    assert "1 step" in (await alices.get(f"/paths?from_id=me&to_id={other}")).text


async def test_what_was_rejected_ended_or_thrown_away_leads_nowhere(database, owner, reactor, alice):
    one = await write(database, alice, "One", "[[Two]]")
    two = await write(database, alice, "Two", "[[Three]]")
    three = await write(database, alice, "Three")
    await work_through(reactor)

    async def steps() -> list[int]:
        async with database.reading(alice.id) as connection:
            return [len(path.records) - 1 for path in await find_paths(connection, one, three)]

    assert await steps() == [2]
    for change in ("rejected_at", "valid_to"):
        await owner.execute(
            "update entity_links set rejected_at = case when $2 = 'rejected_at' then now() end, "
            "valid_to = case when $2 = 'valid_to' then now() end where source_id = $1",
            two, change,
        )  # fmt: skip
        assert await steps() == []
    await owner.execute("update entity_links set rejected_at = null, valid_to = null")
    await owner.execute("update notes set deleted_at = now() where id = $1", two)
    assert await steps() == []


async def test_records_of_one_topic_are_two_steps_apart(alices, database, reactor, alice):
    one, other = [await write(database, alice, title, "Planted #garlic") for title in ("One", "Other")]
    await work_through(reactor)
    page = (await alices.get(f"/paths?from_id={one}&to_id={other}")).text
    assert "Are filed together" in page


async def test_a_hub_offers_its_strongest_and_is_passed_through_from_both_sides(database, owner, alice):
    hub = await write(database, alice, "Hub")
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into notes (user_id, title) select $1, 'Leaf ' || n from generate_series(1, 300) n", alice.id
        )
        await connection.execute(
            "insert into entity_links (user_id, source_id, target_id, relation, origin, strength) "
            "select $1, n.id, $2, 'related_to', 'manual', row_number() over (order by n.id) / 100.0 "
            "from notes n where n.title like 'Leaf %'",
            alice.id, hub,
        )  # fmt: skip
        leaves = [
            row[0] for row in await connection.fetch("select id from notes where title like 'Leaf %' order by id")
        ]
        rows = await connection.fetch(paths.OFFERED, [hub])
        assert {row["other_id"] for row in rows} == set(leaves[-16:])
        (path,) = await find_paths(connection, leaves[0], leaves[1])
        assert path.records == (leaves[0], hub, leaves[1])


@pytest.mark.parametrize("query", ["from_id=nonsense", "from_id=01000000-0000-7000-8000-000000000000"])
async def test_nobody_is_not_found(alices, query):
    assert (await alices.get(f"/paths?{query}")).status_code == 404


async def test_bob_finds_nothing_of_alice_s(bobs, database, alice):
    note = await write(database, alice, "Boat")
    assert (await bobs.get(f"/paths?from_id={note}&to_id=me")).status_code == 404
    assert "Nothing is called so" in (await bobs.get("/paths?from=Boat")).text
    assert "Boat" not in (await bobs.get("/paths/names?from=bo")).text


async def test_links_are_as_old_as_the_texts_that_say_them(database, owner, reactor, alice):
    old = datetime(2019, 5, 6, tzinfo=UTC)
    await write(database, alice, "Boat")
    note = await write(database, alice, "Harbour", "[[Boat]]", created_at=old, updated_at=old)
    await work_through(reactor)
    used = "select used_at from entity_links where source_id = $1"
    assert await owner.fetchval(used, note) == old
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = '[[Boat]] again.' where id = $1", note)
    await work_through(reactor)
    assert (datetime.now(UTC) - await owner.fetchval(used, note)) < timedelta(minutes=5)
    assert years_at(old) < 0
