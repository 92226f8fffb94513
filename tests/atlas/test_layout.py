"""Where nodes stand and what they belong with: the same each time, kept by what is there, near what it is linked to."""

from __future__ import annotations

from threading import Event
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.atlas.charting import Stopped, compute_chart
from app.atlas.communities import LOOSE, find_communities, keep_names
from app.atlas.forces import ROOM
from app.atlas.graph import UNPLACED, Graph, Links
from app.atlas.placing import place_new

Pairs = list[tuple[int, int]]


def make_graph(count: int, pairs: Pairs, before: Graph | None = None) -> Graph:
    """What `before` has placed keeps its place and its community."""
    old = len(before) if before else 0
    fresh = count - old
    places = np.full((count, 2), np.nan)
    number, community = np.full(count, UNPLACED), np.full(count, LOOSE)
    if before:
        places[:old], number[:old], community[:old] = before.places, np.arange(old), before.community
    ordered = sorted(set(pairs))
    source, target = (np.array([pair[end] for pair in ordered], dtype=np.int64) for end in (0, 1))
    links = Links(
        source, target, np.zeros(len(ordered), dtype=np.int64), np.ones(len(ordered)), ("links_to",) * len(ordered)
    )
    assert fresh >= 0
    return Graph(
        tuple(UUID(int=one) for one in range(count)), ("note",) * count, ("",) * count, np.zeros(count),
        np.full(count, np.nan), number, places, community, links, None,
    )  # fmt: skip


def charted(graph: Graph, laid: int = 0) -> Graph:
    chart = compute_chart(graph, laid, Event())
    return Graph(
        graph.ids, graph.kinds, graph.titles, graph.made, graph.warmth, np.arange(len(graph)), chart.places,
        chart.community, graph.links, None,
    )  # fmt: skip


def clique(*nodes: int) -> Pairs:
    return [(one, other) for one in nodes for other in nodes if one < other]


def rings(count: int, size: int) -> Pairs:
    """So many cliques, each linked with the next by one link."""
    found: Pairs = []
    for ring in range(count):
        found += clique(*range(ring * size, (ring + 1) * size))
        found.append((ring * size, (ring + 1) % count * size))
    return found


def test_what_hangs_together_is_one_community_and_what_hangs_on_nothing_is_none():
    found = find_communities(13, [(one, other, 1.0) for one, other in rings(2, 6)])
    assert len({*found[:6]}) == len({*found[6:12]}) == 1
    assert found[0] != found[6] and found[12] == LOOSE


def test_communities_are_found_in_a_graph_of_many_as_they_were_made():
    found = find_communities(400, [(one, other, 1.0) for one, other in rings(40, 10)])
    for ring in range(40):
        assert len({*found[ring * 10 : ring * 10 + 10]}) == 1


def test_a_community_keeps_its_number_while_it_keeps_most_of_its_members():
    before = [7, 7, 7, 3, 3, 3, LOOSE, LOOSE]
    assert keep_names([0, 0, 0, 1, 1, 1, 1, LOOSE], before) == [7, 7, 7, 3, 3, 3, 3, LOOSE]
    # One that falls apart leaves its number to the larger half; the other gets one that nobody has.
    parted = keep_names([0, 0, 2, 1, 1, 1, LOOSE, LOOSE], before)
    assert parted[:2] == [7, 7] and parted[3:6] == [3, 3, 3] and parted[2] not in {7, 3, LOOSE}


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 5)), min_size=1, max_size=30))
def test_names_part_no_community_and_join_none(pairs):
    found, before = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    named = keep_names(found, before)
    assert len(set(zip(found, named, strict=True))) == len(set(found)) == len(set(named))
    assert keep_names(found, named) == named


def test_the_same_graph_is_laid_out_the_same_and_no_two_nodes_lie_on_each_other():
    graph = make_graph(130, rings(12, 10))
    one, other = charted(graph), charted(graph)
    assert np.array_equal(one.places, other.places) and np.array_equal(one.community, other.community)
    apart = np.linalg.norm(one.places[:, None] - one.places[None], axis=2) + np.eye(130) * 99
    assert np.isfinite(one.places).all() and apart.min() > ROOM / 4


def test_what_belongs_together_stands_together():
    graph = charted(make_graph(120, rings(12, 10)))
    middles = graph.places.reshape(12, 10, 2).mean(axis=1)
    within = np.linalg.norm(graph.places.reshape(12, 10, 2) - middles[:, None], axis=2).mean()
    assert within * 2 < np.linalg.norm(middles[:, None] - middles[None], axis=2).mean()


def test_what_is_there_stays_and_what_is_new_comes_beside_its_neighbours():
    before = charted(make_graph(120, rings(12, 10)))
    grown = make_graph(124, [*rings(12, 10), (0, 120), (1, 120), (2, 120), (120, 121)], before)
    after = charted(grown, laid=120)
    assert np.array_equal(after.places[:120], before.places)
    near = np.linalg.norm(after.places[120] - before.places[:3].mean(axis=0))
    assert near < np.ptp(before.places, axis=0).max() / 4
    assert after.community[120] == before.community[0]
    # What hangs on nothing stands around all the rest.
    assert np.linalg.norm(after.places[123]) >= np.linalg.norm(before.places, axis=1).max()


def test_what_grew_by_half_may_shift_but_begins_where_it_stood():
    before = charted(make_graph(120, rings(12, 10)))
    pairs = [*rings(12, 10), *((one % 120, 120 + one) for one in range(80))]
    after = charted(make_graph(200, pairs, before), laid=120)
    moved = np.linalg.norm(after.places[:120] - before.places, axis=1)
    assert moved.max() > 0
    assert np.median(moved) < np.ptp(before.places, axis=0).max() / 2


@settings(deadline=None, max_examples=25)
@given(
    st.integers(1, 25).flatmap(
        lambda count: st.tuples(
            st.just(count), st.integers(0, count),
            st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=60),
        )
    )
)  # fmt: skip
def test_whatever_the_graph_every_node_gets_a_place(drawn):
    count, old, pairs = drawn
    graph = make_graph(count, [pair for pair in pairs if pair[0] != pair[1]])
    graph.places[:old], graph.number[:old] = np.arange(2 * old).reshape(-1, 2), np.arange(old)
    placed = place_new(graph.places, graph.is_placed, graph.links.source, graph.links.target)
    assert np.isfinite(placed).all() and np.array_equal(placed[:old], graph.places[:old])
    chart = compute_chart(graph, old, Event())
    assert np.isfinite(chart.places).all() and len(chart.community) == count


def test_it_stops_as_soon_as_somebody_asks():
    stop = Event()
    stop.set()
    with pytest.raises(Stopped):
        compute_chart(make_graph(120, rings(12, 10)), 0, stop)
