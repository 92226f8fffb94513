"""What the page of what was learned sees, and how each of it is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.words import gettext_noop
from app.folders.queries import Folder
from app.learning.counting import LEARNT, Category
from app.learning.reading import Learned, Proof
from app.learning.service import choices
from app.learning.texts import HOURS
from app.web.locale import day, language_name, number
from app.web.locale import gettext as _

KEYS = {
    "workday": gettext_noop("From Monday to Friday"), "weekend": gettext_noop("At weekends"),
    "measure": gettext_noop("Length and weight"), "currency": gettext_noop("Money"),
    "clock": gettext_noop("The clock"), "date_order": gettext_noop("Dates"),
}  # fmt: skip
UNITS = {
    "metric": gettext_noop("Metric (km, kg)"), "imperial": gettext_noop("Imperial (miles, pounds)"),
    "EUR": gettext_noop("Euro (€)"), "USD": gettext_noop("Dollar ($)"), "GBP": gettext_noop("Pound (£)"),
    "CHF": gettext_noop("Swiss franc (CHF)"), "24": gettext_noop("24 hours (18:00)"),
    "12": gettext_noop("12 hours (6 pm)"), "ymd": gettext_noop("Year first (2026-03-14)"),
    "dmy": gettext_noop("Day first (14.3.2026)"), "mdy": gettext_noop("Month first (3/14/2026)"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """`href` is its own address, under which what is said of it goes; `choices` are none where any word will do."""

    href: str
    about: str
    about_href: str
    value: str
    told: str
    counted: str
    state: str
    learned: str
    evidence: tuple[Proof, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """`bounds` says from where on it is told."""

    label: str
    does: str
    bounds: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class LearnedPage:
    groups: tuple[Group, ...]
    forgotten: tuple[Row, ...]

    @property
    def is_empty(self) -> bool:
        return not any(group.rows for group in self.groups) and not self.forgotten


def learned_page(learned: Sequence[Learned], folders: Sequence[Folder]) -> LearnedPage:
    known = [one for one in learned if one.state != "forgotten"]
    groups = tuple(
        _group(category, [one for one in known if one.category == category.name], folders)
        for category in LEARNT.values()
    )
    return LearnedPage(groups, tuple(_row(one, folders) for one in learned if one.state == "forgotten"))


def say_value(one: Learned, value: str) -> str:
    if one.category == "hour":
        return _("%(from)s to %(until)s o’clock") % {"from": value, "until": (int(value) + HOURS) % 24 or 24}
    if one.category == "language":
        return language_name(value)
    return _(UNITS[value]) if one.category == "units" else value


def say_count(one: Learned) -> str:
    return _("%(hits)s of %(seen)s times, at least %(share)s %% sure") % {
        "hits": number(one.hits), "seen": number(one.seen), "share": number(int(one.confidence * 100)),
    }  # fmt: skip


def _group(category: Category, learned: Iterable[Learned], folders: Sequence[Folder]) -> Group:
    bounds = _("Told from %(seen)s times and %(share)s %% on.") % {
        "seen": number(category.bounds.seen), "share": number(round(category.bounds.confidence * 100)),
    }  # fmt: skip
    return Group(_(category.label), _(category.does.label), bounds, tuple(_row(one, folders) for one in learned))


def _row(one: Learned, folders: Sequence[Folder]) -> Row:
    about = one.about or (_(KEYS[one.key]) if one.key else _(LEARNT[one.category].label))
    if one.state == "forgotten":
        label = _("%(what)s: %(about)s") % {"what": _(LEARNT[one.category].label), "about": about}
        return Row(
            f"/learned/{one.id}", label if one.key or one.about else about, "", "", "", "", one.state, "", (), ()
        )
    differs = one.counted and one.state != "counted" and one.counted != one.value
    told = {"counted": "", "confirmed": _("confirmed by you"), "corrected": _("said by you")}[one.state]
    return Row(
        f"/learned/{one.id}", about, one.about_href, say_value(one, one.value), told,
        " ".join([f"{say_value(one, one.counted)}:" if differs else "", say_count(one)]).strip() if one.seen else "",
        one.state, _("learned %(day)s") % {"day": day(one.learned_at)}, one.evidence, _choices(one, folders),
    )  # fmt: skip


def _choices(one: Learned, folders: Sequence[Folder]) -> tuple[Choice, ...]:
    if one.category == "folder":
        return tuple(Choice(str(f.id), f.path, f.id == one.folder_id) for f in folders)
    allowed = choices(one.category, one.key)
    return tuple(Choice(value, say_value(one, value), value == one.value) for value in allowed)
