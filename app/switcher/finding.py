"""What the quick switcher shows for what was typed: names, then slips of the finger, then words of the text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.core.text import fold
from app.search.asking import Asked
from app.search.queries import Scope, find_by_words
from app.search.slips import find_near_names
from app.switcher import queries
from app.web.locale import gettext as _

ALL_OF_IT = 0.999


@dataclass(frozen=True, slots=True)
class Entry:
    """`also` is the other name by which it was found."""

    href: str
    title: str
    kind: str
    also: str = ""


async def find_entries(
    connection: asyncpg.Connection, user_id: UUID, q: str, kinds: Mapping[str, Kind]
) -> tuple[Entry, ...]:
    if not q:
        return tuple(_entry(row, kinds) for row in await queries.last_opened(connection, user_id))
    named = await queries.find_named(connection, user_id, q)
    entries = {row["id"]: _entry(row, kinds, row["name"]) for row in named}
    if len(entries) < queries.MOST:
        entries |= {key: entry for key, entry in (await _find_near(connection, q, kinds)).items()
                    if key not in entries}  # fmt: skip
    if len(entries) < queries.MOST:
        entries |= {key: entry for key, entry in (await _find_by_text(connection, q, kinds)).items()
                    if key not in entries}  # fmt: skip
    return tuple(entries.values())[: queries.MOST]


async def _find_near(connection: asyncpg.Connection, q: str, kinds: Mapping[str, Kind]) -> dict[UUID, Entry]:
    near = await find_near_names(connection, q, queries.MOST)
    names = {row["record_id"]: row["name"] for row in reversed(near)}
    return await _entries(connection, [row["record_id"] for row in near], kinds, names)


async def _find_by_text(connection: asyncpg.Connection, q: str, kinds: Mapping[str, Kind]) -> dict[UUID, Entry]:
    asked = Asked(words=(q,), beginning=q.split()[-1])
    rows = await find_by_words(connection, asked, Scope(), queries.MOST)
    return await _entries(connection, [row["record_id"] for row in rows if row["coverage"] > ALL_OF_IT], kinds, {})


async def _entries(
    connection: asyncpg.Connection, ids: Sequence[UUID], kinds: Mapping[str, Kind], names: Mapping[UUID, str]
) -> dict[UUID, Entry]:
    records = await queries.read_records(connection, ids)
    return {key: _entry(records[key], kinds, names.get(key, "")) for key in ids if key in records}


def _entry(row: asyncpg.Record, kinds: Mapping[str, Kind], name: str = "") -> Entry:
    title = row["title"] or row["preview"][:80] or _("Untitled")
    kind = kinds[row["kind"]]
    return Entry(kind.url(row["id"]), title, _(kind.label), name if name and fold(name) != fold(title) else "")
