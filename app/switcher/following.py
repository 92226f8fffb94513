"""Where a reference leads that stands in a text being written: to what the read note's link would lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import asyncpg
from litestar import Request, get
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.core.errors import Invalid
from app.core.names import find_names
from app.core.record import Kind
from app.core.references import References, last_part, parse_references
from app.core.text import fold
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.markdown_targets import Link, Targets
from app.web.shared import Shared

LONGEST = 700


@get("/follow")
async def follow_reference(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Redirect:
    """`text` is the reference as it is written: `[[Name#Heading]]`, `#topic`, `@Person`."""
    found = parse_references(str(request.query_params.get("text", "")).replace("\0", "")[:LONGEST])
    link = await _find_link(reading.connection, reading.visitor.user_id, found, shared.kinds)
    if link is None:
        raise Invalid(_("This leads nowhere."))
    return Redirect(link.href, status_code=303)


async def _find_link(
    connection: asyncpg.Connection, user_id: UUID, found: References, kinds: Mapping[str, Kind]
) -> Link | None:
    for link in found.links:
        names = (*link.names, *map(last_part, link.names))
        targets = Targets(notes=await _hrefs(connection, user_id, names, kinds))
        return targets.note_file(link.written) if link.form == "path" else targets.wiki(link.written)
    for person in found.people:
        people = await _hrefs(connection, user_id, [person.name], kinds, only="contact")
        return Targets(people=people).person(person.name)
    for topic in found.topics:
        topics = await _hrefs(connection, user_id, [topic.name], kinds, only="topic")
        return Targets(topics=topics).topic(topic.name)
    return None


async def _hrefs(
    connection: asyncpg.Connection, user_id: UUID, names: Iterable[str], kinds: Mapping[str, Kind], only: str = ""
) -> dict[str, str]:
    """The addresses by folded name; of records of one kind only, where one is meant."""
    found = await find_names(connection, user_id, {fold(name) for name in names})
    hrefs = {}
    for folded, named in found.by_folded.items():
        found.by_folded[folded] = [one for one in named if not only or one.kind == only]
        best = found.best(folded)
        if best:
            kind = next(one.kind for one in found.by_folded[folded] if one.record_id == best[0])
            hrefs[folded] = kinds[kind].url(best[0])
    return hrefs


ROUTES = [follow_reference]
