"""Communities joined to clusters: as few or as many as stand apart most clearly.

Always the two are joined whose joining costs least (Ward's method, over the communities' centres). Of all the levels
from the communities to two, that is taken at which records are nearest to their own centre beside the next one's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.atlas.communities import LOOSE, Stopping
from app.clusters.neighbours import Numbers, Whole

# Fewer than these are no cluster.
LEAST_MEMBERS = 4
# How clear a level is, from 0 to 1 (the silhouette, simplified: to centres), is measured with so many records.
MOST_MEASURED = 5000
# Where no level stands apart more clearly than this, there is no joining: a garden of notes, in which everything leads
# to everything, reaches 0.15, topics that were planted 0.3 to 0.6, three collections of different fields 0.41.
LEAST_CLEAR = 0.2
# One that holds more than half of all is no topic, unless that is clearer by so much.
HALF, CLEARER = 0.5, 0.1
# Levels as clear as the best but for this are equal; then it is as many clusters as there were.
EQUAL = 0.03
FAR = np.float32(9)


@dataclass(frozen=True, slots=True)
class Level:
    """How clear it is, how many clusters it has, and which share the largest holds."""

    clear: float
    clusters: int
    largest: float


def join_communities(found: Whole, vectors: NDArray[np.float16], former: int, check: Stopping) -> Whole:
    """The communities, or what they are parts of, each under a number from 0 on; the smallest are LOOSE. `former` is
    how many clusters there were before."""
    sizes = np.bincount(found[found >= 0])
    large = np.nonzero(sizes >= LEAST_MEMBERS)[0]
    names = np.full(len(sizes) + 1, LOOSE)
    names[large] = np.arange(len(large))
    cluster = np.asarray(names[found])
    if len(large) < 3:
        return cluster
    levels, joins = _join_all(cluster, vectors, check)
    return _joined(cluster, joins[: _choose(levels, former)])


def _join_all(
    cluster: Whole, vectors: NDArray[np.float16], check: Stopping
) -> tuple[list[Level], list[tuple[int, int]]]:
    there = np.nonzero(cluster != LOOSE)[0]
    sums, sizes = _sum_up(cluster, vectors, check)
    rows = there[:: max(1, len(there) // MOST_MEASURED)]
    wide, own = vectors[rows].astype(np.float32), cluster[rows].copy()
    apart = 1 - wide @ _unit(sums).T
    levels, joins = [_measure(apart, own, sizes)], []
    while (sizes > 0).sum() > 2:
        check()
        gone, stays = _cheapest(sums, sizes)
        sums[stays], sizes[stays] = sums[stays] + sums[gone], sizes[stays] + sizes[gone]
        sizes[gone] = 0
        own[own == gone] = stays
        apart[:, gone], apart[:, stays] = FAR, 1 - wide @ _unit(sums[stays : stays + 1])[0]
        joins.append((gone, stays))
        levels.append(_measure(apart, own, sizes))
    return levels, joins


def _sum_up(cluster: Whole, vectors: NDArray[np.float16], check: Stopping) -> tuple[Numbers, Whole]:
    count = int(cluster.max()) + 1
    sums = np.zeros((count, vectors.shape[1]), dtype=np.float32)
    for number in range(count):
        check()
        sums[number] = vectors[cluster == number].sum(axis=0, dtype=np.float32)
    return sums, np.bincount(cluster[cluster != LOOSE], minlength=count)


def _cheapest(sums: Numbers, sizes: Whole) -> tuple[int, int]:
    """Which two, the first of them into the second."""
    alive = np.nonzero(sizes > 0)[0]
    means = sums[alive] / sizes[alive, None]
    squares = (means**2).sum(axis=1)
    apart = squares[:, None] + squares[None] - 2 * means @ means.T
    cost = apart * np.multiply.outer(sizes[alive], sizes[alive]) / np.add.outer(sizes[alive], sizes[alive])
    np.fill_diagonal(cost, np.inf)
    one, other = divmod(int(cost.argmin()), len(alive))
    return int(alive[max(one, other)]), int(alive[min(one, other)])


def _measure(apart: Numbers, own: Whole, sizes: Whole) -> Level:
    line = np.arange(len(own))
    mine = apart[line, own].copy()
    apart[line, own] = FAR
    next_one = apart.min(axis=1)
    apart[line, own] = mine
    clear = ((next_one - mine) / np.maximum(np.maximum(next_one, mine), 1e-6)).mean()
    return Level(float(clear), int((sizes > 0).sum()), float(sizes.max() / sizes.sum()))


def _choose(levels: Sequence[Level], former: int) -> int:
    """How many joins to make."""
    clearest = max(levels, key=lambda level: level.clear)
    if clearest.clear < LEAST_CLEAR:
        return 0
    even = [level for level in levels if level.largest <= HALF]
    best = max(even, key=lambda level: level.clear) if even else clearest
    if clearest.clear > best.clear + CLEARER:
        best = clearest
    if former:
        equal = [one for one in levels if one.clear >= best.clear - EQUAL and (one.largest <= HALF or one is best)]
        best = min(equal, key=lambda level: (abs(level.clusters - former), -level.clear))
    return levels[0].clusters - best.clusters


def _joined(cluster: Whole, joins: Sequence[tuple[int, int]]) -> Whole:
    joined = cluster.copy()
    for gone, stays in joins:
        joined[joined == gone] = stays
    there = np.unique(joined[joined != LOOSE])
    return np.where(joined != LOOSE, np.searchsorted(there, joined), LOOSE)


def _unit(vectors: Numbers) -> Numbers:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-6)))
