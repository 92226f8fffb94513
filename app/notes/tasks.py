"""Ticking a task where a note is read: the box of the page finds its line in the text, whatever was changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated
from uuid import UUID, uuid4

from litestar import Request, Response, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect
from sqlalchemy import select

from app.core.errors import Conflict, Invalid, NotFound
from app.notes.kind import Note
from app.web.auth import Visitor, make_shell
from app.web.locale import gettext as _
from app.web.markdown_tasks import Task, find_tasks
from app.web.rendering import is_fragment
from app.web.shared import Shared
from app.web.toasts import Toast, say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@post("/notes/{note_id:uuid}/tasks", status_code=303)
async def tick_task(
    request: Request, note_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """A script gets the toast with its Undo, a form the note's page."""
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        note = await session.scalar(select(Note).where(Note.id == note_id).with_for_update())
        if note is None:
            raise NotFound
        is_done = _tick(note, data)
    sentence = _("Ticked off.") if is_done else _("To be done again.")
    if not is_fragment(request):
        return say(Redirect(f"/notes/{note_id}", status_code=303), sentence, action_id)
    shell = replace(make_shell(request, visitor, "notes"), toast=Toast(sentence, action_id))
    return Response(str(shared.pages.macro("toast", shell=shell)), status_code=200, media_type="text/html")


def _tick(note: Note, data: Mapping[str, str]) -> bool:
    """Whether the task is done now."""
    number, words, wanted = data.get("task", ""), data.get("words", ""), data.get("done") == "1"
    if not number.isdecimal() or len(number) > 6:
        raise Invalid(_("This form does not say which task is meant; reload the page."))
    tasks = find_tasks(note.content) if note.deleted_at is None and note.content_format == "markdown" else []
    task = _choose(tasks, int(number), words)
    if task is None:
        raise Conflict(_("This task was changed somewhere else meanwhile. Reload the page and tick it there."))
    note.content = note.content[: task.place] + ("x" if wanted else " ") + note.content[task.place + 1 :]
    return wanted


def _choose(tasks: Sequence[Task], number: int, words: str) -> Task | None:
    """The one at its place, or the only one of these words when others were put before it."""
    if number < len(tasks) and tasks[number].words == words:
        return tasks[number]
    same = [task for task in tasks if task.words == words]
    return same[0] if len(same) == 1 else None


ROUTES = [tick_task]
