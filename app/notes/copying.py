"""A note's text to take along: as the Markdown that it is, or as HTML that needs no Hearth around it."""

from __future__ import annotations

import re
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from markupsafe import Markup

from app.core.errors import NotFound
from app.notes import queries
from app.notes.pages import shown_title
from app.notes.rendered import note_html
from app.web.auth import Reading
from app.web.rendering import VARY
from app.web.shared import Shared

# As the sanitiser writes tags: every value in double quotes, and none in it.
_TAG = re.compile(r'<(/?[a-z][a-z0-9]*)((?:[^">]|"[^"]*")*)>')
_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
_HOUSE = re.compile(r"/(?!/)|#")
_HOUSES = {"id", "class", "tabindex", "loading"}
_UNSAFE_IN_NAMES = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]+')
PAGE = Markup(
    '<!doctype html>\n<html><head><meta charset="utf-8"><title>{0}</title></head><body>\n{1}{2}\n</body></html>\n'
)
HEADING = Markup("<h1>{}</h1>\n")


@get("/notes/{note_id:uuid}/text.md")
async def take_markdown(note_id: FromPath[UUID], reading: Given[Reading]) -> Response[bytes]:
    row = await queries.note_to_edit(reading.connection, note_id)
    if row is None:
        raise NotFound
    name = shown_title(row["title"], row["content"]) + ".md"
    return _answer(row["content"], "text/markdown", name)


@get("/notes/{note_id:uuid}/text.html")
async def take_html(note_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]) -> Response[bytes]:
    row = await queries.show_note(reading.connection, note_id)
    if row is None:
        raise NotFound
    title = shown_title(row["title"], row["content"])
    html = without_house(await note_html(shared.pages, reading.connection, row, shared.kinds))
    heading = HEADING.format(row["title"]) if row["title"].strip() else ""
    return _answer(PAGE.format(title, heading, html), "text/html", title + ".html")


def without_house(html: Markup) -> Markup:
    """Without what leads back into Hearth, where its reader may never be let in: links become words, images names."""
    opened: list[bool] = []

    def rewrite(tag: re.Match[str]) -> str:
        name, given = str(tag[1]), {str(key): str(value) for key, value in _ATTRIBUTE.findall(tag[2])}
        if name == "img":
            return given.get("alt", "")
        if name == "a":
            opened.append(not _HOUSE.match(given.get("href", "/")))
        if name in ("a", "/a") and not (opened.pop() if name == "/a" and opened else opened[-1:] == [True]):
            return ""
        kept = "".join(f' {key}="{value}"' for key, value in given.items() if key not in _HOUSES)
        return f"<{name}{kept}>"

    return Markup(_TAG.sub(rewrite, html))  # noqa: S704 (what was sanitised, with less in it)


def _answer(text: str, media_type: str, name: str) -> Response[bytes]:
    # Downloaded, and where a browser opens it all the same it may do nothing.
    safe = quote(_UNSAFE_IN_NAMES.sub(" ", name).strip()[-200:])
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{safe}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "Vary": VARY,
    }
    return Response(text.encode(), media_type=media_type, headers=headers)


ROUTES = [take_markdown, take_html]
