"""Where records belong, computed in a thread: of all of them anew, or of some among the clusters that there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.atlas.communities import LOOSE, Stopping
from app.clusters.finding import Partition, find_clusters
from app.clusters.gathering import PINNED_COUNTS, Centres, Gathered, Records
from app.clusters.mapping import place_clusters, turn_to
from app.clusters.neighbours import Numbers, Whole

# A changed record goes elsewhere only where it is nearer by so much.
INERTIA = 0.05
AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Placed:
    """For each record its cluster: a number below `known` is one that there is, from there on one that is new, LOOSE
    none. `ids` are those that there are. `places` are the map's, by number."""

    records: Sequence[UUID]
    cluster: Whole
    confidence: Numbers
    ids: Sequence[UUID]
    places: Mapping[int, tuple[float, float]]


def place_gathered(gathered: Gathered, least_cosine: float, check: Stopping) -> Placed:
    """All anew. Whoever was nowhere and is near to a cluster that a person shaped goes there first."""
    people, count = gathered.people, len(gathered.ids)
    ids = [*gathered.ids, *gathered.shaped.ids]
    near, sure = _go_nearest(people, np.full(len(people.records), LOOSE), gathered.shaped, check)
    is_shaped = (near != LOOSE) & (people.cluster == LOOSE)
    rest = np.nonzero(~is_shaped)[0]
    found = _find_rest(people, rest, len(ids), least_cosine, check)
    cluster, confidence = np.where(is_shaped, count + near, LOOSE), np.where(is_shaped, sure, np.float32(0))
    cluster[rest], confidence[rest] = found.cluster, found.confidence
    _put_out_barred(people, cluster, ids)
    return Placed(people.records, cluster, confidence, ids, _place_on_map(people, cluster, gathered))


def _find_rest(people: Records, rest: Whole, fresh: int, least_cosine: float, check: Stopping) -> Partition:
    before, pinned = people.cluster[rest], people.is_pinned[rest]
    counts = np.where(pinned, PINNED_COUNTS, 1)
    vectors = people.vectors if len(rest) == len(people.vectors) else people.vectors[rest]
    found = find_clusters(vectors, least_cosine, check, before, counts, fresh)
    return Partition(
        np.where(pinned, before, found.cluster), np.where(pinned, np.float32(1), found.confidence)
    )  # fmt: skip


def place_by_centres(centres: Centres, people: Records, check: Stopping) -> Placed:
    """Each where it is nearest, if that is near enough for whoever is there."""
    cluster, confidence = _go_nearest(people, people.cluster, centres, check)
    return Placed(people.records, cluster, confidence, centres.ids, {})


def _go_nearest(people: Records, before: Whole, centres: Centres, check: Stopping) -> tuple[Whole, Numbers]:
    count = len(people.records)
    cluster, confidence = np.full(count, LOOSE), np.zeros(count, dtype=np.float32)
    if not len(centres.ids):
        return cluster, confidence
    for start in range(0, count, AT_ONCE):
        check()
        rows = slice(start, start + AT_ONCE)
        alike = people.vectors[rows].astype(np.float32) @ centres.vectors.T
        _forbid(alike, people.records[rows], people.barred, centres)
        cluster[rows], confidence[rows] = _choose(alike, before[rows], centres.least)
    return cluster, confidence


def _forbid(
    alike: Numbers, records: Sequence[UUID], barred: Mapping[UUID, frozenset[UUID]], centres: Centres
) -> None:  # fmt: skip
    for row, record in enumerate(records):
        for column in [place for place, one in enumerate(centres.ids) if one in barred.get(record, ())]:
            alike[row, column] = -2


def _choose(alike: Numbers, before: Whole, least: Numbers) -> tuple[Whole, Numbers]:
    """The nearest that is near enough, one's own before one that is hardly nearer; surer the further any other is."""
    line = np.arange(len(alike))
    allowed = np.where(alike >= least, alike, np.float32(-2))
    mine = before != LOOSE
    own = np.where(mine, alike[line, before], np.float32(-2))
    stays = mine & (own >= least[before] - INERTIA)
    allowed[line[stays], before[stays]] = own[stays] + INERTIA
    best = allowed.argmax(axis=1)
    is_near = allowed[line, best] > -2
    nearness = alike[line, best].copy()
    others = alike.copy()
    others[line, best] = -1
    sure = np.clip(0.5 + (nearness - np.maximum(others.max(axis=1), 0)), 0, 1).astype(np.float32)
    return np.where(is_near, best, LOOSE), np.where(is_near, sure, np.float32(0))


def _put_out_barred(people: Records, cluster: Whole, ids: Sequence[UUID]) -> None:
    for row, record in enumerate(people.records if people.barred else ()):
        if 0 <= cluster[row] < len(ids) and ids[cluster[row]] in people.barred.get(record, ()):
            cluster[row] = LOOSE


def _place_on_map(people: Records, cluster: Whole, gathered: Gathered) -> dict[int, tuple[float, float]]:
    """Of all that were found; the others stay where they are."""
    numbers = [one for one in np.unique(cluster).tolist() if one != LOOSE and not _is_shaped(one, gathered)]
    if not numbers:
        return {}
    centres = np.array([_centre(people.vectors[cluster == one]) for one in numbers])
    unknown = (np.nan, np.nan)
    before = np.array([gathered.places[one] if one < len(gathered.ids) else unknown for one in numbers], dtype=float)
    places = turn_to(place_clusters(centres), before)
    return {one: (float(x), float(y)) for one, (x, y) in zip(numbers, places.tolist(), strict=True)}


def _is_shaped(number: int, gathered: Gathered) -> bool:
    return len(gathered.ids) <= number < len(gathered.ids) + len(gathered.shaped.ids)


def _centre(vectors: NDArray[np.float16]) -> Numbers:
    mean = vectors.mean(axis=0, dtype=np.float32)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-6))
