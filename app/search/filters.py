"""Filters of a query become one statement's clauses: what is asked narrows, what cannot be read is told, gently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.core.filtering import RecordFilter
from app.core.record import Kind
from app.core.text import fold
from app.core.words import gettext_noop
from app.heat.warmth import HOT, WARM, least_warmth
from app.search.asking import Asked, Filter
from app.search.spans import OFFERED, read_span
from app.web.locale import gettext as _

DATES = {
    "before": "r.updated_at < {v}",
    "after": "r.updated_at >= {v}",
    "on": "r.updated_at >= {v} and r.updated_at < {w}",
}
WARMTH = "coalesce((select h.warmth from record_heat h where h.record_id = r.id), '-infinity')"
TIERS = {
    "hot": (WARMTH + " > {v}", HOT, None),
    "warm": (WARMTH + " > {v} and " + WARMTH + " <= {w}", WARM, HOT),
    "cold": (WARMTH + " <= {v}", WARM, None),
}
SHELVES = ("current", "archived")

# A literal limit and order: the newest first is what a list of filters alone shows.
LIST = "select r.id from records r where {clauses} order by r.updated_at desc, r.id limit 200"
AMONG = "select r.id from records r where {clauses} limit 200000"

LIVE = "l.rejected_at is null and l.valid_to is null and l.target_id is not null and l.origin <> 'inferred'"
BUILT_IN = (
    RecordFilter("kind", gettext_noop("Kind"), "r.kind = {v}"),
    RecordFilter("before", gettext_noop("Last changed before a day, month or year"), ""),
    RecordFilter("after", gettext_noop("Last changed on or after a day"), ""),
    RecordFilter("on", gettext_noop("Last changed on a day"), ""),
    *OFFERED,
    RecordFilter("is", gettext_noop("In the archive"), "", choice="archived"),
    RecordFilter("is", gettext_noop("Hot: you are at it"), "", choice="hot"),
    RecordFilter("is", gettext_noop("Warm"), "", choice="warm"),
    RecordFilter("is", gettext_noop("Cold: long untouched"), "", choice="cold"),
    RecordFilter("is", gettext_noop("Linked to nothing and from nowhere"),
        "not exists (select from entity_links l where (l.source_id = r.id or l.target_id = r.id) and " + LIVE + ")",
        choice="unlinked"),
    RecordFilter("has", gettext_noop("Links to something"),
        "exists (select from entity_links l where l.source_id = r.id and " + LIVE + ")", choice="link"),
    RecordFilter("has", gettext_noop("Is linked to"),
        "exists (select from entity_links l where l.target_id = r.id and " + LIVE + ")", choice="backlink"),
    RecordFilter("has", gettext_noop("Has a file"),
        "exists (select from attachments a where a.record_id = r.id and a.deleted_at is null)", choice="attachment"),
    RecordFilter("has", gettext_noop("Has a picture"),
        "exists (select from attachments a where a.record_id = r.id and a.deleted_at is null "
        "and starts_with(a.media_type, 'image/'))", choice="picture"),
    RecordFilter("has", gettext_noop("Has properties"),
        "exists (select from property_values p where p.record_id = r.id)", choice="property"),
    RecordFilter("linked", gettext_noop("One link away from something"),
        "r.id in (select case l.source_id when n.record_id "  # noqa: S608 (constants)
        "then l.target_id else l.source_id end from names n "
        "join entity_links l on l.source_id = n.record_id or l.target_id = n.record_id "
        "where n.folded = {v} and " + LIVE + ")",
        complete="select n.name from names n join records o on o.id = n.record_id where n.folded >= $1 "
        "and n.folded < $1 || U&'\\FFFF' and o.deleted_at is null and o.archived_at is null "
        "order by length(n.folded), n.folded limit 10"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Narrowed:
    """`problems` are sentences on filters that were left out because they say nothing."""

    clauses: tuple[str, ...]
    values: tuple[Any, ...]
    kinds: tuple[str, ...] | None
    shelf: str
    problems: tuple[str, ...]

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows but kind and shelf, which the word search filters by itself."""
        return not self.clauses


class Narrowing:
    """Reads filters one after the other and gathers their clauses; no text of a person's becomes SQL.

    The parameters of the clauses are numbered from `first`.
    """

    def __init__(self, kinds: Mapping[str, Kind], now: datetime, zone: str, first: int = 1) -> None:
        self._kinds, self._now, self._zone, self._first = kinds, now, ZoneInfo(zone), first
        self._filters = all_filters(kinds)
        self._clauses: list[str] = []
        self._values: list[Any] = []
        self._problems: list[str] = []
        self._kind_names: tuple[str, ...] | None = None
        self._shelf = "current"

    def read(self, filters: Iterable[Filter]) -> Narrowed:
        for given in filters:
            if given.value and not self._read(given):
                self._problems.append(self._explain(given))
        return Narrowed(tuple(self._clauses), tuple(self._values), self._kind_names, self._shelf, tuple(self._problems))

    def _read(self, given: Filter) -> bool:
        value = fold(given.value)
        if given.name == "kind":
            return self._read_kind(given, value)
        if given.name in DATES:
            return self._read_day(given, value)
        if given.name == "is" and value in TIERS:
            clause, low, high = TIERS[value]
            bounds = [least_warmth(bound, self._now) for bound in (low, high) if bound is not None]
            return self._add(given, clause, *bounds)
        if given.name == "is" and value == "archived":
            self._shelf = "current" if given.refused else "archived"
            return True
        return self._read_declared(given, value)

    def _read_kind(self, given: Filter, value: str) -> bool:
        wanted = tuple(
            name for name, kind in self._kinds.items() if value in {fold(name), fold(kind.label), fold(_(kind.label))}
        )
        if wanted and given.refused:
            wanted = tuple(name for name in self._kind_names or self._kinds if name not in wanted)
        self._kind_names = wanted or self._kind_names
        return bool(wanted)

    def _read_day(self, given: Filter, value: str) -> bool:
        span = read_span(value, self._now.astimezone(self._zone).date())
        if span is None:
            return False
        first, after = (datetime.combine(day, time(), self._zone).astimezone(UTC) for day in span)
        return self._add(given, DATES[given.name], *((first, after) if given.name == "on" else (first,)))

    def _read_declared(self, given: Filter, value: str) -> bool:
        for declared in self._filters:
            if declared.name == given.name and declared.clause and declared.choice in {"", value}:
                return self._add(given, declared.clause, *(() if declared.choice else (declared.read(given.value),)))
        return False

    def _add(self, given: Filter, clause: str, *values: Any) -> bool:
        places = {}
        for mark, value in zip("vw", values, strict=False):
            places[mark] = f"${self._first + len(self._values)}"
            self._values.append(value)
        told = clause.format(**places)
        self._clauses.append(f"not ({told})" if given.refused else f"({told})")
        return True

    def _explain(self, given: Filter) -> str:
        if given.name in DATES:
            return _("“%(value)s” is no day; write 2026-03-12, 2026-03, 2026, yesterday, this-week or last-month.") % {
                "value": given.value
            }
        known = list(self._kinds) if given.name == "kind" else [
            declared.choice for declared in self._filters if declared.name == given.name and declared.choice
        ]  # fmt: skip
        return _("There is no %(name)s:%(value)s; there is %(known)s.") % {
            "name": given.name, "value": given.value, "known": ", ".join(known)
        }  # fmt: skip


def all_filters(kinds: Mapping[str, Kind]) -> tuple[RecordFilter, ...]:
    pinned = " or ".join(
        f"exists (select from {kind.table} k where k.id = r.id and k.is_pinned)" for kind in kinds.values()
    )
    return (
        *BUILT_IN,
        RecordFilter("is", gettext_noop("Pinned"), f"({pinned})", choice="pinned"),
        *(declared for kind in kinds.values() for declared in kind.filters),
    )


def filter_names(kinds: Mapping[str, Kind]) -> set[str]:
    return {declared.name for declared in all_filters(kinds)}


async def list_narrowed(connection: asyncpg.Connection, narrowed: Narrowed) -> list[UUID]:
    """The newest 200 records that pass."""
    return await _fetch(connection, LIST, narrowed)


async def read_among(connection: asyncpg.Connection, narrowed: Narrowed) -> list[UUID] | None:
    """All records that pass; None where nothing narrows."""
    return None if narrowed.is_everything else await _fetch(connection, AMONG, narrowed)


async def _fetch(connection: asyncpg.Connection, statement: str, narrowed: Narrowed) -> list[UUID]:
    values: list[Any] = list(narrowed.values)
    clauses: list[str] = ["r.deleted_at is null"]
    clauses.append("r.archived_at is not null" if narrowed.shelf == "archived" else "r.archived_at is null")
    if narrowed.kinds is not None:
        values.append(list(narrowed.kinds))
        clauses.append(f"r.kind = any(${len(values)})")
    rows: Sequence[asyncpg.Record] = await connection.fetch(
        statement.format(clauses=" and ".join([*clauses, *narrowed.clauses])), *values
    )
    return [row[0] for row in rows]


def narrow(asked: Asked, kinds: Mapping[str, Kind], now: datetime, zone: str) -> Narrowed:
    return Narrowing(kinds, now, zone).read(asked.filters)
