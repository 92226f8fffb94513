"""What the people's templates see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.contacts.queries import PAGE_SIZE
from app.contacts.service import ContactFields
from app.core.record import Kind
from app.core.text import plain_sentence
from app.heat.warmth import score, tier
from app.properties.filters import PropertyFilter
from app.properties.lists import FilterChips, filter_chips
from app.properties.pages import PropertyList
from app.search.listing import ListBox, address
from app.web.locale import gettext as _
from app.web.markdown import Targets, render_markdown
from app.web.paging import encode_cursor


@dataclass(frozen=True, slots=True)
class ContactRow:
    href: str
    name: str
    soft: str
    heat: str
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class ContactList:
    rows: tuple[ContactRow, ...]
    next_href: str | None
    is_empty: bool
    chips: FilterChips
    box: ListBox


@dataclass(frozen=True, slots=True)
class Mention:
    href: str
    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class ContactPage:
    href: str
    name: str
    details: tuple[tuple[str, str], ...]
    notes: Markup
    heat: str
    is_self: bool
    is_in_trash: bool
    properties: PropertyList
    mentions: tuple[Mention, ...]
    written_by: tuple[Mention, ...]
    written_for: tuple[Mention, ...]
    """What somebody said is by or for this person, whether a text names them or not."""


@dataclass(frozen=True, slots=True)
class ContactForm:
    action: str
    version: int
    values: ContactFields
    is_new: bool
    errors: Mapping[str, str] = field(default_factory=dict)


def contact_list(
    found: list[asyncpg.Record], box: ListBox, *, is_first: bool, prop: PropertyFilter | None = None, problem: str = ""
) -> ContactList:
    now = datetime.now(UTC)
    rows = tuple(ContactRow(f"/people/{r[0]}", r[1], r[2], tier(score(r[3], now)), r[4]) for r in found)
    following = None
    if len(found) == PAGE_SIZE:
        cursor = encode_cursor(found[-1]["sort_key"], found[-1]["id"])
        following = address("/people", box.q, {**(prop.query if prop else {}), "after": cursor})
    others = {"q": box.q} if box.q else {}
    return ContactList(rows, following, is_first and not rows, filter_chips("/people", prop, others, problem), box)


def contact_page(
    row: asyncpg.Record, kinds: Mapping[str, Kind], labels: Mapping[str, str], properties: PropertyList
) -> ContactPage:
    mentions = json.loads(row["backlinks"] or "[]")
    return ContactPage(
        href=f"/people/{row['id']}",
        name=row["full_name"],
        details=tuple((labels[name], row[name]) for name in labels if row[name]),
        notes=render_markdown(row["notes"], Targets()),
        heat=tier(score(row["warmth"], datetime.now(UTC))),
        is_self=row["is_self"],
        is_in_trash=row["deleted_at"] is not None,
        properties=properties,
        mentions=tuple(
            Mention(
                kinds[m["kind"]].url(UUID(m["source_id"])), m["title"] or _("Untitled"), plain_sentence(m["evidence"])
            )
            for m in mentions[:100]
        ),
        written_by=_related(row, kinds, "author"),
        written_for=_related(row, kinds, "target"),
    )


def _related(row: asyncpg.Record, kinds: Mapping[str, Kind], relation: str) -> tuple[Mention, ...]:
    return tuple(
        Mention(kinds[r["kind"]].url(UUID(r["source_id"])), r["title"] or r["preview"][:80] or _("Untitled"), "")
        for r in json.loads(row["related"] or "[]")
        if r["relation"] == relation
    )
