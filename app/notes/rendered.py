"""A note's text as HTML, kept by what it shows: the text's version and where each of its names leads."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.notes.embedded import Embedding, names_no_file, read_embedded, what_they_show
from app.notes.pages import render_note
from app.notes.previews import find_files
from app.web.locale import current_locale
from app.web.rendering import Renderer


async def note_html(
    pages: Renderer, connection: asyncpg.Connection, row: asyncpg.Record, kinds: Mapping[str, Kind]
) -> Markup:
    key: tuple[Hashable, ...] = (row["id"], row["version"], row["outgoing"], row["topics"], row["files"])
    embedded = await read_embedded(connection, row, kinds) if "![[" in row["content"] else {}
    if embedded:
        # Its frames hold sentences, which are in the reader's language.
        key = (*key, current_locale(), what_they_show(embedded.values()))
    kept = pages.kept.find(key)
    if kept is not None:
        return Markup(kept)  # noqa: S704 (sanitised when it was rendered)
    texts = [row["content"], *(note["content"] for note in embedded.values())]
    files = await find_files(connection, "\n\n".join(texts))
    html = render_note(row, Embedding(kinds, embedded, files).targets(row))
    # A file that is missing today may be imported tomorrow, and nothing in the key would tell.
    if files or not any("![" in text for text in texts) or (embedded and all(map(names_no_file, texts))):
        pages.kept.keep(key, html)
    return html
