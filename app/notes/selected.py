"""Several notes at once: one action, so that one Undo takes it back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from litestar import Request, post
from litestar.di import NamedDependency as Given
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import Invalid
from app.folders.service import file_notes, read_folder_id
from app.notes import service
from app.web.auth import Visitor, local_path
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.shared import Shared
from app.web.toasts import say

MOST = 1000
Verb = Callable[[AsyncSession, UUID], Awaitable[Any]]


@post("/notes/selected/archive", status_code=303)
async def archive_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(
        request, visitor, shared, lambda session, note_id: service.archive_note(session, note_id, True),
        lambda count: ngettext("%(num)s note archived.", "%(num)s notes archived.", count),
    )  # fmt: skip


@post("/notes/selected/unarchive", status_code=303)
async def unarchive_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(
        request, visitor, shared, lambda session, note_id: service.archive_note(session, note_id, False),
        lambda count: ngettext("%(num)s note taken out.", "%(num)s notes taken out.", count),
    )  # fmt: skip


@post("/notes/selected/pin", status_code=303)
async def pin_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(
        request, visitor, shared, lambda session, note_id: service.pin_note(session, note_id, True),
        lambda count: ngettext("%(num)s note pinned.", "%(num)s notes pinned.", count),
    )  # fmt: skip


@post("/notes/selected/discard", status_code=303)
async def discard_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(
        request, visitor, shared, service.discard_note,
        lambda count: ngettext("%(num)s note moved to the trash.", "%(num)s notes moved to the trash.", count),
    )  # fmt: skip


@post("/notes/selected/file", status_code=303)
async def file_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    form = await request.form()
    ids, folder_id = _read_ids(form.getall("id", [])), read_folder_id(form)
    back = Redirect(local_path(str(form.get("back", "/notes"))), status_code=303)
    if not ids:
        return say(back, _("No note was selected."))
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        moved = await file_notes(connection, ids, folder_id)
    told = ngettext("%(num)s note filed.", "%(num)s notes filed.", moved)
    return say(back, told % {"num": moved}, action_id if moved else None)


async def _change(
    request: Request, visitor: Visitor, shared: Shared, verb: Verb, tell: Callable[[int], str]
) -> Redirect:
    form = await request.form()
    ids = _read_ids(form.getall("id", []))
    back = Redirect(local_path(str(form.get("back", "/notes"))), status_code=303)
    if not ids:
        return say(back, _("No note was selected."))
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        for note_id in ids:
            await verb(session, note_id)
    return say(back, tell(len(ids)) % {"num": len(ids)}, action_id)


def _read_ids(given: list[str]) -> list[UUID]:
    if len(given) > MOST:
        raise Invalid(_("At most %(most)s notes can be changed at once; select fewer.") % {"most": number(MOST)})
    try:
        # In one order for all, so that two who do this at once cannot lock each other out.
        return sorted({UUID(value) for value in given})
    except ValueError:
        raise Invalid(_("One of the selected notes is not one that Hearth knows; reload the list.")) from None


ROUTES = [archive_selected, unarchive_selected, pin_selected, discard_selected, file_selected]
