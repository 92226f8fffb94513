"""What may follow `[[`, `@` and `#` in the editor: names that begin so, then words in them, then near misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.core.errors import Invalid
from app.core.record import Kind
from app.core.references import parse_references
from app.core.text import fold, slug
from app.search.slips import find_alike
from app.switcher.headings import find_headings
from app.switcher.queries import LONGEST, last_opened
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.shared import Shared

MOST = 8
KINDS = {"[[": None, "@": ["contact"], "#": ["topic"]}
"""Whose names each mark offers; None for all, since [[X]] also leads to people and topics."""

Row = dict[str, Any]

# What begins so stands together in the index, so a large house takes no longer: of very many, the first 200 are ranked.
ALL = """
with near as materialized (
    select n.record_id, n.name, n.folded from names n
     where n.user_id = $1 and n.folded >= $2 and n.folded < $2 || U&'\\FFFF' order by n.folded limit 200)"""

# People and topics are few beside the notes, so they are where to begin.
SOME = """
with near as materialized (
    select n.record_id, n.name, n.folded from records r join names n on n.user_id = r.user_id and n.record_id = r.id
     where r.user_id = $1 and r.kind = any($3) and n.folded >= $2 and n.folded < $2 || U&'\\FFFF')"""

BEST = """
select n.record_id, n.name, r.kind, r.title
  from near n join records r on r.id = n.record_id left join record_heat h on h.record_id = r.id
 where r.deleted_at is null and not exists (select from contacts c where c.id = r.id and c.is_self)
 order by n.folded <> $2, r.archived_at is not null, r.kind <> 'note', h.warmth desc nulls last,
          length(n.folded), n.folded limit 16"""

ALL_BEST, SOME_BEST = ALL + BEST, SOME + BEST

# Asked only when too few begin so.
WITHIN = """
select n.record_id, n.name, r.kind, r.title
  from gate_find_names(array[' ' || $2], 2000) f
  join names n on n.user_id = $1 and n.record_id = f.record_id and n.folded = f.folded
  join records r on r.id = n.record_id left join record_heat h on h.record_id = r.id
 where r.deleted_at is null
   and ($3::text[] is null or r.kind = any($3))
   and not exists (select from contacts c where c.id = r.id and c.is_self)
 order by r.archived_at is not null, r.kind <> 'note', h.warmth desc nulls last, length(n.folded), n.folded limit 16"""

NAMED = """
select r.id as record_id, r.kind, r.title from records r
 where r.id = any($1) and r.deleted_at is null and ($2::text[] is null or r.kind = any($2))
   and not exists (select from contacts c where c.id = r.id and c.is_self)"""


@get("/complete")
async def complete_name(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """`{"items": [{text, title, kind, label}]}`: `text` is what is written into the note."""
    mark = request.query_params.get("mark", "[[")
    if mark not in KINDS:
        raise Invalid(_("A name can be completed after [[, @ or #."))
    q = request.query_params.get("q", "").replace("\0", "")[:LONGEST].strip()
    if mark == "[[" and (headings := await find_headings(reading, shared.kinds, q)) is not None:
        return Response({"items": headings}, headers={"Cache-Control": "private, no-store"})
    rows = await find_names(reading.connection, reading.visitor.user_id, mark, q)
    items = list({item["text"]: item for row in rows if (item := _item(mark, row, shared.kinds))}.values())
    if new := _new_item(mark, q, {fold(item["title"]) for item in items} | {fold(row["name"]) for row in rows}):
        items.append(new)
    return Response({"items": items}, headers={"Cache-Control": "private, no-store"})


async def find_names(connection: asyncpg.Connection, user_id: UUID, mark: str, q: str) -> list[Row]:
    """(record_id, name, kind, title), best first, one of each record."""
    folded, kinds = fold(q), KINDS[mark]
    if not folded and kinds is None:
        opened = await last_opened(connection, user_id)
        return [{**row, "record_id": row["id"], "name": row["title"]} for row in opened if row["title"]]
    found: dict[UUID, Row] = {}
    for row in await find_beginning(connection, user_id, folded, kinds):
        found.setdefault(row["record_id"], dict(row.items()))
    if len(found) < MOST and folded:
        for row in await connection.fetch(WITHIN, user_id, folded, kinds):
            found.setdefault(row["record_id"], dict(row.items()))
    return list(found.values())[:MOST] or await _find_near(connection, q, kinds)


async def find_beginning(
    connection: asyncpg.Connection, user_id: UUID, folded: str, kinds: list[str] | None
) -> Sequence[asyncpg.Record]:
    if kinds is None:
        return await connection.fetch(ALL_BEST, user_id, folded)
    return await connection.fetch(SOME_BEST, user_id, folded, kinds)


async def _find_near(connection: asyncpg.Connection, q: str, kinds: list[str] | None) -> list[Row]:
    alike = await find_alike(connection, q)
    # Where people alone are asked for, notes of like names take no place from them.
    names = {row["record_id"]: row["name"] for row in (alike[: 4 * MOST] if kinds is None else alike)}
    rows = {row["record_id"]: row for row in await connection.fetch(NAMED, list(names), kinds)} if names else {}
    return [{**rows[key], "name": name} for key, name in names.items() if key in rows][:MOST]


def _item(mark: str, row: Row, kinds: Mapping[str, Kind]) -> dict[str, str] | None:
    """None for a name that cannot be written behind this mark."""
    name, kind = str(row["name"]), str(row["kind"])
    text = write_reference(mark, name)
    also = str(row["title"]) if fold(str(row["title"])) != fold(name) else ""
    return {"text": text, "title": name, "kind": kind, "label": also or _(kinds[kind].label)} if text else None


def _new_item(mark: str, q: str, known: set[str]) -> dict[str, str] | None:
    """What makes a link to nothing yet, which offers to make it; nothing where that is what was typed anyway."""
    text = write_reference(mark, q) if q else ""
    spoken = mark == "[[" or (mark == "@" and " " in q and q.istitle())
    if not text or not spoken or fold(q) in known:
        return None
    label = _("Make a note “%(name)s”") if mark == "[[" else _("A new person “%(name)s”")
    return {"text": text, "title": label % {"name": q}, "kind": "new", "label": ""}


def write_reference(mark: str, name: str) -> str:
    """The shortest text that is read as this reference; empty where none is."""
    if mark == "[[":
        forms = [f"[[{name}]]"]
    elif mark == "#":
        forms = [f"#{name}", f"#{slug(name)}"]
    else:
        forms = [f"@{name}", f"@[[{name}]]"]
    return next((form for form in forms if _is_read(mark, form, name)), "")


def _is_read(mark: str, form: str, name: str) -> bool:
    found = parse_references(form)
    if mark == "[[":
        return any(fold(name) in map(fold, link.names) for link in found.links if link.end - link.start == len(form))
    if mark == "#":
        return [slug(topic.name) for topic in found.topics if topic.end == len(form)] == [slug(name)]
    return [fold(person.name) for person in found.people if person.end == len(form)] == [fold(name)]


ROUTES = [complete_name]
