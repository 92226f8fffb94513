"""What the insights' templates see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.digest.service import MailForm
from app.insights.kinds import INSIGHTS
from app.insights.noticing import Deed, Evidence, InsightKind
from app.insights.plotting import Bars, make_bars
from app.insights.reading import Shown
from app.insights.weighing import LEAST, Said
from app.web.locale import day, number
from app.web.locale import gettext as _

SHOWN_EVIDENCE = 4


@dataclass(frozen=True, slots=True)
class Source:
    """A record that an insight follows from."""

    href: str
    title: str
    when: datetime


@dataclass(frozen=True, slots=True)
class SaidSentence:
    """A model's, with the records that it is from by their place among the card's sources."""

    text: str
    cites: tuple[tuple[int, Source], ...]


@dataclass(frozen=True, slots=True)
class Card:
    """`href` is its own address, under which its verdicts are; `said` is what was said of it already. Where a `model`
    told it, its `sentences` stand instead of the house's `body`."""

    href: str
    label: str
    title: str
    body: str
    quote: str
    sources: tuple[Source, ...]
    more: tuple[Source, ...]
    deed: Deed | None
    bars: Bars | None
    is_pinned: bool
    said: str
    sure: str
    sentences: tuple[SaidSentence, ...] = ()
    model: str = ""


@dataclass(frozen=True, slots=True)
class CardList:
    """`back` is where the buttons return to; `line` is the night in one line."""

    cards: tuple[Card, ...]
    back: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class WeightRow:
    label: str
    counts: str
    weight: str
    needs: str


@dataclass(frozen=True, slots=True)
class InsightsPage:
    today: str
    now: CardList
    judged: CardList
    weeks: CardList
    weights: tuple[WeightRow, ...]
    mail: MailForm | None


@dataclass(frozen=True, slots=True)
class InsightPage:
    list: CardList


def insights_page(
    today: date, now: Sequence[Shown], judged: Sequence[Shown], weeks: Sequence[Shown], said: Mapping[str, Said],
    line: str, mail: MailForm | None = None,
) -> InsightsPage:  # fmt: skip
    """Without `mail` none goes out of this house."""
    ids = {one.insight.id for one in now}
    older = [one for one in weeks if one.insight.id not in ids]
    return InsightsPage(
        day(today), card_list(now, "/insights", line), card_list(judged, "/insights"), card_list(older, "/insights"),
        tuple(_weight(kind, said.get(kind.name, Said())) for kind in INSIGHTS.values()), mail,
    )  # fmt: skip


def card_list(shown: Iterable[Shown], back: str, line: str = "") -> CardList:
    return CardList(tuple(_card(one) for one in shown), back, line)


def _card(shown: Shown) -> Card:
    insight, told = shown.insight, shown.told
    sources = [_source(one) for one in insight.evidence]
    return Card(
        f"/insights/{insight.id}", shown.label, told.title, told.body, told.quote, tuple(sources[:SHOWN_EVIDENCE]),
        tuple(sources[SHOWN_EVIDENCE:]), told.deed, make_bars(told.bars), insight.is_pinned, _said(shown),
        _("%(share)s %% sure") % {"share": number(round(insight.confidence * 100))},
        _sentences(shown), shown.telling.model if shown.telling and shown.telling.sentences else "",
    )  # fmt: skip


def _sentences(shown: Shown) -> tuple[SaidSentence, ...]:
    places = {one.record_id: (place, _source(one)) for place, one in enumerate(shown.insight.evidence, 1)}
    said = shown.telling.sentences if shown.telling else ()
    return tuple(SaidSentence(one.text, tuple(places[record] for record in one.cites)) for one in said)


def _source(one: Evidence) -> Source:
    return Source(one.href, one.title, one.created_at)


def _said(shown: Shown) -> str:
    insight = shown.insight
    if insight.verdict:
        said = {"useful": _("useful"), "not_useful": _("not useful"), "dismissed": _("sent away")}
        return said[insight.verdict]
    if insight.snoozed_until:
        return _("later, from %(day)s on") % {"day": day(insight.snoozed_until)}
    return ""


def _weight(kind: InsightKind, said: Said) -> WeightRow:
    counts = _("%(useful)s useful, %(not_useful)s not useful, %(dismissed)s sent away") % {
        "useful": number(said.useful), "not_useful": number(said.not_useful), "dismissed": number(said.dismissed),
    }  # fmt: skip
    needed = min(1.0, LEAST / said.weight)
    return WeightRow(_(kind.label), counts, number(round(said.weight, 2)), f"{number(round(needed * 100))} %")
