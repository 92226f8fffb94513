"""The score of ninety days as a line, drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

DAYS, WIDTH, HEIGHT, EDGE = 90, 240, 48, 4


@dataclass(frozen=True, slots=True)
class Plot:
    """`line` and `area` for an SVG of `width` by `height`; the point of the last day; the first and last score."""

    width: int
    height: int
    line: str
    area: str
    x: float
    y: float
    first: int
    last: int


def make_plot(points: Sequence[tuple[date, int]]) -> Plot | None:
    """Of (day, score), oldest first, on a scale from 0 to 100; None where one point is no line."""
    if len(points) < 2:
        return None
    end = points[-1][0]
    drawn = [(_x((end - day).days), _y(score)) for day, score in points if (end - day).days <= DAYS]
    line = " ".join(f"{x:g},{y:g}" for x, y in drawn)
    area = f"{drawn[0][0]:g},{HEIGHT} {line} {drawn[-1][0]:g},{HEIGHT}"
    return Plot(WIDTH, HEIGHT, line, area, *drawn[-1], points[0][1], points[-1][1])


def _x(days_ago: int) -> float:
    return round(EDGE + (WIDTH - 2 * EDGE) * (1 - days_ago / DAYS), 1)


def _y(score: int) -> float:
    return round(EDGE + (HEIGHT - 2 * EDGE) * (1 - score / 100), 1)
