"""Which records belong together, found and not told: how many clusters there are follows from the records.

Neighbours in meaning are a graph, whose communities (Louvain's method) are the least that may be a cluster. Of those,
what does not keep to itself is joined with what it is nearest to, as long as something comes of it that does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import count as count_from

import numpy as np
from numpy.typing import NDArray

from app.atlas.communities import LOOSE, Stopping, find_communities
from app.clusters.following import follow, hold
from app.clusters.neighbours import Numbers, Whole, find_nearest, weigh_ties

# Fewer than these are no cluster; fewer records than that have none.
LEAST_MEMBERS, LEAST_RECORDS = 4, 12
# A cluster keeps to itself whose ties lead elsewhere by no more than this share of what chance would have them do.
APART = 0.10
# What holds more of everything than this is no topic, but all there is.
MOST_OF_ALL = 0.9
# Whose ties lead elsewhere by more than this share is left out: it has no place, or several.
LEAST_OWN = 0.34


@dataclass(frozen=True, slots=True)
class Partition:
    """A number for each record, LOOSE for one in no cluster, and how sure that is, from 0 to 1."""

    cluster: Whole
    confidence: Numbers


@dataclass(slots=True)
class Branch:
    """A community, or two that were joined: how much its ties weigh, and how much of that stays within."""

    leaves: list[int]
    size: int
    volume: float
    within: float
    parts: tuple[Branch, ...] = ()
    chosen: list[Branch] = field(default_factory=list)

    @property
    def outside(self) -> float:
        return 1 - self.within / self.volume if self.volume else 0.0


def find_clusters(
    vectors: NDArray[np.float16], least_cosine: float, check: Stopping, before: Whole | None = None,
    counts: Whole | None = None, fresh: int = 0,
) -> Partition:  # fmt: skip
    """`vectors` of unit length; two are neighbours only if they are at least so near. `before` is in which cluster each
    was: those keep their numbers, others are numbered from `fresh` on; `counts` is how much each one's say is."""
    count = len(vectors)
    before = np.full(count, LOOSE) if before is None else before
    if count < LEAST_RECORDS:
        return Partition(np.full(count, LOOSE), np.zeros(count, dtype=np.float32))
    near, cosine = find_nearest(vectors, check)
    one, other, weight = weigh_ties(near, cosine, least_cosine, check)
    found = np.array(find_communities(count, _each(count, one, other, weight), check))
    if not (found != LOOSE).any():
        return Partition(found, np.zeros(count, dtype=np.float32))
    joined = join_communities(found, one, other, weight, check)
    counts = np.ones(count, dtype=np.int64) if counts is None else counts
    named = _under_former_names(joined, before, counts, max(fresh, int(before.max()) + 1))
    return rate_members(hold(named, before, one, other, weight), before, one, other, weight)


def _each(count: int, one: Whole, other: Whole, weight: Numbers) -> Iterator[tuple[int, int, float]]:
    """Some thousands at a time, and each number one object: else they would take more than all the rest."""
    names = list(range(count))
    for start in range(0, len(one), 4096):
        rows = slice(start, start + 4096)
        for a, b, tie in zip(one[rows].tolist(), other[rows].tolist(), weight[rows].tolist(), strict=True):
            yield names[a], names[b], tie


def _under_former_names(found: Whole, before: Whole, counts: Whole, fresh: int) -> Whole:
    names, free = follow(found, before, counts), count_from(fresh)
    for number in range(int(found.max()) + 1):
        if number not in names:
            names[number] = next(free)
    told = np.array([*(names[number] for number in range(int(found.max()) + 1)), LOOSE])
    return np.asarray(told[found])


def join_communities(found: Whole, one: Whole, other: Whole, weight: Numbers, check: Stopping) -> Whole:
    """The communities, or what they are parts of, each under a number from 0 on."""
    communities = int(found.max()) + 1
    volume = np.bincount(found[one], weight, communities) + np.bincount(found[other], weight, communities)
    is_own = found[one] == found[other]
    within = 2 * np.bincount(found[one[is_own]], weight[is_own], communities)
    sizes = np.bincount(found[found >= 0], minlength=communities)
    branches = [
        Branch([leaf], size, *ties) for leaf, (size, *ties) in
        enumerate(zip(sizes.tolist(), volume.tolist(), within.tolist(), strict=True))
    ]  # fmt: skip
    ties = _between(found[one[~is_own]], found[other[~is_own]], weight[~is_own], communities)
    names = np.full(communities + 1, LOOSE)
    for number, branch in enumerate(_choose(_join_all(branches, ties, check), int(sizes.sum()))):
        names[branch.leaves] = number
    return np.asarray(names[found])


def _between(one: Whole, other: Whole, weight: Numbers, communities: int) -> list[dict[int, float]]:
    """What ties each community to each other one."""
    key, place = np.unique(one * communities + other, return_inverse=True)
    ties: list[dict[int, float]] = [{} for _ in range(communities)]
    for pair, total in zip(key.tolist(), np.bincount(place, weight).tolist(), strict=True):
        a, b = divmod(pair, communities)
        ties[a][b] = ties[b][a] = ties[a].get(b, 0.0) + total
    return ties


def _join_all(branches: list[Branch], ties: list[dict[int, float]], check: Stopping) -> list[Branch]:
    """Always the two whose ties to each other are the largest share of the lesser's, until nothing is tied."""
    there, ties = dict(enumerate(branches)), list(ties)
    waiting = [_share(there, a, b, tie) for a, beside in enumerate(ties) for b, tie in beside.items() if a < b]
    heapify(waiting)
    while waiting:
        _negative, a, b = heappop(waiting)
        if a not in there or b not in there:
            continue
        check()
        both = Counter(ties[a]) + Counter(ties[b])
        between = ties[a][b]
        there[new := len(ties)] = _joined(there.pop(a), there.pop(b), between)
        ties.append({node: tie for node, tie in both.items() if node in there})
        for node, tie in ties[new].items():
            ties[node][new] = tie
            heappush(waiting, _share(there, node, new, tie))
    return list(there.values())


def _share(there: Mapping[int, Branch], a: int, b: int, tie: float) -> tuple[float, int, int]:
    """The largest first, as a heap has it."""
    return (-tie / max(min(there[a].volume, there[b].volume), 1e-9), a, b)


def _joined(one: Branch, other: Branch, between: float) -> Branch:
    return Branch(
        one.leaves + other.leaves, one.size + other.size, one.volume + other.volume,
        one.within + other.within + 2 * between, (one, other),
    )  # fmt: skip


def _choose(tops: Iterable[Branch], total: int) -> list[Branch]:
    return [chosen for top in tops for chosen in _chosen(top, total)]


def _chosen(top: Branch, total: int) -> list[Branch]:
    """The finest that keep to themselves: a whole stands for its parts where it does and they, on the whole, do not."""
    waiting, order = [top], []
    while waiting:
        order.append(branch := waiting.pop())
        waiting += branch.parts
    for branch in reversed(order):
        parts = [chosen for part in branch.parts for chosen in part.chosen]
        if not parts:
            branch.chosen = [branch]
            continue
        leads = sum(part.volume - part.within for part in parts) / max(branch.volume, 1e-9)
        bound = APART * (1 - branch.size / total)
        keeps = branch.outside <= bound < leads and branch.size <= MOST_OF_ALL * total
        branch.chosen = [branch] if keeps else parts
    return top.chosen


def rate_members(cluster: Whole, before: Whole, one: Whole, other: Whole, weight: Numbers) -> Partition:
    """How much of a record's ties lead to its own cluster; who has no place is left out, and what is left too small."""
    count = len(cluster)
    own = (cluster[one] == cluster[other]) & (cluster[one] != LOOSE)
    within = np.bincount(one, weight * own, count) + np.bincount(other, weight * own, count)
    whole = np.bincount(one, weight, count) + np.bincount(other, weight, count)
    confidence = np.minimum(within / np.maximum(whole, 1e-9), 1).astype(np.float32)
    # Whoever was in it is put out later than anybody new is let in.
    least = np.where(cluster == before, LEAST_OWN / 2, LEAST_OWN)
    kept = np.where(confidence >= least, cluster, LOOSE)
    sizes = np.bincount(kept[kept >= 0], minlength=int(kept.max(initial=0)) + 1)
    kept = np.where((kept >= 0) & (sizes[kept] >= LEAST_MEMBERS), kept, LOOSE)
    return Partition(kept, np.where(kept >= 0, confidence, 0).astype(np.float32))
