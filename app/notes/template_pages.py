"""Templates over HTTP: their list, for people and for the editor, and one filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from litestar import MediaType, Request, Response, get
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.notes.pages import TemplateChoice, shown_title
from app.notes.service import LONGEST_TITLE
from app.notes.templates import list_templates, read_template
from app.web.auth import Reading
from app.web.rendering import VARY
from app.web.shared import Shared

PRIVATE = {"Cache-Control": "private, no-cache", "Vary": f"{VARY}, Accept"}


@dataclass(frozen=True, slots=True)
class TemplateRow:
    href: str
    new_href: str
    title: str
    begins_logs: bool
    when: datetime


@get("/notes/templates")
async def show_templates(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """A page for people; `[{"id", "title"}]` for a script, which asks for application/json."""
    rows = await list_templates(reading.connection)
    if request.headers.get("accept", "").startswith("application/json"):
        listed = [{"id": str(row["id"]), "title": shown_title(row["title"], row["content"])} for row in rows]
        return Response(listed, media_type=MediaType.JSON, headers=PRIVATE)
    page = tuple(
        TemplateRow(
            f"/notes/{row['id']}", f"/notes/new?template={row['id']}", shown_title(row["title"], row["content"]),
            row["template_for"] == "log", row["updated_at"],
        )
        for row in rows
    )  # fmt: skip
    return shared.pages.response(
        request, "notes/templates.html", page, shell=reading.shell("notes"), headers={"Vary": f"{VARY}, Accept"}
    )


@get("/notes/templates/text")
async def show_template_text(request: Request, reading: Given[Reading]) -> Response:
    """Filled in, for the editor; whoever asks for none is shown which there are."""
    if "id" not in request.query_params:
        return Redirect("/notes/templates", status_code=303)
    text = await filled_template(reading, request.query_params)
    return Response(text, media_type=MediaType.TEXT, headers=PRIVATE)


async def filled_template(reading: Reading, given: Mapping[str, str], key: str = "id") -> str:
    """As the query asks for it. Raises NotFound for what is no template of this person's."""
    now = datetime.now(ZoneInfo(reading.visitor.time_zone))
    title = given.get("title", "")[:LONGEST_TITLE]
    return await read_template(reading.connection, given.get(key, ""), title, now)


async def template_choices(reading: Reading, chosen: str) -> tuple[TemplateChoice, ...]:
    """What a new note can begin with."""
    return tuple(
        TemplateChoice(str(row["id"]), shown_title(row["title"], row["content"]), str(row["id"]) == chosen)
        for row in await list_templates(reading.connection)
    )


ROUTES = [show_templates, show_template_text]
