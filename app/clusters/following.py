"""What was found tonight under the names of what was found before: ids follow whom clusters share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from app.atlas.communities import LOOSE
from app.clusters.neighbours import Numbers, Whole

# Sharing less than this of one's own members and of the other's is no following.
LEAST_SHARE = 0.25
# Who is tied nearly as much to where it was stays there: a record does not move for next to nothing.
INERTIA = 0.2


def follow(found: Whole, before: Whole, weight: Whole) -> dict[int, int]:
    """Which former cluster each found one is; one that is new is left out. `weight` is how much each record counts.

    The largest shares choose first, so of one that fell apart the larger half keeps the name.
    """
    both = (found != LOOSE) & (before != LOOSE)
    shared: Counter[tuple[int, int]] = Counter()
    for new, old, counts in zip(found[both].tolist(), before[both].tolist(), weight[both].tolist(), strict=True):
        shared[new, old] += counts
    new_sizes, old_sizes = _sizes(found, weight), _sizes(before, weight)
    names: dict[int, int] = {}
    for (new, old), counts in sorted(shared.items(), key=lambda item: (-item[1], item[0])):
        enough = counts >= LEAST_SHARE * min(new_sizes[new], old_sizes[old])
        if enough and new not in names and old not in names.values():
            names[new] = old
    return names


def _sizes(cluster: Whole, weight: Whole) -> Mapping[int, int]:
    there = cluster != LOOSE
    sizes: Counter[int] = Counter()
    for number, counts in zip(cluster[there].tolist(), weight[there].tolist(), strict=True):
        sizes[number] += counts
    return sizes


def hold(cluster: Whole, before: Whole, one: Whole, other: Whole, weight: Numbers) -> Whole:
    """`cluster` under the former names; whoever would move for less than INERTIA stays where it was."""
    held = cluster.copy()
    there = set(cluster[cluster != LOOSE].tolist())
    is_moved = (cluster != before) & np.isin(before, list(there))
    count = len(cluster)
    # With everybody where they are found, and the mover alone where it was.
    whole = np.bincount(one, weight, count) + np.bincount(other, weight, count)
    back = _tied(before, cluster, one, other, weight) / np.maximum(whole, 1e-9)
    on = _tied(cluster, cluster, one, other, weight) / np.maximum(whole, 1e-9)
    stays = is_moved & (whole > 0) & (back >= on - INERTIA) & (back > 0)
    held[stays] = before[stays]
    return held


def _tied(mine: Whole, theirs: Whole, one: Whole, other: Whole, weight: Numbers) -> NDArray[np.float64]:
    """How much of each record's ties lead to whoever is in that cluster now."""
    count = len(mine)
    there = (mine[one] == theirs[other]) & (mine[one] != LOOSE)
    back = (mine[other] == theirs[one]) & (mine[other] != LOOSE)
    return np.asarray(
        np.bincount(one[there], weight[there], count) + np.bincount(other[back], weight[back], count), dtype=np.float64
    )
