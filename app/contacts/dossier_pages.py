"""What the template of a person's page sees."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.contacts.facts import LABELS, Fact, day_word, read_facts
from app.contacts.fields import ContactFields, Promise, fields_of, is_date
from app.contacts.origins import Origin, read_origins
from app.contacts.relating import relation_word
from app.contacts.timeline import Entry, Timeline
from app.core.record import Kind
from app.core.text import fold
from app.graph.neighbourhood import Neighbourhood
from app.heat.warmth import score, tier
from app.properties.pages import PropertyList
from app.web.file_rows import FileRow, file_href, file_rows, thumbnail_href
from app.web.locale import gettext as _
from app.web.locale import today
from app.web.markdown import Targets, render_markdown


@dataclass(frozen=True, slots=True)
class Owed:
    href: str
    text: str
    is_mine: bool
    due: date | None
    done: date | None
    is_late: bool


@dataclass(frozen=True, slots=True)
class Related:
    word: str
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class Coming:
    """What comes next: a promise that falls due, a birthday."""

    day: date
    text: str


@dataclass(frozen=True, slots=True)
class FactForm:
    name: str
    label: str
    version: int
    values: ContactFields
    is_list: bool
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ContactPage:
    id: UUID
    href: str
    name: str
    initials: str
    avatar: str
    soft: str
    how_met: str
    status: str
    is_favourite: bool
    facts: tuple[Fact, ...]
    editing: FactForm | None
    notes: Markup
    heat: str
    is_self: bool
    is_in_trash: bool
    is_archived: bool
    properties: PropertyList
    topics: tuple[tuple[str, str], ...]
    shared_topics: tuple[tuple[str, str, int], ...]
    files: tuple[FileRow, ...]
    origins: tuple[Origin, ...]
    related: tuple[Related, ...]
    mine: tuple[Owed, ...]
    theirs: tuple[Owed, ...]
    kept_promises: tuple[Owed, ...]
    coming: Coming | None
    last: Entry | None
    timeline: Timeline
    near: Neighbourhood | None
    log_href: str
    note_href: str
    panels: Mapping[str, Sequence[tuple[str, Any]]] = field(default_factory=dict)
    has_own_card: bool = False
    said: bool = False
    promise_error: str = ""


def contact_page(
    row: asyncpg.Record, kinds: Mapping[str, Kind], properties: PropertyList, timeline: Timeline,
    near: Neighbourhood | None, panels: Mapping[str, Sequence[tuple[str, Any]]], editing: FactForm | None = None,
) -> ContactPage:  # fmt: skip
    contact, href = fields_of(row), f"/people/{row['id']}"
    files = [file for file in _json(row["files"]) if file["sha256"] != row["avatar"]]
    picture = next((file for file in _json(row["files"]) if file["sha256"] == row["avatar"] and file["width"]), None)
    owed = [_owed(href, promise) for promise in contact.promises]
    return ContactPage(
        id=row["id"], href=href, name=contact.full_name, initials=initials(contact.full_name),
        avatar=_thumbnail(picture) if picture else "", soft=_soft(contact),
        how_met=contact.how_met, status=contact.status, is_favourite=contact.is_favourite,
        facts=read_facts(contact), editing=editing, notes=render_markdown(contact.notes, _targets(row, kinds)),
        heat=tier(score(row["warmth"], datetime.now(UTC))), is_self=row["is_self"],
        is_in_trash=row["deleted_at"] is not None, is_archived=row["archived_at"] is not None, properties=properties,
        topics=tuple((t["label"], f"/topics/{t['id']}") for t in _json(row["topics"])),
        shared_topics=tuple((t["label"], f"/topics/{t['id']}", t["times"]) for t in _json(row["shared"])),
        files=file_rows(files), origins=_origins(row, contact),
        related=tuple(Related(relation_word(word, is_inverse=inverse), name, f"/people/{other}")
                      for word, other, name, inverse in _json(row["related"])),
        mine=tuple(o for o in owed if o.is_mine and not o.done),
        theirs=tuple(o for o in owed if not o.is_mine and not o.done),
        kept_promises=tuple(o for o in owed if o.done),
        coming=next_of(contact), last=timeline.entries[0] if timeline.entries else None, timeline=timeline, near=near,
        log_href=f"/interactions/new?person={row['id']}" if "interaction" in kinds else "",
        note_href=f"/notes/new?text={quote(_mention(contact.full_name), safe='')}", panels=panels,
        has_own_card=row["has_own_card"],
    )  # fmt: skip


def initials(name: str) -> str:
    """Of the first and the last word."""
    words = [word for word in name.split() if word[0].isalnum()] or name.split()
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def next_of(contact: ContactFields) -> Coming | None:
    """The promise or the day that comes next, within a year."""
    due = [Coming(day, p.text) for p in contact.promises if not p.done and (day := _day(p.due))]
    days = [Coming(day, day_word(kept.label) or _("A day to remember"))
            for kept in contact.dates if (day := next_day(kept.date))]  # fmt: skip
    return min([*due, *days], key=lambda coming: coming.day, default=None)


def next_day(kept: str) -> date | None:
    """When a day of the year comes again; the last of February stands for the 29th in other years."""
    if not is_date(kept):
        return None
    month, day = int(kept[-5:-3]), int(kept[-2:])
    now = today()
    for year in (now.year, now.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            found = date(year, 2, 28)
        if found >= now:
            return found
    return None


def _day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept and is_date(kept) and not kept.startswith("--") else None


def _owed(href: str, promise: Promise) -> Owed:
    due, done = _day(promise.due), _day(promise.done)
    late = due is not None and done is None and due < today()
    return Owed(f"{href}/promises/{promise.id}", promise.text, promise.by == "me", due, done, late)


def _soft(contact: ContactFields) -> str:
    """One line of who this is."""
    work = " · ".join(part for part in (contact.role_title, contact.company) if part)
    called = f"“{contact.nickname}”" if contact.nickname else ""
    return " · ".join(part for part in (called, contact.role, work, contact.location, contact.pronouns) if part)


def _mention(name: str) -> str:
    return f"@[[{name}]] "


def _thumbnail(file: Mapping[str, Any]) -> str:
    return thumbnail_href(file_href(file["id"], file["name"]))


def _origins(row: asyncpg.Record, contact: ContactFields) -> tuple[Origin, ...]:
    """Of what is there to be asked about."""
    labels = {"full_name": _("Name"), **{name: _(word.label) for name, word in LABELS.items()}, "notes": _("About")}
    shown = {name: label for name, label in labels.items() if getattr(contact, name)}
    return read_origins(_json(row["origins"]), shown)


def _targets(row: asyncpg.Record, kinds: Mapping[str, Kind]) -> Targets:
    bound = {
        name: (kinds[kind].url(UUID(target)), kind) for name, target, kind, _many in _json(row["outgoing"]) if kind
    }
    return Targets(
        notes={name: href for name, (href, _kind) in bound.items()},
        people={name: href for name, (href, kind) in bound.items() if kind == "contact"},
        topics={fold(t["label"]): f"/notes?topic={quote(t['slug'])}" for t in _json(row["topics"])},
    )


def _json(value: Any) -> Any:
    """asyncpg hands jsonb over as text."""
    return [] if value is None else json.loads(value) if isinstance(value, str) else value
