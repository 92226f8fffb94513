"""The settings of a person and of the house, as one page that can be searched: what there is, and its present value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from zoneinfo import available_timezones

from app.core.house import BOUNDS, HouseSettings
from app.core.text import fold
from app.search.preferences import language_choices
from app.settings import SECRETS, Settings
from app.web.auth import Visitor
from app.web.locale import SUPPORTED
from app.web.locale import gettext as _


@dataclass(frozen=True, slots=True)
class Item:
    """One setting. `shown` is text that is set elsewhere, `link` leads to a page of its own."""

    name: str
    label: str
    hint: str
    kind: Literal["text", "number", "choice", "link", "shown"]
    value: str = ""
    options: Mapping[str, str] | None = None
    bounds: tuple[int, int] = (0, 0)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """`action` is where its form goes; empty when there is nothing to save."""

    title: str
    sentence: str
    action: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class SettingsPage:
    groups: tuple[Group, ...]
    q: str = ""


def build_page(
    visitor: Visitor, house: HouseSettings, settings: Settings, q: str = "", errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None, search: Mapping[str, str] | None = None,
) -> SettingsPage:  # fmt: skip
    """`typed` is what a form that was refused had; `q` keeps what has all of its words."""
    groups = [Group(_("You"), "", "/settings/you", _about_you(visitor, search or {})), _security()]
    if visitor.role in {"owner", "admin"}:
        groups += [_house(house), _machine(settings)]
    told = (_tell(group, typed or {}, errors or {}) for group in groups)
    found = (replace(group, items=tuple(item for item in group.items if _fits(item, q))) for group in told)
    return SettingsPage(tuple(group for group in found if group.items), q)


def choices(week_start: int = 0) -> dict[str, dict[str, str]]:
    """What the form of a person's own settings may hold, by name: value and label."""
    return {
        "locale": dict(SUPPORTED),
        "time_zone": {zone: zone for zone in sorted(available_timezones())},
        "week_start": {"0": _("As the language has it"), "1": _("Monday"), "6": _("Saturday"), "7": _("Sunday")},
        "theme": {"system": _("As the device has it"), "light": _("Light"), "dark": _("Dark")},
        "density": {"calm": _("Calm"), "dense": _("More on a screen")},
        "motion": {"system": _("As the device has it"), "still": _("Nothing moves")},
        "asks_mood": {"true": _("Asked for on each day"), "false": _("Not asked for")},
        "reads_links": {"true": _("Read for me"), "false": _("Only when I ask for it")},
        "search_language": language_choices(),
        "keeps_searches": {"false": _("Not kept"), "true": _("Kept, for me alone")},
    }


def _about_you(visitor: Visitor, search: Mapping[str, str]) -> tuple[Item, ...]:
    words = {
        "locale": (_("Language"), _("Of the pages; what you write stays as it is.")),
        "time_zone": (_("Time zone"), _("By which days begin, and dates are shown.")),
        "week_start": (_("The week begins on"), ""),
        "theme": (_("Light or dark"), _("The theme of all pages.")),
        "density": (_("Density"), _("How close together rows and lines stand.")),
        "motion": (_("Motion"), _("Whether pages may fade and move.")),
        "asks_mood": (_("Mood and weather"), _("Whether a day's page has room for them, above its notes.")),
        "reads_links": (
            _("Pages of saved links"),
            _("Title and text of the page are fetched once from where a link leads, and found with it."),
        ),
        "search_language": (
            _("Words in search"),
            _("With a language, house also finds houses and housing; your texts are read anew for that, in a minute."),
        ),
        "keeps_searches": (_("Last searches"), _("Whether the search page shows what you looked for last.")),
    }
    chosen = {key: str(search.get(key) or getattr(visitor, key, "")) for key in words}
    name = Item("name", _("Name"), _("What others in this house see, and your own contact."), "text", visitor.name)
    return name, *(
        Item(key, label, hint, "choice", chosen[key], choices()[key]) for key, (label, hint) in words.items()
    )


def _security() -> Group:
    links = {
        "/account": (_("E-mail address, password, sessions"), _("How you sign in, and where you are signed in.")),
        "/account/second-step": (_("Second step"), _("A code from your phone, besides the password.")),
        "/account/passkeys": (_("Passkeys"), _("Sign in by the lock of your phone or computer.")),
        "/account/phones": (_("Phones and address books"), _("Your people on a phone or computer, by CardDAV.")),
        "/account/tokens": (_("Personal tokens"), _("They let programs in as you.")),
        "/privacy": (_("Privacy"), _("What was sent to a language model, and what may be.")),
        "/learned": (_("What I have learned"), _("Of how you do things, to confirm, correct or forget")),
        "/export": (_("Take everything with you"), _("One file with all that is yours, to keep or to move with.")),
        "/account/leave": (_("Delete my account"), _("With everything in it.")),
    }
    items = tuple(Item(href, label, hint, "link", href) for href, (label, hint) in links.items())
    return Group(_("Your account"), "", "", items)


def _house(house: HouseSettings) -> Group:
    words = {
        "trash_days": (_("Days in the trash"), _("What was thrown away is deleted for ever after them.")),
        "link_days": (_("Days that a link works"), _("Links that invite somebody, or lead to a new password.")),
        "session_days": (_("Days that a browser stays signed in"), _("Counted from signing in.")),
    }
    items = tuple(
        Item(name, label, hint, "number", str(getattr(house, name)), bounds=BOUNDS[name])
        for name, (label, hint) in words.items()
    )
    meaning = _("Which model turns texts into meaning, and how far it is.")
    models = Item("meaning", _("Meaning"), meaning, "link", "/settings/meaning")
    asked = _("Which one is asked, where it is, and what it costs.")
    language = Item("language_model", _("Language model"), asked, "link", "/settings/language-model")
    return Group(_("This house"), _("For everybody who lives here."), "/settings/house", (models, language, *items))


def _machine(settings: Settings) -> Group:
    """What was given at the start, without its secrets and the addresses that hold them."""
    items = tuple(
        Item(
            name,
            f"HEARTH_{name.upper()}",
            "",
            "shown",
            "–" if (value := getattr(settings, name)) is None else str(value),
        )
        for name in Settings.__dataclass_fields__
        if name not in SECRETS
    )
    return Group(_("This machine"), _("Set where Hearth is started; shown here, changed there."), "", items)


def _tell(group: Group, typed: Mapping[str, str], errors: Mapping[str, str]) -> Group:
    items: Iterable[Item] = (
        replace(item, value=typed.get(item.name, item.value), error=errors.get(item.name, "")) for item in group.items
    )
    return replace(group, items=tuple(items))


def _fits(item: Item, q: str) -> bool:
    text = fold(" ".join((item.label, item.hint, item.value)))
    return all(word in text for word in fold(q).split())
