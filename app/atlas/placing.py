"""The places of a whole graph: laid out once, community by community, and from then on only added to.

What has a place keeps it, since a person remembers where things lie. New nodes come next to what they are linked with.
Only when the graph has grown by half may everything shift, from where it stands; and it begins anew when little of it
is old.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.atlas.communities import LOOSE
from app.atlas.forces import GOLDEN, ROOM, Numbers, Ties, Whole, settle, spiral, spread

Check = Callable[[], None]
Chosen = NDArray[np.bool_]

WITHIN, BETWEEN = 2.0, 0.15
"""How strongly a link draws within its community and out of it: what sets communities apart for the eye."""
WIDE = 2.5
ROUNDS, ROUNDS_AGAIN, ROUNDS_OF_NEW, ROUNDS_OF_ROOM = 80, 40, 20, 12
GROWN, MOSTLY_NEW = 1.5, 4.0


def place_all(
    places: Numbers, is_old: Chosen, source: Whole, target: Whole, community: Whole, laid: int, check: Check
) -> tuple[Numbers, bool]:
    """Places for all nodes, and whether all of them were laid out; `laid` is how many were when that last happened."""
    count = len(places)
    linked = community != LOOSE
    if count > MOSTLY_NEW * max(laid, 1) or not is_old.any():
        found, everything = _from_scratch(linked, source, target, community, check), True
    else:
        everything = count > GROWN * laid
        fixed = None if everything else is_old
        found = _go_on(place_new(places, is_old, source, target), linked, fixed, source, target, community, check)
    return _loose_ones_outside(found, linked, is_old & np.isfinite(places[:, 0]), places), everything


def place_new(places: Numbers, is_old: Chosen, source: Whole, target: Whole) -> Numbers:
    """Those without a place next to what they are linked with, step by step; what hangs on nothing old, outside."""
    places, known = np.where(is_old[:, None], places, 0.0), is_old.copy()
    count = len(places)
    one, other = np.concatenate((source, target)), np.concatenate((target, source))
    while True:
        reach = known[other] & ~known[one]
        if not reach.any():
            break
        near, at = one[reach], other[reach]
        times = np.bincount(near, minlength=count)
        fresh = np.flatnonzero(times)
        middle = np.column_stack([np.bincount(near, places[at, axis], count)[fresh] for axis in (0, 1)])
        angle = fresh * GOLDEN
        beside = np.column_stack((np.cos(angle), np.sin(angle))) * ROOM * 2
        places[fresh] = middle / times[fresh, None] + beside
        known[fresh] = True
    rest = np.flatnonzero(~known)
    places[rest] = _outside(places[known], len(rest))
    return places


def _go_on(
    places: Numbers, linked: Chosen, fixed: Chosen | None, source: Whole, target: Whole, community: Whole, check: Check
) -> Numbers:
    if fixed is not None and fixed.all():
        return places
    ties = Ties(source, target, _weights(source, target, community))
    # What is linked with nothing takes no part: it stands outside.
    still = ~linked if fixed is None else fixed | ~linked
    moved = settle(places, ties, ROUNDS_AGAIN if fixed is None else ROUNDS_OF_NEW, check, still)
    return spread(moved, ROUNDS_OF_ROOM, check, still)


def _from_scratch(linked: Chosen, source: Whole, target: Whole, community: Whole, check: Check) -> Numbers:
    """Communities are laid out first, each as a disc; then their nodes find their places from there."""
    places = np.zeros((len(linked), 2))
    inner = np.flatnonzero(linked)
    if not len(inner):
        return places
    names, group = np.unique(community[inner], return_inverse=True)
    number = np.full(len(linked), -1)
    number[inner] = np.arange(len(inner))
    one, other = number[source], number[target]
    discs = _discs(group, len(names), one, other, check)
    start = np.zeros((len(inner), 2))
    for disc in range(len(names)):
        mine = np.flatnonzero(group == disc)
        start[mine] = discs[disc] + spiral(len(mine), 2 * ROOM)
    ties = Ties(one, other, _weights(one, other, group))
    places[inner] = spread(settle(start, ties, ROUNDS, check), ROUNDS_OF_ROOM, check, None)
    return places


def _discs(group: Whole, count: int, one: Whole, other: Whole, check: Check) -> Numbers:
    """The middles of the communities, by how much runs between them, none upon another."""
    size = np.bincount(group, minlength=count)
    radius = WIDE * np.sqrt(size)
    low, high = np.minimum(group[one], group[other]), np.maximum(group[one], group[other])
    pair, times = np.unique((low * count + high)[low != high], return_counts=True)
    low, high = pair // count, pair % count
    ties = Ties(low, high, 3 * times / np.sqrt(size[low] * size[high]))
    middle = settle(spiral(count, 2 * ROOM), ties, 150, check)
    far = math.sqrt(float((middle**2).sum(axis=1).mean())) or 1.0
    middle *= 0.8 * math.sqrt(float((radius**2).sum())) / far
    return _without_overlap(middle, radius) if count <= 1500 else middle


def _without_overlap(middle: Numbers, radius: Numbers) -> Numbers:
    for _round in range(80):
        apart = middle[:, None] - middle[None]
        length = np.hypot(apart[..., 0], apart[..., 1]) + 1e-9
        lack = np.maximum(0.0, (radius[:, None] + radius[None]) * 0.95 - length)
        np.fill_diagonal(lack, 0.0)
        middle = (middle + (apart / length[..., None] * (lack * 0.25)[..., None]).sum(axis=1)) * 0.995
    return middle


def _weights(source: Whole, target: Whole, community: Whole) -> Numbers:
    return np.where(community[source] == community[target], WITHIN, BETWEEN)


def _loose_ones_outside(places: Numbers, linked: Chosen, is_kept: Chosen, before: Numbers) -> Numbers:
    """What is linked with nothing stands around all the rest; whoever stood there already stays."""
    kept = ~linked & is_kept
    places[kept] = before[kept]
    fresh = np.flatnonzero(~linked & ~is_kept)
    places[fresh] = _outside(places[linked | kept], len(fresh))
    return places


def _outside(inner: Numbers, count: int) -> Numbers:
    radius = float(np.hypot(*inner.T).max()) + 3 * ROOM if len(inner) else 0.0
    return spiral(count, 2 * ROOM, (radius / (2 * ROOM)) ** 2)
