"""What a filter that is being typed may become: a filter's name, one of its few values, a topic, a person, a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import asyncpg

from app.core.filtering import RecordFilter
from app.core.record import Kind
from app.core.text import fold
from app.search.asking import PART, Asked, Filter
from app.search.filters import all_filters
from app.web.locale import gettext as _

MOST = 8
SHORTEST_NAME = 2


@dataclass(frozen=True, slots=True)
class Completion:
    """`q` is the whole query with the last part completed, and a blank behind it where it is complete."""

    text: str
    label: str
    q: str


async def complete(
    connection: asyncpg.Connection, asked: Asked, q: str, kinds: Mapping[str, Kind]
) -> tuple[Completion, ...]:
    """Nothing unless the query ends in a filter, or in the beginning of a filter's name."""
    parts = list(PART.finditer(q))
    if not parts or parts[-1].end() != len(q):
        return ()
    last, before = parts[-1], q[: parts[-1].start()]
    declared = all_filters(kinds)
    if asked.filters and last["name"] in {one.name for one in declared}:
        return tuple(await _complete_value(connection, before, asked.filters[-1], declared, kinds))[:MOST]
    return tuple(_complete_name(before, last.group(), declared))[:MOST]


def _complete_name(before: str, typed: str, declared: Sequence[RecordFilter]) -> Iterable[Completion]:
    minus = "-" if typed.startswith("-") else ""
    beginning = typed.removeprefix("-").lower()
    names = {one.name: one for one in reversed(declared)}
    for name, one in sorted(names.items()):
        if len(beginning) >= SHORTEST_NAME and name.startswith(beginning):
            yield Completion(f"{minus}{name}:", "" if one.choice else _(one.label), f"{before}{minus}{name}:")


async def _complete_value(
    connection: asyncpg.Connection, before: str, typed: Filter, declared: Sequence[RecordFilter],
    kinds: Mapping[str, Kind],
) -> list[Completion]:  # fmt: skip
    beginning = fold(typed.value.lstrip("#"))
    values = {name: _(kind.label) for name, kind in kinds.items()} if typed.name == "kind" else {}
    for one in declared:
        if one.name == typed.name and one.choice:
            values[one.choice] = _(one.label)
        elif one.name == typed.name and one.complete:
            values |= {row[0]: "" for row in await connection.fetch(one.complete, beginning)}
    written = [(Filter(typed.name, value, typed.refused), value, label) for value, label in values.items()]
    return [
        Completion(str(one), label, f"{before}{one} ")
        for one, value, label in written
        if (label == "" or fold(value).startswith(beginning)) and value != typed.value
    ]
