"""What the templates of the note list see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.folders.queries import Folder, way_up
from app.notes.filters import NoteFilter, filter_query
from app.notes.queries import PAGE_SIZE
from app.notes.sorting import next_place
from app.properties.lists import FilterChips, filter_chips
from app.search.listing import Chip, ListBox
from app.topics.queries import FoundTopic
from app.web.locale import current_locale, day
from app.web.locale import gettext as _
from app.web.paging import encode_cursor

Link = tuple[str, str]


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
    filters: tuple[Link, ...]
    """What it is narrowed to, each with the list without it."""

    narrow_href: str
    sorts: tuple[Chip, ...]
    views: tuple[Chip, ...]
    is_cards: bool
    about: tuple[Link, ...] = ()
    """The pages of the topics that it is narrowed to."""

    above: tuple[Link, ...] = ()
    inside: tuple[Link, ...] = ()
    """The folders around the one that is listed: (name, address) of those above and of those in it."""

    filing: tuple[Folder, ...] = ()
    offered: tuple[str, ...] = ()
    """Topics to choose from, where notes are selected."""

    matching: int = 0
    """How many notes match, where they are selected; one more than can be changed at once stands for all beyond."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a list's page says beside its rows: the names of what it is narrowed to, and what a selection offers."""

    topics: Mapping[str, FoundTopic]
    folders: Sequence[Folder] = ()
    linked: str = ""
    offered: tuple[str, ...] = ()
    matching: int = 0


@dataclass(frozen=True, slots=True)
class NarrowForm:
    """`others` are what else the list's address says; `linked` is a name, or what was typed as one."""

    wanted: NoteFilter
    topics: str
    linked: str
    others: tuple[Link, ...]
    folders: tuple[Folder, ...]
    offered: tuple[str, ...]
    sorts: tuple[Chip, ...]
    error: str = ""

    @property
    def days(self) -> dict[str, str]:
        return {name: value.isoformat() for name, value in self.wanted.dates}

    @property
    def back(self) -> str:
        return list_href(self.wanted)


def note_list(
    wanted: NoteFilter, keys: Sequence[asyncpg.Record], around: Around, *, rows: Markup, box: ListBox, is_first: bool,
    problem: str,
) -> NoteList:  # fmt: skip
    above = way_up(around.folders, wanted.folder)
    return NoteList(
        title=list_title(wanted, around), rows=rows, is_empty=is_first and not keys, next_href=next_page(wanted, keys),
        box=box, chips=filter_chips("/notes", wanted.prop, filter_query(replace(wanted, prop=None)), problem),
        filters=tuple(filter_links(wanted, around)), **_frame(wanted, current_locale()),
        about=tuple(("#" + one.label, f"/topics/{one.id}") for one in around.topics.values()),
        above=tuple((folder.name, folder.href) for folder in above[:-1]),
        inside=tuple(
            (f"{folder.icon} {folder.name}".strip(), folder.href)
            for folder in around.folders if wanted.folder and folder.parent_id == wanted.folder
        ),
        filing=tuple(around.folders) if wanted.selecting else (), offered=around.offered, matching=around.matching,
    )  # fmt: skip


# Its addresses alone were a tenth of what the list takes to answer; they are the same for whoever asks for the same.
@lru_cache(maxsize=256)
def _frame(wanted: NoteFilter, _locale: str) -> dict[str, Any]:
    """What a list's page shows of `wanted` alone, in one language."""
    plain = replace(wanted, selecting=False)
    return {
        "is_narrowed": wanted.is_narrowed, "archived": wanted.archived, "selecting": wanted.selecting,
        "tabs": (list_href(replace(plain, archived=False)), list_href(replace(plain, archived=True))),
        "here": list_href(plain), "select_href": list_href(replace(wanted, selecting=True)),
        "narrow_href": narrow_href(wanted), "sorts": sort_chips(wanted), "views": _view_chips(wanted),
        "is_cards": wanted.view == "cards",
    }  # fmt: skip


def list_title(wanted: NoteFilter, around: Around) -> str:
    if wanted.topic:
        return " ".join("#" + _label(name, around) for name in wanted.topics)
    if wanted.folder:
        return next((folder.name for folder in around.folders if folder.id == wanted.folder), _("Notes"))
    return _("Archive") if wanted.archived else _("Notes")


def _label(name: str, around: Around) -> str:
    return around.topics[name].label if name in around.topics else name


def filter_links(wanted: NoteFilter, around: Around) -> list[Link]:
    """What the list is narrowed to, in words, each with the list without it. Folder and property have their own."""
    links = [
        ("#" + _label(name, around), replace(wanted, topic=",".join(n for n in wanted.topics if n != name)))
        for name in wanted.topics
    ]
    kinds = {"note": _("Notes alone"), "log": _("Logs alone"), "system": _("System notes alone")}
    heats = {"hot": _("Hot"), "warm": _("Warm"), "cold": _("Cold")}
    pinned = {"yes": _("Pinned"), "no": _("Not pinned")}
    folder = next((one.path for one in around.folders if one.id == wanted.folder), "")
    told = (
        (folder, {"folder": None}), (kinds.get(wanted.kind), {"kind": ""}), (pinned.get(wanted.pinned), {"pinned": ""}),
        (heats.get(wanted.heat), {"heat": ""}),
        (_("Links to %(title)s") % {"title": around.linked} if wanted.linked else "", {"linked": None}),
    )  # fmt: skip
    links += [(label, replace(wanted, **without)) for label, without in told if label]
    links += [
        (
            _date_words()[name] % {"day": day(value)},
            replace(wanted, dates=tuple(d for d in wanted.dates if d[0] != name)),
        )
        for name, value in wanted.dates
    ]
    return [(label, list_href(less)) for label, less in links]


def _date_words() -> dict[str, str]:
    return {
        "created_from": _("Made since %(day)s"), "created_to": _("Made up to %(day)s"),
        "updated_from": _("Changed since %(day)s"), "updated_to": _("Changed up to %(day)s"),
    }  # fmt: skip


def sort_chips(wanted: NoteFilter) -> tuple[Chip, ...]:
    names = {"": _("Last changed"), "created": _("Newest"), "title": _("By title"), "warm": _("Warmest")}
    return tuple(
        Chip(label, list_href(replace(wanted, sort=sort)), wanted.sort == sort) for sort, label in names.items()
    )


def _view_chips(wanted: NoteFilter) -> tuple[Chip, ...]:
    names = {"": _("As a list"), "cards": _("As cards")}
    return tuple(Chip(label, list_href(replace(wanted, view=one)), wanted.view == one) for one, label in names.items())


def next_page(wanted: NoteFilter, keys: Sequence[asyncpg.Record]) -> str | None:
    """The address of the following page, None on the last one."""
    if len(keys) < PAGE_SIZE:
        return None
    last = keys[-1]
    cursor = next_place(keys) if wanted.sort else encode_cursor(last["is_pinned"], last["updated_at"], last["id"])
    return "/notes?" + urlencode({**filter_query(wanted), "after": cursor})


def list_href(wanted: NoteFilter) -> str:
    query = urlencode(filter_query(wanted))
    return f"/notes?{query}" if query else "/notes"


def narrow_href(wanted: NoteFilter) -> str:
    query = urlencode(filter_query(replace(wanted, selecting=False)))
    return f"/notes/narrow?{query}" if query else "/notes/narrow"


def narrow_form(
    wanted: NoteFilter, around: Around, *, linked: str | None = None, error: str = "", folder: UUID | None = None
) -> NarrowForm:
    """`linked`: what was typed where it means nothing."""
    kept = NoteFilter(words=wanted.words, prop=wanted.prop, view=wanted.view)
    return NarrowForm(
        wanted, ", ".join(_label(name, around) for name in wanted.topics), around.linked if linked is None else linked,
        tuple(filter_query(kept).items()), tuple(around.folders), around.offered, sort_chips(wanted), error,
    )  # fmt: skip
