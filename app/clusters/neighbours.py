"""Each record's nearest in meaning, and how much they have in common, in numpy alone.

Up to `EXACT` records all are compared with all. Beyond, trees of random cuts bring what is near into the same leaf
(Annoy's way), and only leaves are compared: n·log n, where all with all would be n².
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from app.atlas.communities import Stopping

Numbers = NDArray[np.float32]
Whole = NDArray[np.int64]

EXACT = 3000
MOST_NEAR, LEAST_NEAR = 15, 4
# More trees find more of the true neighbours; twelve find 9 of 10 among 50,000 (tests/bench/clusters.py).
TREES, LEAF = 12, 192
BLOCK = 512
UNKNOWN = np.float32(-2.0)


def count_near(records: int) -> int:
    """How many neighbours each is given: fewer in a small house, whose topics have few records."""
    return max(1, min(MOST_NEAR, max(LEAST_NEAR, records // 8), records - 1))


def find_nearest(vectors: NDArray[np.float16], check: Stopping) -> tuple[Whole, Numbers]:
    """Of unit vectors: the neighbours of each, the nearest first, and their cosines. Half precision is kept at rest,
    for that is half of the memory; what is compared is widened leaf by leaf."""
    count = len(vectors)
    most = count_near(count)
    near = np.full((count, most), -1, dtype=np.int64)
    cosine = np.full((count, most), UNKNOWN, dtype=np.float32)
    leaves = [np.arange(count)] if count <= EXACT else _grow_leaves(vectors, check)
    place = np.full(count, -1, dtype=np.int64)
    for leaf in leaves:
        check()
        place[leaf] = np.arange(len(leaf))
        wide = vectors[leaf].astype(np.float32)
        for start in range(0, len(leaf), BLOCK):
            rows = slice(start, start + BLOCK)
            _keep_nearest(leaf, rows, wide[rows] @ wide.T, near, cosine, place)
        place[leaf] = -1
    return _ordered(near, cosine)


def _keep_nearest(
    leaf: Whole, rows: slice, alike: Numbers, near: Whole, cosine: Numbers, place: Whole
) -> None:  # fmt: skip
    """Of what each knows and whoever is in its leaf, the nearest."""
    ids, most = leaf[rows], near.shape[1]
    line = np.arange(len(ids))
    alike[line, np.arange(len(leaf))[rows]] = UNKNOWN
    known = np.where(near[ids] >= 0, place[near[ids]], -1)
    row, column = np.nonzero(known >= 0)
    alike[row, known[row, column]] = UNKNOWN
    both = np.concatenate((cosine[ids], alike), axis=1)
    names = np.concatenate((near[ids], np.broadcast_to(leaf, alike.shape)), axis=1)
    chosen = np.argpartition(-both, most - 1, axis=1)[:, :most]
    cosine[ids] = both[line[:, None], chosen]
    near[ids] = np.where(cosine[ids] > UNKNOWN, names[line[:, None], chosen], -1)


def _ordered(near: Whole, cosine: Numbers) -> tuple[Whole, Numbers]:
    order = np.argsort(-cosine, axis=1, kind="stable")
    line = np.arange(len(near))[:, None]
    return near[line, order], cosine[line, order]


def _grow_leaves(vectors: NDArray[np.float16], check: Stopping) -> Iterator[Whole]:
    """The leaves of all trees. The same records give the same trees."""
    chance = np.random.default_rng(len(vectors))
    leaves = -(-len(vectors) // LEAF)
    depth = int(np.ceil(np.log2(leaves)))
    for _tree in range(TREES):
        pairs = chance.integers(0, len(vectors), size=(depth, 2))
        cuts = vectors[pairs[:, 0]].astype(np.float32) - vectors[pairs[:, 1]].astype(np.float32)
        cuts += chance.normal(scale=1e-3, size=cuts.shape).astype(np.float32)  # two may be the same text
        side = np.empty((len(vectors), depth), dtype=np.float32)
        for start in range(0, len(vectors), 4096):
            check()
            side[start : start + 4096] = vectors[start : start + 4096].astype(np.float32) @ cuts.T
        yield from _split(np.arange(len(vectors)), side, 0, leaves)


def _split(members: Whole, side: Numbers, level: int, leaves: int) -> Iterator[Whole]:
    """Where each cut leaves as many to a side as leaves are to come of it: all are of one size, however many there are,
    and twice the records take twice the time. Cut into halves, they would take more or less by how even that goes."""
    if leaves == 1:
        yield members
        return
    first = leaves // 2
    cut = len(members) * first // leaves
    order = np.argpartition(side[members, level], cut)
    yield from _split(members[order[:cut]], side, level + 1, first)
    yield from _split(members[order[cut:]], side, level + 1, leaves - first)


def weigh_ties(near: Whole, cosine: Numbers, least: float, check: Stopping) -> tuple[Whole, Whole, Numbers]:
    """(one, other, weight) for each pair of which one is among the other's neighbours, each pair once: by how many
    neighbours the two share (Jarvis and Patrick; in many dimensions what is shared says more than what is near)."""
    count, most = near.shape
    known = (near >= 0) & (cosine >= least)
    parts = []
    for start in range(0, count, BLOCK):
        check()
        rows = slice(start, start + BLOCK)
        mine = np.where(known[rows], near[rows], -1)
        theirs = near[mine]  # of nobody (-1) the last one's: masked below
        shared = (theirs[:, :, :, None] == mine[:, None, None, :]).any(axis=3).sum(axis=2)
        row, column = np.nonzero(known[rows])
        parts.append((row + start, mine[row, column], (shared[row, column] + 1) / (most + 1)))
    one, other, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _once(one, other, weight.astype(np.float32), count)


def _once(one: Whole, other: Whole, weight: Numbers, count: int) -> tuple[Whole, Whole, Numbers]:
    """Two that are each other's neighbours have twice the tie."""
    key, place = np.unique(np.minimum(one, other) * count + np.maximum(one, other), return_inverse=True)
    total = np.bincount(place, weights=weight).astype(np.float32)
    return key // count, key % count, total
