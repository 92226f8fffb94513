"""A note's text as HTML, kept by what it shows: the text's version and where each of its names leads."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.notes.pages import render_note
from app.notes.previews import find_files
from app.web.rendering import Renderer


async def note_html(
    pages: Renderer, connection: asyncpg.Connection, row: asyncpg.Record, kinds: Mapping[str, Kind]
) -> Markup:
    key = (row["id"], row["version"], row["outgoing"], row["topics"])
    kept = pages.kept.find(key)
    if kept is not None:
        return Markup(kept)  # noqa: S704 (sanitised when it was rendered)
    files = await find_files(connection, row["content"])
    html = render_note(row, kinds, files)
    # A file that is missing today may be imported tomorrow, and nothing in the key would tell.
    if files or "![" not in row["content"]:
        pages.kept.keep(key, html)
    return html
