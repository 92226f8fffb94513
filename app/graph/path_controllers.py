"""Paths over HTTP: two records are picked by their names, by a plain form, and what connects them is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.core.names import complete_name
from app.core.record import Kind
from app.core.text import fold
from app.graph import paths
from app.graph.path_pages import End, PathsPage, ways_of
from app.graph.related import find_record
from app.graph.related_pages import shown_title
from app.web.auth import Reading
from app.web.fields import read_id
from app.web.locale import gettext as _
from app.web.shared import Shared

LONGEST, OFFERED = 500, 12
ENDS = {"from": "to", "to": "from"}
"""Each end's field, and the other's."""

CALLED = """
select distinct on (r.id) r.id, r.kind, r.title, r.preview from names n join records r on r.id = n.record_id
 where n.user_id = $1 and n.folded = $2 and r.deleted_at is null order by r.id limit 12"""
# Counted to a bound that a hub does not exceed either.
NEAR = """
with recursive near(id, depth) as (
    select $1::uuid, 0
    union select n.other_id, near.depth + 1 from near cross join lateral linked_with(near.id, 24) n
     where near.depth < 2)
select count(distinct id) filter (where depth = 1 and id <> $1), count(distinct id) - 1 from near"""


@dataclass(frozen=True, slots=True)
class NamesPage:
    names: tuple[tuple[str, str], ...]


@get("/paths")
async def show_paths(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    asked = {name: value.replace("\0", "")[:LONGEST] for name, value in request.query_params.items()}
    start, end = [await _read_end(reading, shared.kinds, asked, name) for name in ENDS]
    page = (
        await _connect(reading.connection, shared.kinds, start, end) if start.id and end.id else PathsPage(start, end)
    )
    return shared.pages.response(request, "graph/paths.html", page, shell=reading.shell("paths"))


@get("/paths/names")
async def offer_names(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """Names that begin as typed, for the field that is typed in."""
    typed = next((value for name, value in request.query_params.items() if name in ENDS), "")
    folded = fold(typed.replace("\0", "")[:LONGEST])
    rows = await complete_name(reading.connection, reading.visitor.user_id, folded, None, OFFERED) if folded else []
    names = {row["name"]: _(shared.kinds[row["kind"]].label) for row in rows if row["kind"] in shared.kinds}
    page = NamesPage(tuple(names.items()))
    return shared.pages.response(request, "graph/path_names.html", page, shell=reading.shell("paths"))


async def _read_end(reading: Reading, kinds: Mapping[str, Kind], asked: Mapping[str, str], name: str) -> End:
    """Who is meant: the id, unless another name was typed since."""
    typed, given = asked.get(name, "").strip(), asked.get(f"{name}_id", "")
    if given:
        record = await find_record(reading.connection, await _as_id(reading.connection, given))
        if typed in ("", shown_title(record)):
            return await _known(reading.connection, kinds, record)
    if not typed:
        return End()
    rows = await reading.connection.fetch(CALLED, reading.visitor.user_id, fold(typed.lstrip("#@")))
    if len(rows) == 1:
        return await _known(reading.connection, kinds, rows[0])
    if not rows:
        return End(typed, error=_("Nothing is called so. Choose a name that is there."))
    others = {key: value for key, value in asked.items() if key in (ENDS[name], f"{ENDS[name]}_id")}
    choices = tuple(
        (shown_title(row), _(kinds[row["kind"]].label), f"/paths?{urlencode({**others, f'{name}_id': row['id']})}")
        for row in rows
    )
    return End(typed, error=_("Several are called so. Which one?"), choices=choices)


async def _as_id(connection: asyncpg.Connection, given: str) -> UUID:
    """`me` is Contact Zero."""
    if given == "me":
        return cast("UUID", await connection.fetchval(paths.SELF))
    return read_id(given)


async def _known(connection: asyncpg.Connection, kinds: Mapping[str, Kind], record: asyncpg.Record) -> End:
    near = await connection.fetchrow(NEAR, record["id"])
    href = kinds[record["kind"]].url(record["id"])
    return End(shown_title(record), record["id"], href, near=(near[0], near[1]) if near else (0, 0))


async def _connect(connection: asyncpg.Connection, kinds: Mapping[str, Kind], start: End, end: End) -> PathsPage:
    assert start.id and end.id
    found = await paths.find_paths(connection, start.id, end.id)
    records = await paths.read_records(connection, {one for path in found for one in path.records})
    ways = ways_of(found, records, await paths.read_evidence(connection, found), kinds)
    swap = f"/paths?{urlencode({'from_id': end.id, 'to_id': start.id})}"
    return PathsPage(start, end, ways, was_asked=True, swap_href=swap)


ROUTES = [show_paths, offer_names]
