"""The note list over HTTP: narrowed, ordered, as rows or as cards; and the form that narrows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.core.errors import NotFound
from app.core.names import find_names
from app.core.text import fold, slug
from app.folders.queries import read_tree
from app.notes import queries
from app.notes.filters import NoteFilter, filter_clauses, filter_query, read_filter
from app.notes.kind import NOTE
from app.notes.list_pages import Around, NoteList, list_href, narrow_form, note_list
from app.notes.rows import render_rows
from app.notes.sorting import read_place, sort_keys
from app.properties.lists import try_filter
from app.search.listing import ListQuery, list_box, query_reader
from app.topics.queries import FoundTopic, busiest_topics, find_topics
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.paging import decode_cursor
from app.web.shared import Shared

MOST_AT_ONCE = 5000
MATCHING = """
select n.id from notes n left join record_heat h on h.record_id = n.id
 where n.deleted_at is null and n.archived_at is null and n.note_kind <> 'system'"""
SOME_MORE = f" limit {MOST_AT_ONCE + 1}"
TITLE = "select title, preview from records where id = $1"

Families = Sequence[Sequence[UUID]]


@get("/notes")
async def list_notes(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    prop, problem = try_filter(request.query_params)
    wanted = replace(read_filter(request.query_params), prop=prop)
    page = await _read_list(reading, shared, wanted, request.query_params.get("after"), problem)
    shell = reading.shell("notes")
    if request.headers.get("hx-target") == "pager":
        return shared.pages.response(request, "notes/_more.html", page, shell=shell, blocks=("pager",))
    return shared.pages.response(
        request, "notes/index.html", page, shell=shell, blocks=("note-list",), status=422 if problem else 200, keep=True
    )


async def _read_list(
    reading: Reading, shared: Shared, wanted: NoteFilter, after: str | None, problem: str
) -> NoteList:  # fmt: skip
    topics = await find_topics(reading.connection, wanted.topics) if wanted.topic else {}
    keys, query = await _read_keys(reading, shared, wanted, after, families_of(wanted, topics))
    kept = filter_query(replace(wanted, words="", selecting=False))
    rows = await render_rows(
        shared.pages,
        reading.connection,
        keys,
        reading.visitor,
        selecting=wanted.selecting,
        dated=wanted.sort == "created",
        pictured=wanted.view == "cards" and not wanted.selecting,
    )
    box = await list_box(reading.connection, "/notes", wanted.words, query, kept, shared.kinds)
    around = await _read_around(reading, shared, wanted, topics)
    return note_list(wanted, keys, around, rows=rows, box=box, is_first=not after, problem=problem)


async def _read_keys(
    reading: Reading, shared: Shared, wanted: NoteFilter, after: str | None, families: Families
) -> tuple[Sequence[asyncpg.Record], ListQuery | None]:
    connection, zone = reading.connection, reading.visitor.time_zone
    read = query_reader(reading, wanted.words, NOTE, shared.kinds, "n.id")
    if wanted.sort:
        return await sort_keys(connection, wanted, read_place(wanted.sort, after), read, families, zone)
    cursor = decode_cursor(after, bool, datetime.fromisoformat, UUID) if after else queries.FIRST
    return await queries.list_keys(connection, wanted, (cursor[0], cursor[1], cursor[2]), read, families, zone)


def families_of(wanted: NoteFilter, topics: Mapping[str, FoundTopic]) -> Families:
    """A topic that nobody has is that of no note."""
    return [topics[name].family if name in topics else () for name in wanted.topics]


async def _read_around(
    reading: Reading, shared: Shared, wanted: NoteFilter, topics: Mapping[str, FoundTopic]
) -> Around:  # fmt: skip
    connection = reading.connection
    folders = await read_tree(connection, counted=False) if wanted.folder or wanted.selecting else ()
    linked = await _title_of(connection, wanted.linked) if wanted.linked else ""
    if not wanted.selecting:
        return Around(topics, folders, linked)
    offered = tuple(row["label"] for row in await busiest_topics(connection))
    matching = len(await match_ids(reading, shared, wanted))
    return Around(topics, folders, linked, offered, matching)


async def match_ids(reading: Reading, shared: Shared, wanted: NoteFilter) -> list[UUID]:
    """All notes that match, or one more than can be changed at once."""
    topics = await find_topics(reading.connection, wanted.topics) if wanted.topic else {}
    sql, values = filter_clauses(wanted, 1, families_of(wanted, topics), reading.visitor.time_zone)
    read = query_reader(reading, wanted.words, NOTE, shared.kinds, "n.id")
    query = await read(len(values) + 1) if read else None
    if query:
        sql, values = sql + query.sql, [*values, *query.values]
    shelf = "is not null" if queries.is_archived(wanted, query) else "is null"
    statement = MATCHING.replace("archived_at is null", f"archived_at {shelf}") + sql + SOME_MORE
    return [row[0] for row in await reading.connection.fetch(statement, *values)]


async def _title_of(connection: asyncpg.Connection, record_id: UUID) -> str:
    row = await connection.fetchrow(TITLE, record_id)
    if row is None:
        raise NotFound
    return row["title"] or row["preview"][:80] or _("Untitled")


@get("/notes/narrow")
async def show_narrowing(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """The form by itself, so that a list's page reads nothing that nobody asked for; and where it is sent to."""
    given = dict(request.query_params)
    prop, _problem = try_filter(given)
    name = str(given.pop("linked_name", "")).replace("\0", "").strip()[:500]
    wanted = replace(read_filter({**given, "topic": _slugs(given.get("topic"))}), prop=prop, selecting=False)
    linked = await _find_linked(reading, wanted, name) if "narrow" in given else wanted.linked
    if "narrow" in given and (linked or not name):
        return Redirect(list_href(replace(wanted, linked=linked)), status_code=303)
    topics = await find_topics(reading.connection, wanted.topics) if wanted.topic else {}
    around = Around(
        topics, await read_tree(reading.connection, counted=False),
        await _title_of(reading.connection, wanted.linked) if wanted.linked else "",
        tuple(row["label"] for row in await busiest_topics(reading.connection)),
    )  # fmt: skip
    error = _("Nothing is called “%(name)s”.") % {"name": name} if "narrow" in given else ""
    form = narrow_form(wanted, around, linked=name if error else None, error=error)
    return shared.pages.response(
        request,
        "notes/narrow.html",
        form,
        shell=reading.shell("notes"),
        blocks=("narrow",),
        status=422 if error else 200,
    )


def _slugs(given: Any) -> str:
    """As they are typed: `#Lisbon, city trips`."""
    return ",".join(filter(None, (slug(name.strip().lstrip("#")) for name in str(given or "").split(","))))


async def _find_linked(reading: Reading, wanted: NoteFilter, name: str) -> UUID | None:
    """The record of that name; the one that the list was narrowed to before, where that is its name."""
    if wanted.linked and name == await _title_of(reading.connection, wanted.linked):
        return wanted.linked
    found = await find_names(reading.connection, reading.visitor.user_id, [fold(name)])
    best = found.best(fold(name), exactly=name)
    return best[0] if best else None


ROUTES = [list_notes, show_narrowing]
