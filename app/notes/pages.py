"""What the notes' templates see: one frozen struct per page, built from rows, never from ORM objects."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.core.text import fold, plain_sentence, words_of_html
from app.heat.warmth import score, tier
from app.notes.contents import Heading, read_contents
from app.notes.heads import NoteAbout, note_about
from app.properties.pages import PropertyList
from app.web.file_rows import FileRow, file_rows
from app.web.html import render_html
from app.web.locale import gettext as _
from app.web.markdown import Targets, render_markdown

FIRST_HEADING = re.compile(r"\s*<h1[^>]*>(.*?)</h1>", re.DOTALL)
MARKS = "#>-* \t"
"""What a first line may begin with that is no part of its words."""


@dataclass(frozen=True, slots=True)
class Backlink:
    href: str
    title: str
    sentence: str
    kind: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    name: str
    href: str


@dataclass(frozen=True, slots=True)
class NotePage:
    id: UUID
    href: str
    title: str
    shown_title: str
    html: Markup
    version: int
    is_pinned: bool
    is_archived: bool
    is_in_trash: bool
    created_at: datetime
    updated_at: datetime
    heat: str
    topics: tuple[tuple[str, str], ...]
    folders: tuple[tuple[str, str], ...]
    properties: PropertyList
    backlinks: tuple[Backlink, ...]
    more_backlinks: bool
    missing: tuple[tuple[str, str], ...]
    ambiguous: tuple[Ambiguous, ...]
    about: NoteAbout
    files: tuple[FileRow, ...] = ()
    merged: tuple[str, str] | None = None
    """The note that stands for this one, by title and address."""

    @property
    def contents(self) -> tuple[Heading, ...]:
        return read_contents(self.html)


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    id: str
    title: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Editor:
    """`sitting` is the action that all its saves belong to.

    After a save that was put together with another: `joined` are the title and the text that stand there now,
    `own_version` holds them as they were sent.
    """

    id: UUID
    version: int
    title: str
    content: str
    is_new: bool
    error: str = ""
    sitting: UUID | None = None
    own_version: int = 0
    joined: tuple[str, str] | None = None
    templates: tuple[TemplateChoice, ...] = ()

    @property
    def action(self) -> str:
        return f"/notes/{self.id}"


def shown_title(title: str, content: str, written_as: str = "markdown") -> str:
    """A note without a title is known by its first line."""
    if title.strip():
        return title
    said = words_of_html(content) if written_as == "html" else content
    first = next((line.strip(MARKS) for line in said.splitlines() if line.strip(MARKS)), "")
    return first[:80] or _("Untitled")


def note_page(row: asyncpg.Record, kinds: Mapping[str, Kind], html: Markup, properties: PropertyList) -> NotePage:
    outgoing = _json(row["outgoing"])
    backlinks = _json(row["backlinks"])
    return NotePage(
        id=row["id"],
        href=f"/notes/{row['id']}",
        title=row["title"],
        shown_title=shown_title(row["title"], row["content"], row["content_format"]),
        html=html,
        version=row["version"],
        is_pinned=row["is_pinned"],
        is_archived=row["archived_at"] is not None,
        is_in_trash=row["deleted_at"] is not None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        heat=tier(score(row["warmth"], datetime.now(UTC))),
        topics=tuple((t["label"], f"/topics/{t['id']}") for t in _json(row["topics"])),
        folders=tuple((name, f"/notes?folder={folder_id}") for folder_id, name in _json(row["folders"])),
        properties=properties,
        backlinks=tuple(_backlink(b, kinds) for b in backlinks[:100]),
        more_backlinks=len(backlinks) > 100,
        missing=tuple((name, f"/notes/new?title={quote(name)}") for name, target, *_rest in outgoing if not target),
        ambiguous=tuple(
            Ambiguous(name, kinds[kind].url(target)) for name, target, kind, several in outgoing if several and kind
        ),
        about=note_about(row),
        files=file_rows(_json(row["files"])),
        merged=_merged(_json(row["merged_into"])),
    )


def _merged(into: Sequence[Any]) -> tuple[str, str] | None:
    return (into[0] or _("Untitled"), f"/notes/{into[1]}") if into else None


def render_note(row: asyncpg.Record | Mapping[str, Any], targets: Targets, *, full: bool = True) -> Markup:
    """The note's text as safe HTML, its names leading where its links are bound."""
    if row["content_format"] == "plain":
        return Markup("<pre>{}</pre>").format(row["content"])
    if row["content_format"] == "html":
        return render_html(row["content"], targets)
    html = render_markdown(row["content"], targets, full=full)
    return _without_title(html, row["title"])


def _without_title(html: Markup, title: str) -> Markup:
    """Many texts begin with their own title as a heading; the page shows it already."""
    first = FIRST_HEADING.match(html)
    heading = Markup(first[1]).striptags() if first else ""  # noqa: S704 (its marks are taken off)
    # A slice of Markup is Markup: what was sanitised, cut after a whole element.
    return html[first.end() :] if first and fold(heading) == fold(title) else html


def link_targets(row: asyncpg.Record, kinds: Mapping[str, Kind], files: Mapping[str, str]) -> Targets:
    bound = {
        name: (kinds[kind].url(UUID(target)), kind) for name, target, kind, _ambiguous in _json(row["outgoing"]) if kind
    }
    own = f"/notes/{row['id']}"
    return Targets(
        # A note that names itself is no link of the graph, yet leads to itself.
        notes=({fold(row["title"]): own} if row["title"].strip() else {})
        | {name: href for name, (href, _kind) in bound.items()},
        people={name: href for name, (href, kind) in bound.items() if kind == "contact"},
        topics={fold(t["label"]): f"/notes?topic={quote(t['slug'])}" for t in _json(row["topics"])},
        files=files,
    )


def _backlink(row: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Backlink:
    kind = kinds[row["kind"]]
    return Backlink(
        kind.url(row["source_id"]), row["title"] or _("Untitled"), plain_sentence(row["evidence"]), _(kind.label)
    )


def _json(value: Any) -> Any:
    """asyncpg hands jsonb over as text."""
    return [] if value is None else json.loads(value) if isinstance(value, str) else value
