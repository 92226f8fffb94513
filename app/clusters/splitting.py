"""One cluster into the two that differ most."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.clusters.neighbours import Numbers

LEAST = 2
ROUNDS = 20


def split_in_two(vectors: Numbers) -> NDArray[np.bool_]:
    """Who goes into the smaller one; nobody where there are not enough. Two means, begun along what differs most."""
    count = len(vectors)
    if count < 2 * LEAST:
        return np.zeros(count, dtype=bool)
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    along = _along(unit - unit.mean(axis=0))
    second = along > np.median(along)
    for _round in range(ROUNDS):
        if not second.any() or second.all():
            break
        nearer = unit @ (unit[second].mean(axis=0) - unit[~second].mean(axis=0))
        middle = (unit[second].mean(axis=0) + unit[~second].mean(axis=0)) / 2
        moved = nearer > middle @ (unit[second].mean(axis=0) - unit[~second].mean(axis=0))
        if (moved == second).all():
            break
        second = moved
    if min(second.sum(), count - second.sum()) < LEAST:
        second = np.argsort(np.argsort(along, kind="stable"), kind="stable") >= count - LEAST
    return np.asarray(second if second.sum() * 2 <= count else ~second)


def _along(centred: Numbers) -> Numbers:
    """How far each lies along the direction in which they differ most: the power method, which needs no square of
    the dimensions."""
    way = centred[np.argmax((centred**2).sum(axis=1))].copy()
    for _round in range(ROUNDS):
        longer = centred.T @ (centred @ way)
        way = longer / max(float(np.linalg.norm(longer)), 1e-9)
    return np.asarray(centred @ way)
