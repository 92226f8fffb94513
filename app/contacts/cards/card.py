"""A person as an address book knows them: what vCards 2.1, 3.0 and 4.0 are read into and written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# The properties of Hearth that no address book has a field for stand in a card by this prefix.
OWN_PREFIX = "x-hearth-"

# One property in jCard's form (RFC 7095): name, parameters, type, value. A value that Hearth does not model is kept as
# it stood, still escaped, of type "unknown", as the RFC says for such.
JCard = list[Any]


@dataclass(frozen=True, slots=True)
class Labelled:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class CardAddress:
    label: str = ""
    street: str = ""
    extra: str = ""
    po_box: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class CardDate:
    """`date` is YYYY-MM-DD, or --MM-DD where nobody said the year."""

    label: str
    date: str


@dataclass(frozen=True, slots=True)
class CardHandle:
    service: str
    value: str


@dataclass(frozen=True, slots=True)
class Photo:
    content: bytes
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    full_name: str
    version: str = ""
    uid: str = ""
    prefix: str = ""
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    suffix: str = ""
    nickname: str = ""
    pronouns: str = ""
    company: str = ""
    role_title: str = ""
    notes: str = ""
    emails: tuple[Labelled, ...] = ()
    phones: tuple[Labelled, ...] = ()
    urls: tuple[Labelled, ...] = ()
    addresses: tuple[CardAddress, ...] = ()
    handles: tuple[CardHandle, ...] = ()
    dates: tuple[CardDate, ...] = ()
    categories: tuple[str, ...] = ()
    photo: Photo | None = None
    rev: str = ""
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What Hearth itself wrote as X-HEARTH-…, by the name behind the prefix."""
    extra: tuple[JCard, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A card that is nobody's: `reason` is a msgid, `name` what can be said of it."""

    reason: str
    name: str = ""
