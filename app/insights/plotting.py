"""Seven days as bars, drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

STEP, WIDE, HEIGHT, FOOT = 36, 24, 56, 16


@dataclass(frozen=True, slots=True)
class Bar:
    """`x`, `y` and `height` of a bar of `WIDE`; `middle` is where its label stands."""

    label: str
    value: int
    x: int
    y: float
    height: float
    middle: float


@dataclass(frozen=True, slots=True)
class Bars:
    width: int
    height: int
    wide: int
    bars: tuple[Bar, ...]
    told: str


def make_bars(values: Sequence[tuple[str, int]]) -> Bars | None:
    """Of (label, value); None where there is nothing to see."""
    most = max((value for _label, value in values), default=0)
    if not most:
        return None
    tall = HEIGHT - FOOT
    bars = tuple(
        Bar(label, value, nth * STEP, round(tall - tall * value / most, 1), round(tall * value / most, 1),
            nth * STEP + WIDE / 2)
        for nth, (label, value) in enumerate(values)
    )  # fmt: skip
    told = ", ".join(f"{label} {value}" for label, value in values)
    return Bars(STEP * len(values), HEIGHT, WIDE, bars, told)
