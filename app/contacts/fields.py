"""All that a person's row says, as forms, imports, address books and merges hand it over."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from app.core.errors import Invalid
from app.web.locale import gettext as _

LONGEST = 500
MOST_ROWS = 200
DOMAINS = ("personal", "business", "hybrid")
STATUSES = ("active", "dormant", "blocked", "testing")


@dataclass(frozen=True, slots=True)
class Labelled:
    """An e-mail address or a web address."""

    label: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Phone:
    """`value` is what was typed; `e164` is the number as the whole world dials it, where it is one."""

    label: str = ""
    value: str = ""
    e164: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    label: str = ""
    street: str = ""
    extra: str = ""
    po_box: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Handle:
    service: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class ImportantDate:
    """`date` is 1980-02-29, or --02-29 where nobody knows the year."""

    label: str = ""
    date: str = ""


@dataclass(frozen=True, slots=True)
class Promise:
    """`by` is me or them; `due` and `done` are days."""

    id: str = ""
    by: str = "me"
    text: str = ""
    due: str | None = None
    done: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    contact_id: str = ""
    relation: str = ""


@dataclass(frozen=True, slots=True)
class Membership:
    group_id: str = ""
    joined_at: str = ""


@dataclass(frozen=True, slots=True)
class ContactFields:
    """Every column that is a person's to write. Lists: the first is the preferred one."""

    full_name: str = ""
    prefix: str = ""
    first_name: str = ""
    middle_name: str = ""
    last_name: str = ""
    suffix: str = ""
    nickname: str = ""
    pronouns: str = ""
    company: str = ""
    role_title: str = ""
    location: str = ""
    role: str = ""
    how_met: str = ""
    notes: str = ""
    domain: str = "personal"
    status: str = "active"
    is_favourite: bool = False
    wished_days: int | None = None
    avatar: str = ""
    card_uid: str = ""
    emails: tuple[Labelled, ...] = ()
    phones: tuple[Phone, ...] = ()
    addresses: tuple[Address, ...] = ()
    urls: tuple[Labelled, ...] = ()
    handles: tuple[Handle, ...] = ()
    dates: tuple[ImportantDate, ...] = ()
    promises: tuple[Promise, ...] = ()
    relations: tuple[Relation, ...] = ()
    groups: tuple[Membership, ...] = ()
    card_extra: tuple[Any, ...] = ()
    """vCard properties that Hearth does not model, as jCard arrays."""


ROW_TYPES: dict[str, type[Any]] = {
    "emails": Labelled, "phones": Phone, "addresses": Address, "urls": Labelled, "handles": Handle,
    "dates": ImportantDate, "promises": Promise, "relations": Relation, "groups": Membership,
}  # fmt: skip
LISTS = (*ROW_TYPES, "card_extra")
TEXTS = tuple(f.name for f in fields(ContactFields) if f.type == "str" and f.name not in ("notes", "domain", "status"))
SHORT = tuple(name for name in TEXTS if name != "how_met")
COLUMNS = tuple(f.name for f in fields(ContactFields))


def fields_of(row: Any) -> ContactFields:
    """From a row of contacts, whose lists may come as JSON text or as parsed."""
    given: dict[str, Any] = {name: row[name] or "" for name in (*TEXTS, "notes")}
    given |= {name: row[name] for name in ("domain", "status", "is_favourite", "wished_days")}
    given |= {name: _rows(name, row[name]) for name in LISTS}
    return ContactFields(**given)


def _rows(name: str, kept: Any) -> tuple[Any, ...]:
    found = json.loads(kept) if isinstance(kept, str) else kept
    if name not in ROW_TYPES:
        return tuple(found)
    return tuple(read_row(ROW_TYPES[name], row) for row in found if isinstance(row, Mapping))


def read_row(kind: type[Any], row: Mapping[str, Any]) -> Any:
    """What is there of it, as text; a key that nobody knows is left out."""
    return kind(**{f.name: str(row[f.name]) for f in fields(kind) if row.get(f.name) is not None})


def columns_of(contact: ContactFields) -> dict[str, Any]:
    """As the row keeps them: blank texts are null, and rows that say nothing are left out."""
    kept: dict[str, Any] = {name: getattr(contact, name).strip() or None for name in TEXTS}
    kept |= {name: getattr(contact, name) for name in ("domain", "status", "is_favourite", "wished_days")}
    kept |= {name: [_kept(row) for row in getattr(contact, name) if not is_blank(row)] for name in ROW_TYPES}
    if not kept["full_name"]:
        raise Invalid(_("A person needs a name, even a made-up one."))
    return kept | {"notes": contact.notes.replace("\r\n", "\n"), "card_extra": list(contact.card_extra)}


def is_blank(row: Any) -> bool:
    """Nothing but its label was given."""
    said = {"id", "label", "service", "by", "done", "relation", "joined_at", "e164"}
    return not any(str(value or "").strip() for name, value in asdict(row).items() if name not in said)


def _kept(row: Any) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in asdict(row).items()}


def check_fields(contact: ContactFields) -> dict[str, str]:
    """Errors by field (`full_name`, `emails.0`); empty when the contact can be saved."""
    errors = {}
    if not contact.full_name.strip():
        errors["full_name"] = _("A person needs a name, even a made-up one.")
    for name in SHORT:
        if len(getattr(contact, name)) > LONGEST:
            errors[name] = _("This holds at most %(most)s characters.") % {"most": LONGEST}
    for name in ROW_TYPES:
        errors |= _check_rows(name, getattr(contact, name))
    if contact.domain not in DOMAINS or contact.status not in STATUSES:
        errors["status"] = _("This is none of the choices.")
    if contact.wished_days is not None and not 1 <= contact.wished_days <= 3650:
        errors["wished_days"] = _("Between one day and ten years.")
    if "\\u0000" in json.dumps(asdict(contact)):
        errors["full_name"] = _("A NUL character cannot be stored; take it out and save again.")
    return errors


def _check_rows(name: str, rows: Iterable[Any]) -> dict[str, str]:
    given = list(rows)
    if len(given) > MOST_ROWS:
        return {f"{name}.0": _("This holds at most %(most)s rows.") % {"most": MOST_ROWS}}
    found = {f"{name}.{place}": _problem(name, row) for place, row in enumerate(given) if not is_blank(row)}
    return {place: problem for place, problem in found.items() if problem}


def _problem(name: str, row: Any) -> str:
    if any(len(str(value or "")) > LONGEST for value in asdict(row).values()):
        return _("This holds at most %(most)s characters.") % {"most": LONGEST}
    if name == "emails" and "@" not in row.value:
        return _("An e-mail address has an @ in it.")
    if name == "dates" and not is_date(row.date):
        return _("A day, as in 1980-02-29, or --02-29 without the year.")
    if name == "promises" and (row.by not in ("me", "them") or not all(_is_day(d) for d in (row.due, row.done) if d)):
        return _("A day, as in 1980-02-29.")
    if name == "relations" and not _is_uuid(row.contact_id):
        return _("Nobody is called so here.")
    return ""


def is_date(typed: str) -> bool:
    """A day of some year, or of any (`--02-29`)."""
    return _is_day(f"2000{typed[1:]}" if typed.startswith("--") else typed)


def _is_day(typed: str) -> bool:
    try:
        return len(typed) == 10 and bool(date.fromisoformat(typed))
    except ValueError:
        return False


def _is_uuid(typed: str) -> bool:
    try:
        return bool(UUID(typed))
    except ValueError:
        return False
