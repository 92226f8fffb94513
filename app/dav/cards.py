"""A person as a card of the book, and what of a card that comes back belongs to the person.

A client sends a whole card where it changed one line. So a card is compared with what this client was last shown (the
same person, written in the same version and read again): only what differs was changed. Whatever a card cannot say, or
that version cannot, stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import asyncpg

from app.contacts.cards.card import Card, Photo
from app.contacts.cards.card import Refused as NoCard
from app.contacts.cards.lines import split_value
from app.contacts.cards.person import SAME_NAMED, card_of, fields_of_card
from app.contacts.cards.reading import read_cards
from app.contacts.cards.writing import write_card
from app.contacts.fields import ContactFields, fields_of
from app.core.text import fold
from app.dav.answers import Refused
from app.dav.xml import CARD
from app.web.locale import gettext as _

NAME_PARTS = ("prefix", "first_name", "middle_name", "last_name", "suffix")
NAMELESS: dict[str, Any] = dict.fromkeys(NAME_PARTS, "")
LISTS = ("emails", "phones", "urls", "addresses", "handles", "dates")
# Lines whose loss is meant: whoever rewrites them says all there is. Any other line that Hearth does not model is kept
# where a client drops it, for many drop what they do not know.
MODELLED = {
    "fn", "n", "nickname", "org", "title", "email", "tel", "url", "adr", "impp", "note", "bday", "anniversary", "photo",
    "categories", "x-ablabel", "x-anniversary", "x-abdate", "x-socialprofile", "socialprofile", "pronouns", "uid",
}  # fmt: skip
# Apple's address books have lists of their own and send no categories back.
KNOWS_NO_GROUPS = re.compile(r"^PRODID[^\r\n]*Apple", re.I | re.M)


@dataclass(frozen=True, slots=True)
class Sent:
    """A card as a client sent it."""

    card: Card
    knows_groups: bool

    @property
    def version(self) -> str:
        return "4.0" if self.card.version.startswith("4") else "3.0"


def read_sent(body: bytes) -> Sent:
    """Raises Refused for what is not one person's card."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise invalid(_("A card is written in UTF-8.")) from None
    found = list(read_cards(text))
    if len(found) != 1:
        raise invalid(_("One card is sent at a time."))
    card = found[0]
    if isinstance(card, NoCard):
        raise invalid(_(card.reason))
    if any(kept[0] == "x-addressbookserver-kind" for kept in card.extra):
        raise invalid(_("This is a list of people and no person."))
    # What only Hearth's own exports say is for its own import.
    return Sent(replace(card, own={}), bool(card.categories) or not KNOWS_NO_GROUPS.search(text))


def show_card(row: asyncpg.Record, groups: Iterable[str] = (), photo: Photo | None = None) -> Card:
    """As the book has a person. Categories of an import that are no groups yet stand beside those that are."""
    card = card_of(row["id"], fields_of(row), rev=row["updated_at"].strftime("%Y%m%dT%H%M%SZ"), photo=photo)
    others = [word for kept in card.extra if kept[0] == "categories" for word in split_value(str(kept[3]), ",")]
    extra = tuple(kept for kept in card.extra if kept[0] != "categories")
    return replace(card, own={}, extra=extra, categories=tuple(dict.fromkeys([*groups, *others])))


def as_returned(card: Card, version: str) -> Card:
    """As it comes back from a client that changed nothing."""
    found = next(read_cards(write_card(card, version)))
    assert isinstance(found, Card)
    return replace(found, own={})


def merge(sent: Sent, shown: Card, kept: ContactFields) -> ContactFields:
    """`kept` with what the client changed of what it was `shown`; groups and picture aside."""
    card = replace(sent.card, **NAMELESS) if _is_guess(sent.card, shown) else sent.card
    said = fields_of_card(replace(card, categories=()))
    changed = {
        name: getattr(said, name) for name in (*SAME_NAMED, *LISTS) if getattr(card, name) != getattr(shown, name)
    }
    if card.extra != shown.extra:
        categories = [line for line in kept.card_extra if line[0] == "categories"]
        changed["card_extra"] = (*card.extra, *_unknown_to(card, shown), *categories)
    return replace(kept, **changed)


def new_fields(sent: Sent) -> ContactFields:
    return fields_of_card(replace(sent.card, categories=()))


def has_other_groups(sent: Sent, shown: Sequence[str]) -> bool:
    """Whether the client put the person into other groups than it was shown."""
    return sent.knows_groups and {fold(word) for word in sent.card.categories} != {fold(word) for word in shown}


def invalid(sentence: str) -> Refused:
    return Refused(403, CARD + "valid-address-data", sentence)


def _is_guess(card: Card, shown: Card) -> bool:
    """The name stands whole in a card of somebody whose names nobody told apart, and comes back so."""
    given = {name: getattr(card, name) for name in NAME_PARTS if getattr(card, name)}
    return given == {"first_name": card.full_name} and not any(getattr(shown, name) for name in NAME_PARTS)


def _unknown_to(card: Card, shown: Card) -> tuple[Any, ...]:
    """The lines that the client dropped for not knowing them; without a group, whose number may mean another now."""
    said = {kept[0] for kept in card.extra} | MODELLED
    return tuple(
        [name, {key: given for key, given in params.items() if key != "group"}, *rest]
        for name, params, *rest in shown.extra
        if name not in said
    )
