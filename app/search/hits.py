"""What the search page shows of each hit: its name, the piece that answers, and why it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.heat.warmth import score, tier
from app.search.finding import Answer
from app.search.fusion import Found
from app.search.snippets import make_snippet
from app.web.locale import gettext as _
from app.web.locale import number


@dataclass(frozen=True, slots=True)
class Reason:
    """One signal: its share of the hit's points in percent, and what it saw."""

    label: str
    share: int
    seen: str


@dataclass(frozen=True, slots=True)
class Hit:
    href: str
    title: str
    snippet: Markup
    why: str
    reasons: tuple[Reason, ...]
    passage: str
    kind: str
    heat: str
    when: datetime


def make_hits(answer: Answer, kinds: Mapping[str, Kind], now: datetime) -> tuple[Hit, ...]:
    return tuple(_hit(row, answer, kinds, now) for row in answer.rows)


def _hit(row: asyncpg.Record, answer: Answer, kinds: Mapping[str, Kind], now: datetime) -> Hit:
    found, kind = answer.found[row["id"]], kinds[row["kind"]]
    passage = answer.passages.get(row["id"])
    text = passage_body(passage, row["title"]) if passage else ""
    reasons = explain(found)
    return Hit(
        kind.url(row["id"]), row["title"] or row["preview"][:80] or _("Untitled"),
        make_snippet(text or row["preview"], answer.asked.text), ", ".join(reason.label for reason in reasons), reasons,
        passage["heading"] if passage else "", _(kind.label), tier(score(row["warmth"], now)), row["updated_at"],
    )  # fmt: skip


def explain(found: Found) -> tuple[Reason, ...]:
    """The signals that brought the record, the strongest first; nothing for what only passed a filter."""
    labels = {"name": _("name"), "words": _("words"), "meaning": _("meaning"), "heat": _("heat")}
    total = sum(found.points.values()) or 1.0
    ordered: Sequence[tuple[str, float]] = sorted(found.points.items(), key=lambda item: -item[1])
    return tuple(
        Reason(labels[signal], round(100 * points / total), _seen(found, signal))
        for signal, points in ordered
        if 100 * points / total >= 0.5
    )


def _seen(found: Found, signal: str) -> str:
    if signal == "name":
        if found.slip:
            return _("is called “%(name)s”, nearly as it was typed") % {"name": found.slip}
        return _("is called “%(name)s”") % {"name": found.name}
    if signal == "words":
        phrase = {2: _("the whole phrase in its title"), 1: _("the whole phrase")}.get(min(found.exactly, 2), "")
        return ", ".join(part for part in (phrase, *found.matched) if part)
    if signal == "meaning":
        return _("%(cosine)s of 1 alike") % {"cosine": number(round(found.cosine, 2))}
    return _("at %(heat)s of 1") % {"heat": number(round(found.heat, 2))}


def passage_body(passage: asyncpg.Record, title: str) -> str:
    """The passage without the line of context that it was embedded with."""
    text: str = passage["text"]
    heading: str = passage["heading"]
    context, _break, body = text.partition("\n")
    is_context = (title and context.startswith(title.strip())) or (heading and context.startswith(heading))
    return body if is_context else text
