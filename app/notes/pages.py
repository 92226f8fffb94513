"""What the notes' templates see: one frozen struct per page, built from rows, never from ORM objects."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.core.text import fold, plain_sentence
from app.folders.queries import Folder, way_up
from app.heat.warmth import score, tier
from app.notes.queries import PAGE_SIZE, Cursor, NoteFilter
from app.properties.lists import FilterChips, filter_chips
from app.properties.pages import PropertyList
from app.search.listing import ListBox
from app.web.locale import gettext as _
from app.web.markdown import Targets, render_markdown
from app.web.paging import encode_cursor

FIRST_HEADING = re.compile(r"\s*<h1[^>]*>(.*?)</h1>", re.DOTALL)
MARKS = "#>-* \t"
"""What a first line may begin with that is no part of its words."""


@dataclass(frozen=True, slots=True)
class NoteList:
    """`rows` is rendered already: rows are cached by what they show (app/notes/rows.py)."""

    title: str
    rows: Markup
    is_empty: bool
    next_href: str | None
    box: ListBox
    is_narrowed: bool
    archived: bool
    tabs: tuple[str, str]
    """The addresses of what is current and of what is archived, narrowed alike."""

    selecting: bool
    here: str
    """The list's address without its boxes."""

    select_href: str
    chips: FilterChips
    above: tuple[tuple[str, str], ...] = ()
    inside: tuple[tuple[str, str], ...] = ()
    """The folders around the one that is listed: (name, address) of those above and of those in it."""

    filing: tuple[Folder, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Editor:
    """`sitting` is the action that all its saves belong to."""

    id: UUID
    version: int
    title: str
    content: str
    is_new: bool
    error: str = ""
    sitting: UUID | None = None

    @property
    def action(self) -> str:
        return f"/notes/{self.id}"


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """Both texts of a note that moved; `version` is what a merged text starts from."""

    id: UUID
    version: int
    theirs_title: str
    theirs: str
    mine_title: str
    mine: str
    sentence: str

    @property
    def action(self) -> str:
        return f"/notes/{self.id}"


def note_list(
    wanted: NoteFilter, keys: Sequence[asyncpg.Record], *, title: str, rows: Markup, box: ListBox, is_first: bool,
    problem: str, folders: Sequence[Folder] = (),
) -> NoteList:  # fmt: skip
    plain = replace(wanted, selecting=False)
    above = way_up(folders, wanted.folder)
    return NoteList(
        title, rows, is_first and not keys, next_page(wanted, keys), box,
        is_narrowed=bool(wanted.words.strip() or wanted.topic or wanted.folder or wanted.prop),
        archived=wanted.archived,
        tabs=(list_href(replace(plain, archived=False)), list_href(replace(plain, archived=True))),
        selecting=wanted.selecting, here=list_href(plain), select_href=list_href(replace(wanted, selecting=True)),
        chips=filter_chips("/notes", wanted.prop, list_query(replace(wanted, prop=None)), problem),
        above=tuple((folder.name, folder.href) for folder in above[:-1]),
        inside=tuple(
            (f"{folder.icon} {folder.name}".strip(), folder.href)
            for folder in folders if wanted.folder and folder.parent_id == wanted.folder
        ),
        filing=tuple(folders) if wanted.selecting else (),
    )  # fmt: skip


def next_page(wanted: NoteFilter, keys: Sequence[asyncpg.Record]) -> str | None:
    """The address of the following page, None on the last one."""
    if len(keys) < PAGE_SIZE:
        return None
    last = keys[-1]
    cursor = encode_cursor(last["is_pinned"], last["updated_at"], last["id"])
    return "/notes?" + urlencode({**list_query(wanted), "after": cursor})


def list_href(wanted: NoteFilter) -> str:
    query = urlencode(list_query(wanted))
    return f"/notes?{query}" if query else "/notes"


def list_query(wanted: NoteFilter) -> dict[str, str]:
    given = {"topic": wanted.topic, "q": wanted.words, "folder": str(wanted.folder or "")}
    given |= wanted.prop.query if wanted.prop else {}
    flags = {"show": "archived"} if wanted.archived else {}
    return (
        {name: value for name, value in given.items() if value} | flags | ({"select": "1"} if wanted.selecting else {})
    )


def after_cursor(values: tuple[Any, ...]) -> Cursor:
    return values[0], values[1], values[2]


def shown_title(title: str, content: str) -> str:
    """A note without a title is known by its first line."""
    if title.strip():
        return title
    first = next((line.strip(MARKS) for line in content.splitlines() if line.strip(MARKS)), "")
    return first[:80] or _("Untitled")


def note_page(row: asyncpg.Record, kinds: Mapping[str, Kind], html: Markup, properties: PropertyList) -> NotePage:
    outgoing = _json(row["outgoing"])
    backlinks = _json(row["backlinks"])
    return NotePage(
        id=row["id"],
        href=f"/notes/{row['id']}",
        title=row["title"],
        shown_title=shown_title(row["title"], row["content"]),
        html=html,
        version=row["version"],
        is_pinned=row["is_pinned"],
        is_archived=row["archived_at"] is not None,
        is_in_trash=row["deleted_at"] is not None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        heat=tier(score(row["warmth"], datetime.now(UTC))),
        topics=tuple((t["label"], f"/notes?topic={quote(t['slug'])}") for t in _json(row["topics"])),
        folders=tuple((name, f"/notes?folder={folder_id}") for folder_id, name in _json(row["folders"])),
        properties=properties,
        backlinks=tuple(_backlink(b, kinds) for b in backlinks[:100]),
        more_backlinks=len(backlinks) > 100,
        missing=tuple((name, f"/notes/new?title={quote(name)}") for name, target, *_rest in outgoing if not target),
        ambiguous=tuple(
            Ambiguous(name, kinds[kind].url(target)) for name, target, kind, several in outgoing if several and kind
        ),
    )


def render_note(row: asyncpg.Record, kinds: Mapping[str, Kind], files: Mapping[str, str]) -> Markup:
    """The note's text as safe HTML, its names leading where its links are bound."""
    if row["content_format"] == "plain":
        return Markup("<pre>{}</pre>").format(row["content"])
    html = render_markdown(row["content"], link_targets(row, kinds, files))
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
    return Targets(
        notes={name: href for name, (href, _kind) in bound.items()},
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
