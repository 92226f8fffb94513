"""The page to capture on, and the form that it and the outbox send.

What arrives from elsewhere (another app's share, a bookmarklet) fills in the page and nothing more: nothing is kept
before somebody presses the button there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, cast
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.captures.kind import TYPES, Capture
from app.captures.service import CaptureFields, capture, check_content
from app.core.database import plain_connection
from app.core.errors import Invalid, TooLarge
from app.inbox.pages import type_label
from app.notes.attachments import MOST_AT_ONCE, Arrived, keep_files, receive
from app.web.auth import Reading, Visitor, local_path, make_shell
from app.web.locale import gettext as _
from app.web.locale import number
from app.web.outbox import Sent, arrived, read_sent, wants_json
from app.web.rendering import is_fragment
from app.web.shared import Shared
from app.web.toasts import Toast, say

LONGEST_PREFILLED = 100_000
SOURCES = ("page", "dialog", "share", "bookmarklet")
LATE = timedelta(minutes=1)
SENT_BEFORE = "select exists (select from captures where client_id = $1)"


@dataclass(frozen=True, slots=True)
class CapturePage:
    """`left_behind`: files were shared that only the browser could have kept."""

    text: str = ""
    title: str = ""
    url: str = ""
    source: str = "page"
    capture_type: str = ""
    error: str = ""
    left_behind: bool = False

    @property
    def types(self) -> tuple[tuple[str, str], ...]:
        return tuple((name, type_label(name)) for name in TYPES)


@get("/capture")
async def show_capture(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = _prefilled(request.query_params, request.query_params.get("source", ""))
    return shared.pages.response(request, "captures/capture.html", page, shell=reading.shell("inbox"))


@post("/share", opt={"prefills": True}, status_code=200)
async def show_shared(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Where a browser has not yet begun to receive by itself (static/pages/worker.js); files cannot be passed on."""
    form = await request.form()
    files = [file for file in form.getall("files", []) if isinstance(file, UploadFile) and file.filename]
    page = _prefilled(form, "share", left_behind=bool(files))
    shell = make_shell(request, visitor, "inbox")
    return shared.pages.response(request, "captures/capture.html", page, shell=shell)


@post("/captures", status_code=303)
async def catch(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """From the page, the outbox (JSON), and the dialog on any page (htmx, which gets the toast alone).

    Fields `content`, `title`, `url`, `type`, `tags` by commas, `source`, `client_id`, and `files`, several.
    """
    form = await request.form()
    sent, action_id = read_sent(form, visitor), uuid4()
    try:
        made, is_same = await _keep(form, sent, visitor, shared, action_id)
    except Invalid as error:
        if wants_json(request) or is_fragment(request):
            raise
        shell = make_shell(request, visitor, "inbox")
        page = _typed(form, str(error))
        return shared.pages.response(request, "captures/capture.html", page, shell=shell, status=422)
    if wants_json(request):
        answer = arrived(f"/captures/{made.id}", shared.settings.prefix, is_same=is_same)
        return say(answer, _("Caught."), action_id) if is_same else answer
    if is_fragment(request):
        shell = replace(make_shell(request, visitor, ""), toast=Toast(_("Caught."), action_id))
        toast = str(shared.pages.macro("toast", shell=shell))
        return Response(toast, status_code=200, media_type="text/html; charset=utf-8")
    back = Redirect(local_path(_said(form, "back") or "/capture"), status_code=303)
    return say(back, _("Caught."), action_id)


async def _keep(
    form: Mapping[str, Any], sent: Sent, visitor: Visitor, shared: Shared, action_id: UUID
) -> tuple[Capture, bool]:
    """What was caught, and whether it says what was sent now."""
    files = await _received(form, shared)
    fields = _fields(form, sent, has_files=bool(files))
    most = shared.settings.max_files_mb * 2**20
    async with shared.database.writing(visitor.user_id, action_id=action_id) as session:
        connection = await plain_connection(session)
        is_known = sent.client_id and await connection.fetchval(SENT_BEFORE, sent.client_id)
        made = await capture(session, visitor.user_id, fields)
        # Those of one that came before may have gone on with it by now.
        if files and not is_known:
            await keep_files(connection, visitor.user_id, made.id, files, most)
        return made, not is_known or made.content == check_content(fields.content, "…")


def _fields(form: Mapping[str, Any], sent: Sent, *, has_files: bool) -> CaptureFields:
    text, title = _said(form, "content"), _said(form, "title")
    if has_files and not (text + title + _said(form, "url")).strip():
        title = _first_name(form)
    late = datetime.now(UTC) - sent.at > LATE
    source = _said(form, "source")
    return CaptureFields(
        text, _said(form, "type") or None, _said(form, "url") or None, _said(form, "tags").split(","),
        source if source in SOURCES else "outbox", sent.client_id, title, None, sent.at if late else None,
    )  # fmt: skip


async def _received(form: Mapping[str, Any], shared: Shared) -> Sequence[Arrived]:
    given = [file for file in form.getall("files", []) if isinstance(file, UploadFile)]  # type: ignore[attr-defined]
    chosen = [file for file in given if file.filename]
    if len(chosen) > MOST_AT_ONCE:
        raise Invalid(_("At most %(most)s files can be added at once.") % {"most": number(MOST_AT_ONCE)})
    largest = shared.settings.max_upload_mb * 2**20
    try:
        return [
            await asyncio.to_thread(receive, shared.blobs, file.filename, cast("BinaryIO", file.file), largest)
            for file in chosen
        ]
    except TooLarge as error:
        raise Invalid(str(error)) from None
    finally:
        for file in given:
            await file.close()


def _first_name(form: Mapping[str, Any]) -> str:
    return next(f.filename for f in form.getall("files", []) if f.filename)  # type: ignore[attr-defined,no-any-return]


def _prefilled(given: Mapping[str, Any], source: str, *, left_behind: bool = False) -> CapturePage:
    text, title, url = (_said(given, name)[:LONGEST_PREFILLED] for name in ("text", "title", "url"))
    return CapturePage(text, title, url, source if source in SOURCES else "page", left_behind=left_behind)


def _typed(form: Mapping[str, Any], error: str) -> CapturePage:
    text, title, url = (_said(form, name) for name in ("content", "title", "url"))
    return CapturePage(text, title, url, _said(form, "source"), _said(form, "type"), error)


def _said(given: Mapping[str, Any], name: str) -> str:
    value = given.get(name, "")
    return value if isinstance(value, str) else ""


ROUTES = [show_capture, show_shared, catch]
