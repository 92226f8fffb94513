"""Rendered notes, cached by what they show: the text's version and where each of its names leads."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.notes.pages import render_note
from app.notes.previews import find_files

MOST_CHARACTERS = 8_000_000


class RenderedNotes:
    """Bounded by the characters it holds; the least recently shown goes first."""

    def __init__(self) -> None:
        self._html: OrderedDict[tuple[object, ...], Markup] = OrderedDict()
        self._held = 0

    async def html(self, connection: asyncpg.Connection, row: asyncpg.Record, kinds: Mapping[str, Kind]) -> Markup:
        key = (row["id"], row["version"], row["outgoing"], row["topics"])
        if key in self._html:
            self._html.move_to_end(key)
            return self._html[key]
        files = await find_files(connection, row["content"])
        html = render_note(row, kinds, files)
        # A file that is missing today may be imported tomorrow, and nothing in the key would tell.
        return html if "![" in row["content"] and not files else self._keep(key, html)

    def _keep(self, key: tuple[object, ...], html: Markup) -> Markup:
        self._html[key] = html
        self._held += len(html)
        while self._held > MOST_CHARACTERS:
            self._held -= len(self._html.popitem(last=False)[1])
        return html
