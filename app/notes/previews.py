"""What a text would look like as a note, before it is saved: its names are looked up as they stand now."""

from __future__ import annotations

from collections.abc import Mapping

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.core.references import parse_references
from app.core.text import fold
from app.notes.queries import FILES_BY_NAME, TARGETS
from app.web.markdown import Targets, render_markdown


async def preview_note(connection: asyncpg.Connection, content: str, kinds: Mapping[str, Kind]) -> Markup:
    return render_markdown(content, await look_up_targets(connection, content, kinds))


async def look_up_targets(connection: asyncpg.Connection, content: str, kinds: Mapping[str, Kind]) -> Targets:
    references = parse_references(content)
    wanted = {fold(name) for link in references.links for name in link.names} | {
        fold(person.name) for person in references.people
    }
    found = await connection.fetch(TARGETS, list(wanted))
    files = await connection.fetch(FILES_BY_NAME, [name.rpartition("/")[2] for name in wanted])
    return Targets(
        notes={row["folded"]: kinds[row["kind"]].url(row["record_id"]) for row in found},
        people={row["folded"]: kinds[row["kind"]].url(row["record_id"]) for row in found if row["kind"] == "contact"},
        files={row["folded"]: f"/files/{row['id']}/{row['name']}" for row in files},
    )
