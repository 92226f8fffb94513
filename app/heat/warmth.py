"""Heat: attention as a number from 0 to 1 that fades.

raw = raw · 2^(−Δt / half-life) + weight, score = 1 − e^(−raw). Stored forward-decayed as
warmth = log2(raw) + t / half-life, so that decay rewrites no row and an index orders records at any time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

HALF_LIFE_HOURS = 168.0
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)  # keeps t small, so that a double holds warmth to a millionth
HOT, WARM = 0.7, 0.2
CREATE, EDIT, OPEN, SYNC = 1.3, 0.8, 0.4, 0.15
COLDEST = -1e6


def add_weight(warmth: float | None, weight: float, at: datetime) -> float:
    """The warmth after `weight` more attention at `at`, which may lie before attention already counted."""
    added = math.log2(weight) + _half_lives(at)
    if warmth is None or warmth <= COLDEST:
        return added
    high, low = max(warmth, added), min(warmth, added)
    return high + math.log2(1 + 2 ** max(low - high, -1000.0))


def score(warmth: float | None, now: datetime) -> float:
    if warmth is None:
        return 0.0
    raw = 2 ** max(min(warmth - _half_lives(now), 60.0), -1000.0)
    return 1 - math.exp(-raw)


def tier(value: float) -> str:
    """cold, warm, warmer or hot: what a page shows of a score. `warmer` is the upper half of warm."""
    if value > HOT:
        return "hot"
    if value > (HOT + WARM) / 2:
        return "warmer"
    return "warm" if value > WARM else "cold"


def coarse_tier(value: float) -> str:
    """cold, warm or hot: the tiers that records move between."""
    return "hot" if value > HOT else "warm" if value > WARM else "cold"


def tiers_at(now: datetime) -> Callable[[float | None], str]:
    """`tier(score(warmth, now))` for many records of one moment, without an exponential for each."""
    hot, warmer, warm = (least_warmth(bound, now) for bound in (HOT, (HOT + WARM) / 2, WARM))

    def name(warmth: float | None) -> str:
        if warmth is None or warmth <= warm:
            return "cold"
        return "hot" if warmth > hot else "warmer" if warmth > warmer else "warm"

    return name


def least_warmth(score_above: float, now: datetime) -> float:
    """The warmth at which a record's score is just `score_above` now: a bound for an index scan."""
    return math.log2(-math.log(1 - score_above)) + _half_lives(now)


def cools_at(warmth: float, score_above: float) -> datetime:
    """When the score of that warmth falls to `score_above`, with no more attention; may lie in the past."""
    half_lives = warmth - math.log2(-math.log(1 - score_above))
    return EPOCH + timedelta(hours=half_lives * HALF_LIFE_HOURS)


def _half_lives(at: datetime) -> float:
    return (at - EPOCH).total_seconds() / 3600 / HALF_LIFE_HOURS
