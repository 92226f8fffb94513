"""The frame score: how a relation stands, from 0 to 100, by rules that anybody can follow (docs/people.md).

    score = recency (0 to 60) + reciprocity (0 to 20) + what is owed (0 to 20), rounded

- **Recency.** The rhythm is the one that was wished for the person, else the shortest wished for one of their groups,
  else the median of the days between the last 25 days of contact (once there are three such gaps, from 1 to 365).
  Where neither is known, 90 days are assumed. A measured or assumed rhythm is given half as much again, since half of
  all gaps are longer than their median; a wish is taken at its word. Up to there it is 60 points; after it they halve
  with each further such span: `60 · 2^(1 − days/patience)`.
- **Reciprocity.** Of the last 12 interactions, `m` came from the user and `t` from the other (those from both count on
  each side): `20 · (min(m, t) + 1) / (max(m, t) + 1)`. With nothing logged it is 20.
- **What is owed.** 20, less 2 for each open promise of the user and 5 once it is overdue, 2 for each overdue promise of
  theirs, and 5 for each overdue follow-up; never below 0.

Who was never met and has no wished rhythm has no score: there is nothing to compare. The same facts give the same
score, and while nothing happens it can only fall. No model judges people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

RECENCY, RECIPROCITY, OWED = 60, 20, 20
GAPS, FEWEST_GAPS, LONGEST_GAP = 24, 3, 365
ASSUMED, SLACK = 90.0, 1.5
LAST = 12


@dataclass(frozen=True, slots=True)
class Touch:
    """One interaction: its day, and who reached out (me, them, both)."""

    day: date
    direction: str


@dataclass(frozen=True, slots=True)
class Promise:
    by: str
    due: date | None
    done: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one person. `touches` newest first; `follow_ups` are the days of open reminders; `since`: when
    the person came to the house, from which a wished rhythm counts before the first contact."""

    touches: tuple[Touch, ...]
    promises: tuple[Promise, ...]
    follow_ups: tuple[date, ...]
    wished: int | None
    since: date


@dataclass(frozen=True, slots=True)
class Frame:
    """A score and all that it is made of. `days` since the last contact; `rhythm` and whether it is a wish."""

    score: int
    recency: float
    reciprocity: float
    owed: float
    days: int
    rhythm: float
    is_wished: bool
    is_assumed: bool
    mine: int
    theirs: int
    open_promises: int
    late_promises: int
    their_late_promises: int
    late_follow_ups: int

    @property
    def patience(self) -> float:
        return self.rhythm if self.is_wished else self.rhythm * SLACK

    @property
    def is_cooling(self) -> bool:
        """Longer without contact than the rhythm bears."""
        return self.days > self.patience


def frame(facts: Facts, day: date) -> Frame | None:
    """As it stood, or stands, on that day; None where there is nothing to compare."""
    touches = [touch for touch in facts.touches if touch.day <= day]
    if not touches and facts.wished is None:
        return None
    measured = measure_rhythm(touches)
    rhythm = facts.wished or measured or ASSUMED
    days = max(0, (day - (touches[0].day if touches else min(facts.since, day))).days)
    patience = rhythm if facts.wished else rhythm * SLACK
    recency = RECENCY * min(1.0, 2.0 ** (1 - days / patience))
    mine, theirs = _turns(touches)
    reciprocity = RECIPROCITY * (min(mine, theirs) + 1) / (max(mine, theirs) + 1)
    open_mine, late_mine, late_theirs = _promises(facts, day)
    late = sum(due < day for due in facts.follow_ups)
    owed = float(max(0, OWED - 2 * (open_mine - late_mine) - 5 * late_mine - 2 * late_theirs - 5 * late))
    return Frame(
        int(recency + reciprocity + owed + 0.5), recency, reciprocity, owed, days, float(rhythm),
        facts.wished is not None, facts.wished is None and measured is None, mine, theirs, open_mine, late_mine,
        late_theirs, late,
    )  # fmt: skip


def measure_rhythm(touches: list[Touch]) -> float | None:
    """The median of the days between days of contact; several on one day are one. None before there are enough."""
    days = sorted({touch.day for touch in touches}, reverse=True)[: GAPS + 1]
    gaps = [(later - earlier).days for later, earlier in pairwise(days)]
    return min(float(median(gaps)), float(LONGEST_GAP)) if len(gaps) >= FEWEST_GAPS else None


def _turns(touches: list[Touch]) -> tuple[int, int]:
    last = touches[:LAST]
    return (
        sum(touch.direction in ("me", "both") for touch in last),
        sum(touch.direction in ("them", "both") for touch in last),
    )


def _promises(facts: Facts, day: date) -> tuple[int, int, int]:
    """Open and overdue ones of the user, overdue ones of the other."""
    still = [promise for promise in facts.promises if promise.done is None or promise.done > day]
    mine = [promise for promise in still if promise.by == "me"]
    late = [promise for promise in still if promise.due is not None and promise.due < day]
    return len(mine), sum(one.by == "me" for one in late), sum(one.by == "them" for one in late)
