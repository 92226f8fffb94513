"""The facts of a person's page, in words: what is known, each with where it is changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from app.contacts.fields import ROW_TYPES, Address, ContactFields, ImportantDate, is_date
from app.core.words import Word, gettext_noop
from app.web.locale import day, today
from app.web.locale import gettext as _

# In this order they stand; a list's name is a field's name as well.
LABELS = {
    "emails": Word(gettext_noop("E-mail")),
    "phones": Word(gettext_noop("Phone")),
    "handles": Word(gettext_noop("Elsewhere")),
    "urls": Word(gettext_noop("Web")),
    "addresses": Word(gettext_noop("Address")),
    "dates": Word(gettext_noop("Dates")),
    "role": Word(gettext_noop("To you")),
    "role_title": Word(gettext_noop("Job")),
    "company": Word(gettext_noop("Company")),
    "location": Word(gettext_noop("Place")),
    "nickname": Word(gettext_noop("Nickname")),
    "pronouns": Word(gettext_noop("Pronouns")),
    "how_met": Word(gettext_noop("How you met")),
}
LISTS = tuple(name for name in LABELS if name in ROW_TYPES)


@dataclass(frozen=True, slots=True)
class Said:
    """One value; `href` where something can be done with it."""

    text: str
    label: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    name: str
    label: str
    said: tuple[Said, ...]


def read_facts(contact: ContactFields) -> tuple[Fact, ...]:
    """Only what is known; the form offers the rest."""
    found = (Fact(name, _(word.label), tuple(_say(name, getattr(contact, name)))) for name, word in LABELS.items())
    # How they met stands at the top of the page.
    return tuple(fact for fact in found if fact.said and fact.name != "how_met")


def _say(name: str, value: Any) -> Iterable[Said]:
    if name not in LISTS:
        return (Said(value),) if value else ()
    return tuple(_SAY[name](row) for row in value)


def _say_date(kept: ImportantDate) -> Said:
    if not is_date(kept.date):
        return Said(kept.date, day_word(kept.label))
    whole = not kept.date.startswith("--")
    told = day(date.fromisoformat(kept.date)) if whole else _without_year(kept.date)
    return Said(told, day_word(kept.label))


def day_word(label: str) -> str:
    known = {"birthday": _("Birthday"), "anniversary": _("Anniversary")}
    return known.get(label.casefold(), label)


def _without_year(kept: str) -> str:
    """In a year like any other it says no year."""
    try:
        return day(date(today().year, int(kept[2:4]), int(kept[5:7])))
    except ValueError:
        return "29.2."


def _say_address(kept: Address) -> Said:
    parts = (kept.street, kept.extra, kept.po_box, f"{kept.postcode} {kept.city}".strip(), kept.region, kept.country)
    return Said("\n".join(part for part in parts if part), label_word(kept.label))


def label_word(label: str) -> str:
    """What address books call it, in the reader's words; another one as it was written."""
    known = {"home": _("home"), "work": _("work"), "cell": _("mobile"), "mobile": _("mobile"), "other": _("other")}
    return known.get(label.casefold(), label)


def _web(typed: str) -> str:
    """An address that a click may follow: nothing but the web."""
    if typed.casefold().startswith(("http://", "https://")):
        return typed
    return "" if ":" in typed.partition("/")[0] else f"https://{typed}"


_SAY: dict[str, Any] = {
    "emails": lambda kept: Said(kept.value, label_word(kept.label), f"mailto:{quote(kept.value, safe='@+')}"),
    "phones": lambda kept: Said(kept.value, label_word(kept.label), f"tel:{kept.e164}" if kept.e164 else ""),
    "handles": lambda kept: Said(kept.value, kept.service),
    "urls": lambda kept: Said(kept.value, label_word(kept.label), _web(kept.value)),
    "addresses": _say_address,
    "dates": _say_date,
}
