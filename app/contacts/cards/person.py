"""Between a card and a person's row: what address books know by its own field, the rest as X-HEARTH-…"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from app.contacts.cards.card import Card, CardAddress, CardDate, CardHandle, Labelled, Photo
from app.contacts.cards.writing import escape
from app.contacts.fields import (
    DOMAINS,
    LONGEST,
    ROW_TYPES,
    STATUSES,
    Address,
    ContactFields,
    Handle,
    ImportantDate,
    Phone,
    check_fields,
    read_row,
)
from app.contacts.fields import Labelled as Entry

SAME_NAMED = (
    "full_name", "prefix", "first_name", "middle_name", "last_name", "suffix", "nickname", "pronouns", "company",
    "role_title", "notes",
)  # fmt: skip
OWN_TEXTS = ("location", "role", "how_met")
OWN_LISTS = ("promises", "relations", "groups")


def uid_of(record_id: UUID | str, fields: ContactFields) -> str:
    return fields.card_uid or f"urn:uuid:{record_id}"


def card_of(
    record_id: UUID | str, fields: ContactFields, *, rev: str = "", photo: Photo | None = None,
    own: Mapping[str, tuple[str, ...]] | None = None,
) -> Card:  # fmt: skip
    """`own` is what else of Hearth's a card says, by its name behind X-HEARTH-."""
    return Card(
        **{name: getattr(fields, name) for name in SAME_NAMED},
        uid=uid_of(record_id, fields), rev=rev, photo=photo,
        emails=tuple(Labelled(one.label, one.value) for one in fields.emails),
        phones=tuple(Labelled(one.label, one.value) for one in fields.phones),
        urls=tuple(Labelled(one.label, one.value) for one in fields.urls),
        addresses=tuple(CardAddress(**asdict(one)) for one in fields.addresses),
        handles=tuple(CardHandle(one.service, one.value) for one in fields.handles),
        dates=tuple(CardDate(one.label, one.date) for one in fields.dates),
        own=_own_of(fields) | dict(own or {}), extra=tuple(list(kept) for kept in fields.card_extra),
    )  # fmt: skip


def _own_of(fields: ContactFields) -> dict[str, tuple[str, ...]]:
    said: dict[str, str] = {name.replace("_", "-"): getattr(fields, name) for name in OWN_TEXTS}
    said |= {"domain": fields.domain * (fields.domain != "personal")}
    said |= {"status": fields.status * (fields.status != "active")}
    said |= {"favourite": "true" * fields.is_favourite, "wished-days": str(fields.wished_days or "")}
    for name in OWN_LISTS:
        rows = [asdict(row) for row in getattr(fields, name)]
        said[name] = json.dumps(rows, ensure_ascii=False) if rows else ""
    return {name: (value,) for name, value in said.items() if value}


def fields_of_card(card: Card) -> ContactFields:
    """Whatever of the card's own X-HEARTH-… makes no sense is left out: anybody may have written it."""
    fields = ContactFields(
        **{name: getattr(card, name) for name in SAME_NAMED}, card_uid=card.uid,
        emails=tuple(Entry(one.label, one.value) for one in card.emails),
        phones=tuple(Phone(one.label, one.value) for one in card.phones),
        urls=tuple(Entry(one.label, one.value) for one in card.urls),
        addresses=tuple(Address(**asdict(one)) for one in card.addresses),
        handles=tuple(Handle(one.service, one.value) for one in card.handles),
        dates=tuple(ImportantDate(one.label, one.date) for one in card.dates),
        card_extra=(*card.extra, *_kept_categories(card.categories)),
    )  # fmt: skip
    for name, read in OWN_READERS.items():
        for given in card.own.get(name, ())[:1]:
            changed = _attempted(fields, read, given)
            fields = changed if not check_fields(changed) else fields
    return fields


def _attempted(fields: ContactFields, read: Callable[[str], Mapping[str, Any]], given: str) -> ContactFields:
    try:
        return replace(fields, **read(given))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return fields


def _kept_categories(words: Iterable[str]) -> list[Any]:
    """Where whoever reads the card makes no groups of them, they survive as what Hearth does not model."""
    written = ",".join(escape(word) for word in words)
    return [["categories", {}, "unknown", written]] if written else []


def _rows(name: str) -> Callable[[str], Mapping[str, Any]]:
    return lambda given: {name: tuple(read_row(ROW_TYPES[name], row) for row in json.loads(given))}


def _text(name: str) -> Callable[[str], Mapping[str, Any]]:
    return lambda given: {name: given[:LONGEST] if name != "how_met" else given}


OWN_READERS: dict[str, Callable[[str], Mapping[str, Any]]] = {
    **{name.replace("_", "-"): _text(name) for name in OWN_TEXTS},
    **{name: _rows(name) for name in OWN_LISTS},
    "domain": lambda given: {"domain": given} if given in DOMAINS else {},
    "status": lambda given: {"status": given} if given in STATUSES else {},
    "favourite": lambda given: {"is_favourite": given == "true"},
    "wished-days": lambda given: {"wished_days": int(given)},
}
