"""The map of clusters, drawn on the server: a circle for each, as large as it has members, near where it is near."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

import asyncpg
import numpy as np

from app.clusters.mapping import part_circles

MOST = 60
LEAST_RADIUS, MOST_RADIUS = 26.0, 84.0
# How far apart those stand that have nothing in common, before circles are parted.
SPREAD = 260.0
GAP, EDGE = 6.0, 8.0
A_LETTER, A_LINE, MOST_LINES = 7.2, 17.0, 3


@dataclass(frozen=True, slots=True)
class Line:
    """`down` is how far below the line before it, or for the first one below the middle, in heights of a letter."""

    text: str
    down: float


@dataclass(frozen=True, slots=True)
class Circle:
    """`lines` are its name, as far as it has room; all of it is `name`."""

    href: str
    name: str
    size: int
    x: float
    y: float
    radius: float
    lines: tuple[Line, ...]
    is_large: bool


@dataclass(frozen=True, slots=True)
class Picture:
    x: float
    y: float
    width: float
    height: float
    circles: tuple[Circle, ...]


def draw_map(clusters: Sequence[tuple[asyncpg.Record, int, str, str]]) -> Picture | None:
    """Of (row, size, name, address), the largest first; None where there is nothing to compare."""
    shown = clusters[:MOST]
    if len(shown) < 2:
        return None
    most = max(size for _row, size, _name, _href in shown)
    radii = np.array([_radius(size, most) for _row, size, _name, _href in shown])
    wished = np.array([(row["x"], row["y"]) for row, _size, _name, _href in shown], dtype=float) * SPREAD
    places = part_circles(wished, radii + GAP / 2)
    low, high = (places - radii[:, None]).min(axis=0) - EDGE, (places + radii[:, None]).max(axis=0) + EDGE
    circles = tuple(
        Circle(href, name, size, round(x, 1), round(y, 1), round(radius, 1), _lines(name, radius), radius >= 48)
        for (_row, size, name, href), (x, y), radius in zip(shown, places.tolist(), radii.tolist(), strict=True)
    )
    width, height = (high - low).tolist()
    return Picture(round(float(low[0]), 1), round(float(low[1]), 1), round(width, 1), round(height, 1), circles)


def _radius(size: int, most: int) -> float:
    return max(LEAST_RADIUS, MOST_RADIUS * math.sqrt(size / most))


def _lines(name: str, radius: float) -> tuple[Line, ...]:
    """What commas part one under the other, a title set in lines; as much as there is room for, long words cut."""
    room = max(1, min(MOST_LINES, int(radius * 1.3 / A_LINE)))
    letters = max(3, int(radius * 1.75 / A_LETTER))
    words = [word.strip() for word in name.split(",")] if "," in name else name.split()
    cut = [word if len(word) <= letters else f"{word[: letters - 1]}…" for word in words]
    texts = cut[:room] if "," in name else wrap(" ".join(cut), letters, max_lines=room, placeholder="…")
    first = round(0.35 - (len(texts) - 1) * 0.6, 2)
    return tuple(Line(text, 1.2 if place else first) for place, text in enumerate(texts))
