"""The form about a note over HTTP, and what stands on Today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Redirect

from app.core.errors import Invalid
from app.folders.pages import colour_names
from app.notes import service
from app.notes.about import About, about_of, change_about, read_about
from app.notes.pages import shown_title
from app.notes.people import read_targets, suggest_people
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

TEMPLATE = "notes/about.html"
NAMED = ("icon", "colour", "content_format", "preferred_view", "note_kind", "date_key", "template_for", "author",
         "added")  # fmt: skip


@dataclass(frozen=True, slots=True)
class TargetRow:
    id: str
    name: str
    is_kept: bool


@dataclass(frozen=True, slots=True)
class AboutPage:
    """`choices` are the form's selects: name, label and what there is to choose."""

    title: str
    href: str
    typed: About
    choices: tuple[tuple[str, str, Mapping[str, str]], ...]
    colours: Mapping[str, str]
    targets: tuple[TargetRow, ...]
    people: tuple[str, ...]
    source: str
    error: str = ""


@get("/notes/{note_id:uuid}/about")
async def show_about(
    request: Request, note_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await read_about(reading.connection, note_id)
    page = await _page(reading.connection, row, about_of(row))
    return shared.pages.response(request, TEMPLATE, page, shell=reading.shell("notes"), blocks=("note-about",))


@post("/notes/{note_id:uuid}/about", status_code=303)
async def save_about(
    request: Request, note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    form, action_id = await request.form(), uuid4()
    typed = About()
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            typed = _read_form(form, about_of(await read_about(connection, note_id)))
            changed = await change_about(connection, note_id, typed)
    except (Invalid, asyncpg.UniqueViolationError) as error:
        sentence = str(error) if isinstance(error, Invalid) else _("That day got its log just now; try again.")
        return await _ask_again(request, visitor, shared, note_id, typed, sentence)
    return say(Redirect(f"/notes/{note_id}", status_code=303), _("Saved."), action_id if changed else None)


async def _ask_again(
    request: Request, visitor: Visitor, shared: Shared, note_id: UUID, typed: About, sentence: str
) -> Response:
    async with shared.database.reading(visitor.user_id) as connection:
        page = await _page(connection, await read_about(connection, note_id), typed, sentence)
    shell = make_shell(request, visitor, "notes")
    return shared.pages.response(request, TEMPLATE, page, shell=shell, blocks=("note-about",), status=422)


@post("/notes/{note_id:uuid}/pin-to-today", status_code=303)
async def pin_to_today(note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _pin(note_id, visitor, shared, True, _("Pinned to Today."))


@post("/notes/{note_id:uuid}/take-off-today", status_code=303)
async def take_off_today(note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _pin(note_id, visitor, shared, False, _("Taken off Today."))


async def _pin(note_id: UUID, visitor: Visitor, shared: Shared, pinned: bool, sentence: str) -> Redirect:
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        await service.pin_to_today(session, note_id, pinned)
    return say(Redirect(f"/notes/{note_id}", status_code=303), sentence, action_id)


def _read_form(form: FormMultiDict, now: About) -> About:
    """What the form does not have stays as it is."""
    given = {name: str(form.get(name, getattr(now, name))) for name in NAMED}
    shown, kept = (frozenset(map(str, form.getall(name, []))) for name in ("shown", "target"))
    return About(**given, shown=shown, kept=kept)


async def _page(connection: asyncpg.Connection, row: asyncpg.Record, typed: About, error: str = "") -> AboutPage:
    targets = await read_targets(connection, row["id"])
    title = shown_title(row["title"], row["content"], row["content_format"])
    return AboutPage(
        title, f"/notes/{row['id']}", typed, _choices(), colour_names(),
        tuple(TargetRow(str(one["id"]), one["full_name"], _is_kept(str(one["id"]), typed)) for one in targets),
        await suggest_people(connection), _source(row), error,
    )  # fmt: skip


def _is_kept(person: str, typed: About) -> bool:
    return person in typed.kept or person not in typed.shown


def _choices() -> tuple[tuple[str, str, Mapping[str, str]], ...]:
    return (
        ("content_format", _("Written as"),
         {"markdown": _("Markdown"), "html": _("HTML"), "plain": _("Plain text, shown as it is typed")}),
        ("note_kind", _("Kind"),
         {"note": _("A note"), "log": _("The log of its day"),
          "system": _("Behind the scenes: in no list, but found")}),
        ("template_for", _("Template"),
         {"": _("No template"), "note": _("A template for new notes"), "log": _("Each day's log begins with it")}),
        ("preferred_view", _("View"), {"doc": _("Document"), "canvas": _("Canvas (shown as a document for now)")}),
    )  # fmt: skip


def _source(row: asyncpg.Record) -> str:
    if row["source"] == "local":
        return _("Written here")
    named = {"import": _("Imported")}.get(row["source"], row["source"])
    return f"{named}: {row['source_id']}" if row["source_id"] else named


ROUTES = [show_about, save_about, pin_to_today, take_off_today]
