"""Where clusters stand on their map: near in meaning, near on paper, and where they stood before as far as may be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.clusters.neighbours import Numbers

Points = NDArray[np.float64]


def place_clusters(centres: Numbers) -> Points:
    """In two dimensions, from -1 to 1: classical scaling of how unlike the centres (of unit length) are."""
    count = len(centres)
    if count < 2:
        return np.zeros((count, 2))
    unlike = np.maximum(1 - centres.astype(np.float64) @ centres.T.astype(np.float64), 0)
    square = unlike**2
    inner = -0.5 * (square - square.mean(0) - square.mean(1)[:, None] + square.mean())
    values, vectors = np.linalg.eigh(inner)
    places = vectors[:, ::-1][:, :2] * np.sqrt(np.maximum(values[::-1][:2], 0))
    return np.asarray(places / max(float(np.abs(places).max()), 1e-9))


def turn_to(places: Points, before: Points) -> Points:
    """Turned and mirrored so that they lie as near as can be to `before`; rows of it that are unknown are NaN."""
    known = ~np.isnan(before).any(axis=1)
    if known.sum() < 2:
        return places
    left, _values, right = np.linalg.svd(places[known].T @ before[known])
    return np.asarray(places @ (left @ right))


def part_circles(places: Points, radii: Points, rounds: int = 120) -> Points:
    """Moved apart until no two circles lie upon each other, or nearly so."""
    apart = places.copy()
    for _round in range(rounds):
        between = apart[:, None] - apart[None]
        length = np.sqrt((between**2).sum(axis=2))
        short = np.triu(radii[:, None] + radii[None] - length, 1)
        ones, others = np.nonzero(short > 1e-3)
        if not len(ones):
            break
        for a, b in zip(ones.tolist(), others.tolist(), strict=True):
            way = between[a, b] / length[a, b] if length[a, b] > 1e-6 else _any_way(a, b)
            apart[a] += way * short[a, b] / 2
            apart[b] -= way * short[a, b] / 2
    return apart


def _any_way(a: int, b: int) -> Points:
    """For two at one place: always the same direction for the same two."""
    turn = 2.399963 * (a + 31 * b)
    return np.array([np.cos(turn), np.sin(turn)])
