"""What a property's value is: its type, its text in a form, and back.

Values are what JSON has, as the importer stored them (app/importing/front_matter.py): a day is its text. Numbers are
Decimals, so that 1.50 stays 1.50.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec

from app.core.errors import Invalid
from app.web.locale import gettext as _

TYPES = ("text", "number", "date", "moment", "yes_no", "list", "link", "url", "email")
NESTED = "nested"
"""What no form can show: mappings, and lists of more than words. It is shown as it stands and never rewritten."""

LONGEST = 10_000
MOST_ITEMS = 500
TRUTHS = {"true": True, "yes": True, "false": False, "no": False}

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,29})(?:\.[0-9]{1,30})?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = r"\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?"
_MOMENT = re.compile(rf"(\d{{4}}-\d\d-\d\d)[T ]({_CLOCK}) ?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_LINK = re.compile(r"\s*\[\[([^\[\]\n]+)\]\]\s*")
_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]+\.[^\s@<>\"(),:;\[\]\\.]+")
_NO_URL = re.compile(r"[\s\x00-\x20\x7f<>\"\\^`{|}]")


def read_json(text: str) -> Any:
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)


def write_json(value: Any) -> str:
    return msgspec.json.Encoder(decimal_format="number").encode(value).decode()


def infer_type(value: Any) -> str:
    """The type that a stored value shows by itself."""
    if isinstance(value, bool):
        return "yes_no"
    if isinstance(value, Decimal):
        return "number"
    if isinstance(value, list):
        return "link" if link_name(value) else "list" if _is_plain(value) else NESTED
    if isinstance(value, dict):
        return NESTED
    return _infer_text(value or "")


def _infer_text(text: str) -> str:
    if _LINK.fullmatch(text):
        return "link"
    if is_url(text):
        return "url"
    if _EMAIL.fullmatch(text):
        return "email"
    return "date" if as_day(text) else "moment" if as_moment(text) else "text"


def guess_type(typed: str) -> str:
    """The type of what somebody typed, read as front matter would be: `no` is a word, `false` is none."""
    text = typed.strip()
    if text in ("true", "false"):
        return "yes_no"
    return "number" if _NUMBER.fullmatch(text) else _infer_text(text)


def effective_type(value: Any, defined: str | None) -> str:
    """The chosen type where the value fits it, else the one that the value shows by itself."""
    return defined if defined and fits(value, defined) else infer_type(value)


def fits(value: Any, kind: str) -> bool:
    if value is None:
        return True
    if kind in ("text", "list"):
        return isinstance(value, str) if kind == "text" else isinstance(value, list) and _is_plain(value)
    if isinstance(value, str):
        return not value or _can_read(kind, value)
    return infer_type(value) == kind


def _can_read(kind: str, text: str) -> bool:
    try:
        read_value(kind, text)
    except Invalid:
        return False
    return True


def _is_plain(value: list[Any]) -> bool:
    """Whether a box with one line for each item can hold it."""
    return all(_is_line(item) for item in value)


def _is_line(item: Any) -> bool:
    if isinstance(item, list):
        return link_name(item) is not None
    return item is not None and not isinstance(item, dict) and re.fullmatch(r"\S(?:[^\r\n]*\S)?", str(item)) is not None


def link_name(value: Any) -> str | None:
    """What a link names; YAML reads an unquoted `[[Name]]` as a list within a list."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list) and len(value[0]) == 1:
        inner = value[0][0]
        return inner if isinstance(inner, str) and _LINK.fullmatch(f"[[{inner}]]") else None
    match = _LINK.fullmatch(value) if isinstance(value, str) else None
    return match[1].strip() if match else None


def as_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def as_moment(text: str) -> datetime | None:
    match = _MOMENT.fullmatch(text)
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ''}") if match else None
    except ValueError:
        return None


def is_url(text: str) -> bool:
    """Only the web's addresses: a `javascript:` is no link here."""
    if not text.lower().startswith(("http://", "https://")) or _NO_URL.search(text):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False


def form_text(value: Any) -> str:
    """The value as a form holds it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        name = link_name(value)
        return f"[[{name}]]" if name else "\n".join(form_text(item) for item in value)
    return str(value)


def read_value(kind: str, typed: str) -> Any:
    """What is stored for a typed text. Raises Invalid with a sentence for its field."""
    if len(typed) > LONGEST:
        raise Invalid(_("A value has at most %(most)s characters.") % {"most": LONGEST})
    if "\0" in typed:
        raise Invalid(_("A NUL character cannot be stored; take it out and save again."))
    if kind == "text":
        return typed
    text = typed.strip()
    if not text:
        return [] if kind == "list" else None
    return _READERS[kind](text)


def _read_number(text: str) -> Decimal:
    plain = text.replace(" ", "").replace("\u00a0", "").removeprefix("+")
    plain = plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain
    plain = re.sub(r"^(-?)0+(?=\d)", r"\1", plain)
    if not _NUMBER.fullmatch(plain):
        raise Invalid(_("This is no number. Write it like 12 or 12.5, or choose another type."))
    return Decimal(plain)


def _read_day(text: str) -> str:
    if not as_day(text):
        raise Invalid(_("This is no date. Write it like 2026-11-21, or choose another type."))
    return text


def _read_moment(text: str) -> str:
    if not as_moment(text):
        raise Invalid(_("This is no date and time. Write it like 2026-11-21 18:30, or choose another type."))
    return text


def _read_truth(text: str) -> bool:
    truths = {**TRUTHS, _("yes").lower(): True, _("no").lower(): False}
    if text.lower() not in truths:
        raise Invalid(_("This is neither yes nor no. Write one of them, or choose another type."))
    return truths[text.lower()]


def _read_list(text: str) -> list[str]:
    items = [item.strip() for item in text.split("\n") if item.strip()]
    if len(items) > MOST_ITEMS:
        raise Invalid(_("A list has at most %(most)s items.") % {"most": MOST_ITEMS})
    return items


def _read_link(text: str) -> str:
    match = _LINK.fullmatch(text) or _LINK.fullmatch(f"[[{text}]]")
    if match is None or not match[1].strip():
        raise Invalid(_("A link is the name of a note or a person, like [[Lisbon]]."))
    return f"[[{match[1].strip()}]]"


def _read_url(text: str) -> str:
    if not is_url(text):
        raise Invalid(_("A web address begins with https:// or http:// and has no blanks."))
    return text


def _read_email(text: str) -> str:
    if not _EMAIL.fullmatch(text) or len(text) > 254:
        raise Invalid(_("This is no e-mail address. Write it like ana@example.org, or choose another type."))
    return text


_READERS = {
    "number": _read_number, "date": _read_day, "moment": _read_moment, "yes_no": _read_truth, "list": _read_list,
    "link": _read_link, "url": _read_url, "email": _read_email,
}  # fmt: skip


def change_value(former: Any, shown_as: str, kind: str, typed: str) -> Any:
    """What becomes of a value in whose form (of the type `shown_as`) this was typed, to be kept as a `kind`.

    What was not touched stays exactly as it is stored; of a list, each item that was not.
    """
    typed = _plain_line_ends(typed)
    if kind == shown_as and typed == _plain_line_ends(form_text(former)):
        return former
    if kind == "list":
        return _change_items(former, typed if shown_as == "list" else typed.replace(",", "\n"))
    return read_value(kind, ", ".join(_read_list(typed)) if shown_as == "list" else typed)


def _plain_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _change_items(former: Any, lines: str) -> list[Any]:
    stored = {form_text(item): item for item in former} if isinstance(former, list) and _is_plain(former) else {}
    numbers = bool(stored) and all(isinstance(item, Decimal) for item in stored.values())
    items = read_value("list", lines)
    return [
        stored[item] if item in stored else Decimal(item) if numbers and _NUMBER.fullmatch(item) else item
        for item in items
    ]
