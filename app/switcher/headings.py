"""What may follow `[[Name#` in the editor: the headings of that note."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

import asyncpg

from app.core.code_ranges import blanked, code_ranges
from app.core.names import find_names
from app.core.record import Kind, read_texts
from app.core.text import fold
from app.web.auth import Reading
from app.web.locale import gettext as _

MOST = 20
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.MULTILINE)
# What ends a reference, or begins another part of it, cannot be written in one.
_UNWRITABLE = re.compile(r"[\[\]|#^\n]")


async def find_headings(reading: Reading, kinds: Mapping[str, Kind], q: str) -> list[dict[str, str]] | None:
    """Items as the completion gives them; None where `q` is not a known name with `#` behind it."""
    name, sign, begun = q.partition("#")
    found = await find_names(reading.connection, reading.visitor.user_id, [fold(name)]) if sign else None
    best = found.best(fold(name), exactly=name.strip()) if found else None
    if best is None:
        return None
    return [
        {"text": f"[[{name.strip()}#{heading}]]", "title": heading, "kind": "heading", "label": _("Heading")}
        for heading in await _headings(reading.connection, kinds, best[0])
        if fold(begun) in fold(heading)
    ][:MOST]


async def _headings(connection: asyncpg.Connection, kinds: Mapping[str, Kind], record_id: UUID) -> list[str]:
    texts = await read_texts(connection, kinds, [record_id])
    bodies = [blanked(text.body, code_ranges(text.body)) for text in texts]
    found = (heading[1] for body in bodies for heading in _HEADING.finditer(body))
    return [heading for heading in dict.fromkeys(found) if not _UNWRITABLE.search(heading) and "\0" not in heading]
