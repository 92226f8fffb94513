"""Types and values in the reader's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from app.core.text import fold
from app.properties.filters import filter_href
from app.properties.values import NESTED, as_day, as_moment, form_text, infer_type, link_name, read_value
from app.web.locale import clock, day, exact_number
from app.web.locale import gettext as _

LONGEST_SHOWN_URL = 48
LONGEST_FILTER = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One word of a value. `href` is where it leads, `alike` the list of whatever has the same one."""

    text: str
    href: str = ""
    alike: str = ""
    look: str = ""
    """`wiki`, `missing`, `outside` or nothing."""

    iso: str = ""


def type_labels() -> dict[str, str]:
    return {
        "text": _("Text"), "number": _("Number"), "date": _("Date"), "moment": _("Date and time"),
        "yes_no": _("Yes or no"), "list": _("List"), "link": _("Link"), "url": _("Web address"), "email": _("E-mail"),
    }  # fmt: skip


def misfit(kind: str) -> str:
    """The remark on a value that is not of its name's type."""
    remarks = {
        "number": _("no number"), "date": _("no date"), "moment": _("no date and time"), "yes_no": _("not yes or no"),
        "list": _("no list"), "link": _("no link"), "url": _("no web address"), "email": _("no e-mail address"),
    }  # fmt: skip
    return remarks.get(kind, "")


def show_items(kind: str, name: str, value: Any, list_path: str, links: Mapping[str, str]) -> tuple[Item, ...]:
    """A value's words; `links` leads from folded names to addresses."""
    if value in (None, "", []):
        return ()
    parts = value if kind == "list" else [value]
    return tuple(_item(infer_type(part) if kind == "list" else kind, name, part, list_path, links) for part in parts)


def _item(kind: str, name: str, value: Any, list_path: str, links: Mapping[str, str]) -> Item:
    text = form_text(value)
    if kind == "link":
        target = link_name(value) or text.strip()
        target, shown = target.partition("|")[0].strip(), target.rpartition("|")[2].strip()
        href = links.get(fold(target))
        missing = f"/notes/new?title={quote(target, safe='')}"
        return Item(
            shown or target, href or missing, filter_href(list_path, name, target), "wiki" if href else "missing"
        )
    alike = filter_href(list_path, name, text) if len(text) <= LONGEST_FILTER and "\n" not in text else ""
    if kind == "url":
        return Item(_short_url(text), text, alike, "outside")
    if kind == "email":
        return Item(text, "mailto:" + quote(text, safe="@"), alike, "outside")
    return Item(show_scalar(kind, value), alike=alike, iso=text if kind in ("date", "moment") else "")


def show_scalar(kind: str, value: Any) -> str:
    text = form_text(value)
    if kind == "yes_no":
        return _("yes") if read_value("yes_no", text) else _("no")
    if kind == "number":
        return exact_number(value if isinstance(value, Decimal) else read_value("number", text))
    if kind == "date" and (found := as_day(text)):
        return day(found)
    if kind == "moment" and (at := as_moment(text)):
        return clock(at)
    return text


def show_value(value: Any) -> str:
    """A value as one text, whatever its name's type; for History."""
    kind = infer_type(value)
    if kind == NESTED:
        return json.dumps(_plain(value), ensure_ascii=False)
    if kind == "list":
        return ", ".join(show_value(item) for item in value)
    return show_scalar(kind, value) if kind in ("yes_no", "number") else form_text(value)


def show_code(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return _number(value) if isinstance(value, Decimal) else value


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() and abs(value) < 10**20 else float(value)


def _short_url(url: str) -> str:
    plain = url.partition("://")[2].removeprefix("www.").removesuffix("/")
    return plain if len(plain) <= LONGEST_SHOWN_URL else plain[: LONGEST_SHOWN_URL - 1] + "…"
