"""Where the nodes of a graph stand: links draw together, everything else pushes apart, deterministic, in numpy alone.

Of the family of ForceAtlas2, whose pace it keeps. What is far pushes through a grid (the density of the nodes,
convolved with the force by a Fourier transform), so one round takes time by the number of nodes and not by its square;
what is near pushes pair by pair, between those that stand next to each other by row and by column. Memory is bounded by
the grid and a few columns of numbers.

Own code: ten thousand nodes take seconds, and the libraries that do the same bring scipy or a compiled graph along.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]

GOLDEN = math.pi * (3 - math.sqrt(5))
REPULSION, DRAW, SPACE = 2.0, 1.0, 2.5
TOLERANCE = 1.0
ROOM = 1.0
"""How far two nodes stand from each other at least, in the unit of places."""
BESIDE = 6
"""With how many of those that follow it in a row, or a column, a node is compared."""


@dataclass(frozen=True, slots=True)
class Ties:
    """Links without their direction; `weight` is how strongly each draws."""

    source: Whole
    target: Whole
    weight: Numbers


def spiral(count: int, spacing: float = ROOM, first: float = 0.0) -> Numbers:
    """Places side by side around the middle, as in a sunflower; `first` leaves room for as many within."""
    number = np.arange(count, dtype=np.float64) + first + 0.5
    radius, angle = spacing * np.sqrt(number), number * GOLDEN
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle)))


def settle(
    places: Numbers, ties: Ties, rounds: int, check: Callable[[], None], is_fixed: NDArray[np.bool_] | None = None
) -> Numbers:
    """The places after so many rounds; what is fixed stays where it is."""
    places = places.copy()
    degree = np.bincount(ties.source, minlength=len(places)) + np.bincount(ties.target, minlength=len(places))
    mass = np.sqrt(1.0 + degree)
    pace, before = _Pace(), np.zeros_like(places)
    for _round in range(rounds):
        check()
        force: Numbers = _far(places, mass) + _near(places, mass) + _drawn(places, ties, mass) + _gravity(places, mass)
        if is_fixed is not None:
            force[is_fixed] = 0.0
        places += pace.step(force, before, mass)
        before = force
    return places


def spread(places: Numbers, rounds: int, check: Callable[[], None], is_fixed: NDArray[np.bool_] | None) -> Numbers:
    """The same places with room between those that lay on one another."""
    places = places.copy()
    for _round in range(rounds):
        check()
        moved = _apart(places)
        if is_fixed is not None:
            moved[is_fixed] = 0
        places += moved
    return places


@dataclass(slots=True)
class _Pace:
    """How far a force carries: less where it swings to and fro than where it keeps its direction."""

    speed: float = 1.0
    efficiency: float = 1.0

    def step(self, force: Numbers, before: Numbers, mass: Numbers) -> Numbers:
        swing = mass * np.hypot(*(force - before).T)
        self._adapt(float(swing.sum()), float((mass * np.hypot(*(force + before).T)).sum()) / 2, len(mass))
        step: Numbers = force * (self.speed / (1 + np.sqrt(self.speed * swing)))[:, None]
        most = math.sqrt(len(mass)) * ROOM / 4
        step *= np.minimum(1.0, most / np.maximum(np.hypot(*step.T), 1e-9))[:, None]
        return step

    def _adapt(self, swing: float, traction: float, count: int) -> None:
        guess = 0.05 * math.sqrt(count)
        jitter = TOLERANCE * max(math.sqrt(guess), min(10.0, guess * traction / count**2))
        if swing > 2 * traction:
            self.efficiency = max(0.05, self.efficiency * 0.5)
            jitter = max(jitter, TOLERANCE)
        aim = jitter * self.efficiency * traction / max(swing, 1e-9)
        if swing > jitter * traction:
            self.efficiency = max(0.05, self.efficiency * 0.7)
        elif self.speed < 1000:
            self.efficiency *= 1.3
        self.speed += min(aim - self.speed, 0.5 * self.speed)


def _drawn(places: Numbers, ties: Ties, mass: Numbers) -> Numbers:
    apart = places[ties.target] - places[ties.source]
    pull = apart * (ties.weight * DRAW / np.sqrt(np.minimum(mass[ties.source], mass[ties.target])))[:, None]
    return np.column_stack([
        np.bincount(ties.source, pull[:, axis], len(places)) - np.bincount(ties.target, pull[:, axis], len(places))
        for axis in (0, 1)
    ])  # fmt: skip


def _gravity(places: Numbers, mass: Numbers) -> Numbers:
    """As if the room were filled evenly with what draws: without links, all would stand as far apart as they may."""
    pull: Numbers = -places * (REPULSION * mass * (mass.sum() / (len(mass) * SPACE**2)))[:, None]
    return pull


def _far(places: Numbers, mass: Numbers) -> Numbers:
    cells = 64 if len(places) < 2000 else 128 if len(places) < 20_000 else 256
    low = places.min(axis=0)
    width = max(float((places.max(axis=0) - low).max()), 1e-6) / (cells - 2)
    at = (places - low) / width + 0.5
    corner = np.floor(at).astype(np.int64)
    part = at - corner
    parts = [
        ((corner[:, 0] + dx) * cells + corner[:, 1] + dy, np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1]))
        for dx in (0, 1) for dy in (0, 1)
    ]  # fmt: skip
    density = sum(np.bincount(cell, mass * share, cells * cells) for cell, share in parts)
    wave = np.fft.rfft2(np.reshape(density, (cells, cells)), (2 * cells, 2 * cells))
    force = np.zeros_like(places)
    for axis, kernel in enumerate(_kernels(cells)):
        field = np.fft.irfft2(wave * kernel, (2 * cells, 2 * cells))[:cells, :cells].ravel() / width
        force[:, axis] = REPULSION * mass * sum(field[cell] * share for cell, share in parts)
    return force


@cache
def _kernels(cells: int) -> tuple[NDArray[np.complex128], NDArray[np.complex128]]:
    """The push of one node, as far as the grid reaches, by its two directions."""
    offset = np.fft.fftfreq(2 * cells, 1 / (2 * cells))
    x, y = offset[:, None], offset[None, :]
    square = x * x + y * y + 1.0
    return np.fft.rfft2(x / square), np.fft.rfft2(y / square)


def _near(places: Numbers, mass: Numbers) -> Numbers:
    """What two push each other that stand within a few steps, which the grid cannot tell apart."""
    force = np.zeros_like(places)
    for one, other in _side_by_side(places, 4 * ROOM):
        apart = places[one] - places[other]
        square = np.maximum((apart * apart).sum(axis=1), 0.01)
        push = apart * (REPULSION * mass[one] * mass[other] / square * (square < 16 * ROOM**2))[:, None]
        # No index comes twice within one of the pairs' two columns.
        force[one] += push
        force[other] -= push
    return force


def _apart(places: Numbers) -> Numbers:
    """Half of what is missing, for each two that stand too near."""
    moved = np.zeros_like(places)
    for one, other in _side_by_side(places, ROOM):
        apart = places[one] - places[other]
        length = np.hypot(*apart.T)
        # Two on the very same spot part in a direction of their own, the same each time.
        angle = one * GOLDEN
        apart = np.where(length[:, None] < 1e-6, np.column_stack((np.cos(angle), np.sin(angle))), apart)
        lack = np.maximum(0.0, ROOM - length) / np.maximum(np.hypot(*apart.T), 1e-9) * 0.25
        moved[one] += apart * lack[:, None]
        moved[other] -= apart * lack[:, None]
    return moved


def _side_by_side(places: Numbers, width: float) -> list[tuple[Whole, Whole]]:
    """Pairs that follow each other closely within stripes of that width, by rows and by columns."""
    pairs = []
    for axis in (0, 1):
        order = np.lexsort((places[:, axis], np.floor(places[:, 1 - axis] / width)))
        pairs += [(order[:-step], order[step:]) for step in range(1, min(BESIDE, len(order) - 1) + 1)]
    return pairs
