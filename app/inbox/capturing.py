"""A capture's own page, and the ways in from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect
from markupsafe import Markup

from app.captures import service
from app.captures.kind import TYPES
from app.core.errors import Conflict, Invalid, NotFound
from app.inbox.pages import type_label
from app.web.auth import Reading, Visitor, local_path, make_shell
from app.web.locale import gettext as _
from app.web.markdown import Targets, render_markdown
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
SHOW = """
select c.*, r.kind as target_kind, r.title as target_title, r.preview as target_preview
  from captures c left join records r on r.id = c.processed_id where c.id = $1"""
FILES = "select id, name from attachments where record_id = $1 and deleted_at is null order by name limit 50"
LONGEST_SHOWN = 50_000


@dataclass(frozen=True, slots=True)
class CapturePage:
    """`became` is where it went: (address, title, kind). `state` is waiting, filed or discarded."""

    id: UUID
    title: str
    html: Markup
    content: str
    type: str
    types: tuple[tuple[str, str, bool], ...]
    url: str
    source: str
    created_at: datetime
    state: str
    became: tuple[str, str, str] | None
    files: tuple[tuple[UUID, str], ...]
    version: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class WaysPage:
    """How something comes in from elsewhere. `bookmarklet` is JavaScript that a browser's bar keeps."""

    bookmarklet: str
    address: str
    curl: str
    command: str = 'hearth capture "…"'


@get("/captures/{capture_id:uuid}")
async def show_capture(
    request: Request, capture_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    page = await _page(reading.connection, shared, capture_id)
    return shared.pages.response(request, "inbox/show.html", page, shell=reading.shell("inbox"))


@post("/captures/{capture_id:uuid}", status_code=303)
async def change_capture(
    request: Request, capture_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Other words, or another type."""
    version = data.get("version", "")
    try:
        async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
            found = await service.read_capture(session, capture_id)
            if version.isdecimal() and int(version) != found.version:
                raise Conflict(_("This was changed somewhere else meanwhile; your words are still in the form."))
            await service.rewrite_capture(session, capture_id, data.get("content", ""), data.get("type"))
    except (Invalid, Conflict) as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _page(connection, shared, capture_id)
        page = replace(page, content=data.get("content", ""), error=str(error))
        shell = make_shell(request, visitor, "inbox")
        return shared.pages.response(request, "inbox/show.html", page, shell=shell, status=error.status)
    return say(Redirect(f"/captures/{capture_id}", status_code=303), _("Saved."), action_id)


@post("/captures/{capture_id:uuid}/type", status_code=303)
async def retype(capture_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    if data.get("type") not in TYPES:
        # Whether it is there at all comes first: another's is not told from none.
        async with shared.database.writing(visitor.user_id) as session:
            await service.read_capture(session, capture_id)
        raise Invalid(_("There is no type “%(name)s” of captures.") % {"name": data.get("type", "")[:40]})
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        found = await service.read_capture(session, capture_id)
        found.capture_type, found.is_type_chosen = data["type"], True
    back = local_path(data.get("back", f"/captures/{capture_id}"))
    return say(Redirect(back, status_code=303), _("Saved."), action_id)


@get("/inbox/ways")
async def show_ways(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """A bookmarklet, a line for a shell, a phone's shortcut."""
    base = shared.settings.base_url or f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    house = base.rstrip("/")
    api = f"{house}/api/captures"
    curl = f"curl -H 'Authorization: Bearer hearth_…' --json '{{\"content\": \"…\"}}' {api}"
    page = WaysPage(_bookmarklet(house), api, curl)
    return shared.pages.response(request, "inbox/ways.html", page, shell=reading.shell("inbox"))


def _bookmarklet(house: str) -> str:
    """It saves nothing: it opens the page that asks, with what is looked at filled in."""
    return (
        "javascript:void(open('" + house.replace("'", "%27") + "/capture?source=bookmarklet&url='"
        "+encodeURIComponent(location.href)+'&title='+encodeURIComponent(document.title)"
        "+'&text='+encodeURIComponent(String(getSelection()))))"
    )


async def _page(connection: asyncpg.Connection, shared: Shared, capture_id: UUID) -> CapturePage:
    row = await connection.fetchrow(SHOW, capture_id)
    if row is None:
        raise NotFound
    state = "filed" if row["processed_at"] else "discarded" if row["deleted_at"] else "waiting"
    title = row["title"] or row["content"].strip().partition("\n")[0][:120] or row["url"] or _("Untitled")
    became = None
    if row["target_kind"]:
        kind = shared.kinds[row["target_kind"]]
        name = row["target_title"] or row["target_preview"][:80] or _("Untitled")
        became = (kind.url(row["processed_id"]), name, _(kind.label))
    files = await connection.fetch(FILES, capture_id)
    return CapturePage(
        capture_id, title, render_markdown(row["content"][:LONGEST_SHOWN], Targets()), row["content"],
        type_label(row["capture_type"]), tuple((one, type_label(one), one == row["capture_type"]) for one in TYPES),
        row["url"] or "", row["source"], row["created_at"], state, became,
        tuple((file["id"], file["name"]) for file in files), row["version"],
    )  # fmt: skip


ROUTES = [show_capture, change_capture, retype, show_ways]
