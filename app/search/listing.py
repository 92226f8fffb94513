"""The query language in a list's own box: what is typed there narrows the list, in the list's own order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.search import queries
from app.search.asking import LONGEST, Asked, Filter, read_query
from app.search.completing import complete
from app.search.filters import Narrowed, Narrowing, filter_names
from app.search.queries import Scope
from app.web.auth import Reading

AT_MOST = 100_000
PASSES = " and exists (select from records r where r.id = {column} and {clauses})"
WORDS = " and {column} in (select record_id from gate_find_words({words}, 100000))"
AMONG = " and {column} = any({ids})"
REFUSED = " and {column} <> all({ids})"


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What the last part of a query may become; `label` says what it means."""

    text: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class ListBox:
    """What stands around a list's box. `place` is the list's address, `kept` the other parts of it."""

    q: str
    place: str
    kept: tuple[tuple[str, str], ...] = ()
    filters: tuple[Chip, ...] = ()
    offers: tuple[Offer, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def kept_query(self) -> str:
        return urlencode(self.kept)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A query as the end of a list's statement: `sql` begins with `and`, its parameters are `values`."""

    asked: Asked
    narrowed: Narrowed
    sql: str
    values: tuple[Any, ...]


ReadQuery = Callable[[int], Awaitable[ListQuery]]
"""Reads a box's query; its parameters are numbered from this on."""


def query_reader(reading: Reading, q: str, kind: Kind, kinds: Mapping[str, Kind], column: str) -> ReadQuery | None:
    """For a list of one kind whose id is `column`; None where nothing was typed."""
    return partial(read_list_query, reading, q, kind, kinds, column) if q.strip() else None


def is_plain(q: str, kinds: Mapping[str, Kind]) -> bool:
    """Words and nothing that asks for more: no filter, no phrase, nothing refused."""
    asked = read_query(q, filter_names(kinds))
    return bool(asked.words) and not (asked.filters or asked.phrases or asked.refused)


async def read_list_query(
    reading: Reading, q: str, kind: Kind, kinds: Mapping[str, Kind], column: str, first: int
) -> ListQuery:
    """All of the words must be there, the last one as a beginning; phrases and refused words as in a search."""
    connection, now = reading.connection, datetime.now(UTC)
    asked = read_query(q, filter_names(kinds))
    narrowed = Narrowing(kinds, now, reading.visitor.time_zone, first).read(asked.filters)
    parts, values = [], list(narrowed.values)
    if narrowed.clauses:
        parts.append(PASSES.format(column=column, clauses=" and ".join(narrowed.clauses)))
    if narrowed.kinds is not None and kind.name not in narrowed.kinds:
        parts.append(" and false")
    for part, value in await _read_words(connection, asked, Scope(kinds=(kind.name,))):
        place = f"${first + len(values)}"
        parts.append(part.format(column=column, words=place, ids=place))
        values.append(value)
    return ListQuery(asked, narrowed, "".join(parts), tuple(values))


async def _read_words(connection: asyncpg.Connection, asked: Asked, scope: Scope) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [(WORDS, " ".join(asked.words))] if asked.words else []
    if asked.phrases:
        found.append((AMONG, await _ids(connection, Asked(phrases=asked.phrases), scope)))
    found += [(REFUSED, await _ids(connection, Asked(phrases=(part,)), scope)) for part in asked.refused]
    return found


async def _ids(connection: asyncpg.Connection, asked: Asked, scope: Scope) -> list[UUID]:
    """Whatever lies in the archive too: the list itself leaves out what is not on its shelf."""
    shelves = [replace(scope, shelf=shelf) for shelf in ("current", "archived")]
    found = [await queries.find_by_words(connection, asked, shelf, AT_MOST) for shelf in shelves]
    return [row["record_id"] for rows in found for row in rows]


async def list_box(
    connection: asyncpg.Connection, place: str, q: str, query: ListQuery | None, kept: Mapping[str, str],
    kinds: Mapping[str, Kind],
) -> ListBox:  # fmt: skip
    if query is None:
        return ListBox(q, place, tuple(kept.items()))
    offers = tuple(
        Offer(one.text, one.label, address(place, one.q, kept))
        for one in await complete(connection, query.asked, q, kinds)
    )
    chips = filter_chips(query.asked, q, place, kept)
    return ListBox(q, place, tuple(kept.items()), chips, offers, query.narrowed.problems)


def filter_chips(asked: Asked, q: str, place: str, kept: Mapping[str, str], *, but: str = "") -> tuple[Chip, ...]:
    """Each filter that holds, and the list without it; none of the name `but`."""
    return tuple(
        Chip(str(given), address(place, without(asked, q, drop=given), kept), True)
        for given in asked.filters
        if given.value and given.name != but
    )


def address(place: str, q: str, kept: Mapping[str, str] | None = None) -> str:
    query = urlencode({**(kept or {}), **({"q": q} if q else {})})
    return f"{place}?{query}" if query else place


def read_q(given: Mapping[str, Any]) -> str:
    return str(given.get("q", "")).replace("\0", "")[:LONGEST].strip("\r\n")


def without(asked: Asked, q: str, *, name: str = "", drop: Filter | None = None) -> str:
    """The query less some of its filters; as it was typed where nothing is taken out."""
    kept = tuple(given for given in asked.filters if given.name != name and given is not drop)
    return q.strip() if len(kept) == len(asked.filters) else rewrite(replace(asked, filters=kept))


def rewrite(asked: Asked) -> str:
    """A query that asks for the same."""
    quoted = (*(f'"{phrase}"' for phrase in asked.phrases), *(f'-"{part}"' for part in asked.refused))
    return " ".join((*map(str, asked.filters), *asked.words, *quoted))
