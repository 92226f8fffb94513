"""Saves over HTTP: a form's, an open editor's by itself, and what a person chose where two texts differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID, uuid4

from litestar import Request, Response, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Invalid
from app.notes import conflicts, service
from app.notes import pages as view
from app.notes.joining import MOST_PLACES, NoteMoved, Saved, Sent
from app.web.auth import Visitor, make_shell
from app.web.locale import gettext as _
from app.web.rendering import is_fragment
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
MOST_UNHEARD = 5


@post("/notes/{note_id:uuid}", status_code=303)
async def save_note(
    request: Request, note_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared],
) -> Response:  # fmt: skip
    """A form's save redirects to the note; an autosave (htmx) answers with the new version alone."""
    title, content = data.get("title", ""), data.get("content", "")
    shell = make_shell(request, visitor, "notes")
    try:
        version, unheard = _read_version(data, "version"), _read_unheard(data)
        action_id = await _sitting(data, visitor, shared)
        async with shared.database.writing(visitor.user_id, action_id=action_id) as session:
            saved = await service.write_note(session, visitor.user_id, note_id, version, title, content, unheard)
    except NoteMoved as moved:
        return _show_conflict(request, visitor, shared, moved, title, content)
    except Invalid as error:
        editor = view.Editor(note_id, 0, title, content, is_new=True, error=str(error), sitting=uuid4())
        return shared.pages.response(request, "notes/edit.html", editor, shell=shell, blocks=("saved",), status=422)
    if is_fragment(request):
        return shared.pages.fragments(request, "notes/edit.html", _acknowledge(saved), ["saved"], shell=shell)
    sentence = _("Saved, together with what was changed elsewhere.") if saved.is_joined else _("Saved.")
    return say(Redirect(f"/notes/{note_id}", status_code=303), sentence, action_id)


@post("/notes/{note_id:uuid}/choose", status_code=303)
async def choose(
    request: Request, note_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared],
) -> Response:  # fmt: skip
    """What the conflict's page sends: one choice for each place that differs."""
    title, content = data.get("title", ""), data.get("content", "")
    choices = [data[f"choice-{at}"] for at in range(MOST_PLACES + 1) if f"choice-{at}" in data]
    try:
        sent = Sent(title, content, _read_version(data, "base"))
        async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
            await service.write_chosen(session, note_id, sent, _read_version(data, "version"), choices)
    except NoteMoved as moved:
        return _show_conflict(request, visitor, shared, moved, title, content)
    return say(Redirect(f"/notes/{note_id}", status_code=303), _("Saved."), action_id)


def _acknowledge(saved: Saved) -> view.Editor:
    note = saved.note
    joined = (note.title, note.content) if saved.is_joined else None
    return view.Editor(
        note.id, note.version, note.title, "", is_new=False, own_version=saved.own_version, joined=joined
    )


def _show_conflict(
    request: Request, visitor: Visitor, shared: Shared, moved: NoteMoved, title: str, content: str
) -> Response[Any]:
    page = conflicts.conflict_page(moved, title, content)
    shell = make_shell(request, visitor, "notes")
    return shared.pages.response(request, "notes/conflict.html", page, shell=shell, blocks=("conflict",), status=409)


async def _sitting(data: Mapping[str, str], visitor: Visitor, shared: Shared) -> UUID:
    """All saves of one editor that was opened are one action, so that one Undo takes them back; not what came after."""
    try:
        sitting = UUID(data.get("sitting", ""))
    except ValueError:
        return uuid4()
    async with shared.database.reading(visitor.user_id) as connection:
        return uuid4() if await connection.fetchval("select is_undone($1)", sitting) else sitting


def _read_version(data: Mapping[str, str], name: str) -> int:
    version = data.get(name, "0")
    if not version.isdecimal() or len(version) > 9:
        raise Invalid(_("The form lost track of the version it started from; copy your text and open the note again."))
    return int(version)


def _read_unheard(data: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Title and text of the saves that were never answered, oldest first (static/js/editor.js)."""
    try:
        given = json.loads(data.get("unheard") or "[]")
        texts = [(str(title), str(content).replace("\r\n", "\n")) for title, content in given]
    except (ValueError, TypeError):
        raise Invalid(_("This form is not as Hearth sent it; copy your text and open the note again.")) from None
    return tuple(texts[-MOST_UNHEARD:])


ROUTES = [save_note, choose]
