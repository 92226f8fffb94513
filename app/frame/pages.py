"""What the templates of the frame score see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import asyncpg

from app.frame.plotting import Plot, make_plot
from app.frame.scoring import OWED, RECENCY, RECIPROCITY, Frame
from app.heat.warmth import score, tier
from app.web.locale import ago, ngettext, number
from app.web.locale import gettext as _


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a score: its points, of how many, and why."""

    name: str
    points: str
    most: int
    why: str


@dataclass(frozen=True, slots=True)
class FramePanel:
    score: int
    trend: str
    parts: tuple[Part, ...]
    plot: Plot | None
    is_cooling: bool


@dataclass(frozen=True, slots=True)
class CoolRow:
    href: str
    log_href: str
    name: str
    soft: str
    score: int | None
    heat: str


@dataclass(frozen=True, slots=True)
class LosingPage:
    rows: tuple[CoolRow, ...]


def frame_panel(frame: Frame, trend: Sequence[asyncpg.Record], today: date) -> FramePanel:
    """`trend` are (day, score), oldest first; today's is the frame's own."""
    points = [(row["day"], row["score"]) for row in trend if row["day"] < today]
    return FramePanel(
        frame.score, _trend(frame.score, points, today), _parts(frame), make_plot([*points, (today, frame.score)]),
        frame.is_cooling,
    )  # fmt: skip


def losing_page(found: Iterable[asyncpg.Record]) -> LosingPage:
    now = datetime.now(UTC)
    return LosingPage(tuple(
        CoolRow(f"/people/{row['id']}", f"/interactions/new?person={row['id']}", row["full_name"], _cooling(row),
                row["frame_score"], tier(score(row["warmth"], now)))
        for row in found
    ))  # fmt: skip


def _trend(now: int, points: Sequence[tuple[date, int]], today: date) -> str:
    """Against the day a month ago, or the oldest that is known within it."""
    before = next((score for day, score in reversed(points) if (today - day).days >= 30), None)
    if before is None or before == now:
        return "" if before is None else _("as a month ago")
    told = _("%(num)s more than a month ago") if now > before else _("%(num)s less than a month ago")
    return told % {"num": number(abs(now - before))}


def _parts(frame: Frame) -> tuple[Part, ...]:
    return (
        Part(_("Recency"), _points(frame.recency), RECENCY, f"{_last(frame)} {_rhythm(frame)}"),
        Part(_("Reciprocity"), _points(frame.reciprocity), RECIPROCITY, _turns(frame)),
        Part(_("What is owed"), _points(frame.owed), OWED, _owed(frame)),
    )


def _points(points: float) -> str:
    return number(int(points + 0.5))


def _last(frame: Frame) -> str:
    if not frame.mine and not frame.theirs:
        return _("No contact has been logged.")
    return _("Last contact: %(when)s.") % {"when": _("today") if not frame.days else ago(frame.days)}


def _rhythm(frame: Frame) -> str:
    days = max(1, round(frame.rhythm))
    if frame.is_wished:
        told = ngettext("Wished: every day.", "Wished: every %(num)s days.", days)
    elif frame.is_assumed:
        told = ngettext("The rhythm is not known yet; a day is assumed.",
                        "The rhythm is not known yet; %(num)s days are assumed.", days)  # fmt: skip
    else:
        told = ngettext("Your rhythm: every day.", "Your rhythm: about every %(num)s days.", days)
    return told % {"num": number(days)}


def _turns(frame: Frame) -> str:
    if not frame.mine and not frame.theirs:
        return _("Nothing to compare yet.")
    told = _("Of the last ones you reached out in %(mine)s, they in %(theirs)s.")
    return told % {"mine": number(frame.mine), "theirs": number(frame.theirs)}


def _owed(frame: Frame) -> str:
    counted = (
        (frame.open_promises, ngettext("%(num)s open promise of yours", "%(num)s open promises of yours",
                                       frame.open_promises)),
        (frame.late_promises, ngettext("%(num)s of them overdue", "%(num)s of them overdue", frame.late_promises)),
        (frame.their_late_promises, ngettext("%(num)s overdue promise of theirs", "%(num)s overdue promises of theirs",
                                             frame.their_late_promises)),
        (frame.late_follow_ups, ngettext("%(num)s overdue reminder", "%(num)s overdue reminders",
                                         frame.late_follow_ups)),
    )  # fmt: skip
    said = [told % {"num": number(many)} for many, told in counted if many]
    return ", ".join(said) + "." if said else _("Nothing is open.")


def _cooling(row: asyncpg.Record) -> str:
    last = ago(row["days"]) if row["last_contact_at"] else _("nothing logged yet")
    days = max(1, round(row["wished"] or row["patience"] / 1.5))
    told = (
        ngettext("wished every day", "wished every %(num)s days", days) if row["wished"]
        else ngettext("usually every day", "usually about every %(num)s days", days)
    )  # fmt: skip
    return f"{last} · {told % {'num': number(days)}}"
