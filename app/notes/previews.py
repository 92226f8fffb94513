"""What a text's names lead to, looked up as they stand now: for the preview of a note and for its files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.core.references import parse_references
from app.core.text import fold
from app.notes.queries import FILES_BY_NAME, TARGETS
from app.web.file_rows import file_href
from app.web.markdown import Targets, render_markdown
from app.web.markdown_targets import PictureHref

FILE_MARK = re.compile(r"!\[\[([^\[\]|#\n]+)|\]\(\s*<?([^()<>\n]+?)>?(?:\s+\"[^\"\n]*\")?\s*\)")


async def preview_note(connection: asyncpg.Connection, content: str, kinds: Mapping[str, Kind]) -> Markup:
    references = parse_references(content)
    wanted = {fold(name) for link in references.links for name in link.names}
    wanted |= {fold(person.name) for person in references.people}
    found = await connection.fetch(TARGETS, list(wanted))
    hrefs = {row["folded"]: kinds[row["kind"]].url(row["record_id"]) for row in found}
    people = {row["folded"]: hrefs[row["folded"]] for row in found if row["kind"] == "contact"}
    return render_markdown(content, Targets(hrefs, people, files=await find_files(connection, content)))


async def find_files(connection: asyncpg.Connection, content: str) -> dict[str, str]:
    """Folded file name → URL, of the attachments that the text shows or links, whichever note they came with."""
    if "![[" not in content and "](" not in content:
        return {}
    marks = (match[1] or unquote(match[2]) for match in FILE_MARK.finditer(content))
    names = {fold(mark.strip().rpartition("/")[2]) for mark in marks}
    rows = await connection.fetch(FILES_BY_NAME, list(names)) if names else []
    return {row["folded"]: _address(row) for row in rows}


def _address(row: asyncpg.Record) -> str:
    href = file_href(row["id"], row["name"])
    # What moves would stand still as a thumbnail.
    still = row["width"] is not None and row["media_type"] != "image/gif"
    return PictureHref(href, row["width"], row["height"]) if still else href
