"""History over HTTP: the whole account's, each record's, and the way back."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, Invalid, NotFound
from app.history import queries
from app.history.pages import PROPERTIES, history_page, record_history
from app.history.undoing import Undone, revert_field, undo_action
from app.history.wording import field_label
from app.web.auth import Reading, Visitor, local_path
from app.web.locale import gettext as _
from app.web.locale import ngettext
from app.web.patience import StillGoing, wait_a_while
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/history")
async def show_history(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    user_id, before = reading.visitor.user_id, request.query_params.get("before")
    if before is not None and not (before.isdecimal() and len(before) < 19):
        raise Invalid(_("This address of a list's next page is not one that Hearth made."))
    seqs, following = await queries.list_actions(reading.connection, user_id, int(before or queries.NEWEST))
    deeds, titles = await queries.read_deeds(reading.connection, user_id, list(seqs))
    page = history_page(seqs, deeds, titles, shared.kinds, following, is_first=before is None)
    template = "history/_more.html" if request.headers.get("hx-target") == "pager" else "history/index.html"
    return shared.pages.response(request, template, page, shell=reading.shell("history"), blocks=("pager",))


@get("/records/{record_id:uuid}/history")
async def show_record_history(
    request: Request, record_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    kind = await queries.read_kind(reading.connection, record_id)
    record = await queries.read_record(reading.connection, record_id, shared.kinds[kind].table) if kind else None
    if record is None:
        raise NotFound
    changes = await queries.read_changes(reading.connection, reading.visitor.user_id, record_id)
    page = record_history(record, record_id, changes, shared.kinds)
    return shared.pages.response(request, "history/record.html", page, shell=reading.shell("history"))


@post("/history/{action_id:uuid}/undo", status_code=303)
async def undo(request: Request, action_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    back = Redirect(_came_from(request), status_code=303)
    try:
        undone = await wait_a_while(undo_action(shared.database, visitor.user_id, action_id, shared.kinds))
    except Conflict as error:
        return say(back, str(error))
    except StillGoing:
        return say(back, _("This is much to undo. It goes on by itself; History says when it is done."))
    return say(back, _tell_undone(undone), undone.action_id)


@post("/history/changes/{seq:int}/revert", status_code=303)
async def revert(
    request: Request, seq: FromPath[int], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Redirect:
    column = data.get("column", "")
    key = data.get("key") if column == PROPERTIES else None
    try:
        record_id, action_id = await revert_field(shared.database, visitor.user_id, seq, column, shared.kinds, key)
    except Conflict as error:
        return say(Redirect(_came_from(request), status_code=303), str(error))
    sentence = _("Put back: %(field)s") % {"field": key or field_label(column)}
    return say(Redirect(f"/records/{record_id}/history", status_code=303), sentence, action_id)


def _tell_undone(undone: Undone) -> str:
    if not undone.left_alone:
        return _("Undone.")
    left = len(undone.left_alone)
    return ngettext(
        "Undone, except for %(num)s record that was changed since.",
        "Undone, except for %(num)s records that were changed since.", left,
    ) % {"num": left}  # fmt: skip


def _came_from(request: Request[Any, Any, Any]) -> str:
    """The page that the form was on; our own pages send no other address (Referrer-Policy)."""
    referer = urlsplit(request.headers.get("referer", ""))
    if referer.netloc != request.headers.get("host", ""):
        return "/history"
    return local_path(f"{referer.path}?{referer.query}" if referer.query else referer.path)


ROUTES = [show_history, show_record_history, undo, revert]
