"""What the stacks' templates see."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.clusters.pages import cluster_name
from app.core.record import Kind
from app.stacks.queries import Row
from app.web.locale import gettext as _
from app.web.locale import ngettext, number

OFFERED = 10
TOLD_ITEMS, LONGEST_BEGINNING = 3, 160
SENTENCE = re.compile(r".+?[.!?…](?=\s|$)")


@dataclass(frozen=True, slots=True)
class StackRow:
    href: str
    name: str
    soft: str
    when: datetime
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a stack could be made of: the form's field and its value."""

    name: str
    soft: str
    field: str
    value: UUID


@dataclass(frozen=True, slots=True)
class StacksPage:
    rows: tuple[StackRow, ...]
    suggested: tuple[Suggested, ...]
    gone: tuple[tuple[str, str], ...]
    typed: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    record_id: UUID
    href: str
    title: str
    soft: str


@dataclass(frozen=True, slots=True)
class StackPage:
    """`summary` is the person's own; `told` is what stands there without one."""

    href: str
    name: str
    summary: str
    told: str
    soft: str
    is_pinned: bool
    is_gone: bool
    items: tuple[Item, ...]
    taken_off: tuple[Item, ...]
    offered: tuple[Item, ...]
    typed_name: str
    typed_summary: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class OnStacks:
    """Of one record: the stacks that it lies on, and those that it could be put upon."""

    record_id: UUID
    title: str
    href: str
    on: tuple[tuple[str, str], ...]
    others: tuple[tuple[UUID, str], ...]
    error: str = ""


def stacks_page(
    rows: Sequence[asyncpg.Record], clusters: Sequence[asyncpg.Record], topics: Sequence[asyncpg.Record],
    searches: Sequence[asyncpg.Record], gone: Sequence[asyncpg.Record], typed: str = "", error: str = "",
) -> StacksPage:  # fmt: skip
    shown = tuple(
        StackRow(_href(row["id"]), row["name"], _told_size(row["size"]), row["updated_at"], row["is_pinned"])
        for row in rows
    )
    suggested = [Suggested(cluster_name(row), _told_size(row["size"]), "cluster", row["id"]) for row in clusters]
    suggested += [Suggested(f"#{row['label']}", _told_size(row["size"]), "topic", row["id"]) for row in topics]
    suggested += [Suggested(row["name"], _("what this search finds"), "search", row["id"]) for row in searches]
    thrown = tuple((row["name"], f"{_href(row['id'])}/restore") for row in gone)
    return StacksPage(shown, tuple(suggested), thrown, typed, error)


def stack_page(
    row: asyncpg.Record, items: Sequence[asyncpg.Record], taken_off: Sequence[asyncpg.Record],
    offered: Sequence[Row], kinds: Mapping[str, Kind], typed: Mapping[str, str] | None = None,
    error: str = "",
) -> StackPage:  # fmt: skip
    said = {"name": row["name"], "summary": row["summary"], **(typed or {})}
    return StackPage(
        _href(row["id"]), row["name"], row["summary"], _beginnings(items), _told_size(len(items)), row["is_pinned"],
        row["deleted_at"] is not None, _items(items, kinds), _items(taken_off, kinds), _items(offered, kinds),
        said["name"], said["summary"], error,
    )  # fmt: skip


def on_stacks(
    record: asyncpg.Record, stacks: Sequence[asyncpg.Record], kinds: Mapping[str, Kind], error: str = ""
) -> OnStacks:
    item = _item(record["id"], record, kinds)
    return OnStacks(
        record["id"], item.title, item.href,
        tuple((row["name"], _href(row["id"])) for row in stacks if row["is_on"]),
        tuple((row["id"], row["name"]) for row in stacks if not row["is_on"]), error,
    )  # fmt: skip


def _href(stack_id: UUID) -> str:
    return f"/stacks/{stack_id}"


def _told_size(size: int) -> str:
    return ngettext("%(num)s record", "%(num)s records", size) % {"num": number(size)}


def _beginnings(items: Sequence[asyncpg.Record]) -> str:
    """How the first of what lies on it begin."""
    return " ".join(begun for row in items[:TOLD_ITEMS] if (begun := _begun(row["preview"])))


def _begun(preview: str) -> str:
    text = " ".join(preview.split())
    found = SENTENCE.match(text)
    sentence = found[0] if found else text
    return sentence if len(sentence) <= LONGEST_BEGINNING else f"{sentence[: LONGEST_BEGINNING - 1]}…"


def _items(rows: Sequence[Row], kinds: Mapping[str, Kind]) -> tuple[Item, ...]:
    return tuple(_item(row["record_id"], row, kinds) for row in rows)


def _item(record_id: UUID, row: Row, kinds: Mapping[str, Kind]) -> Item:
    kind = kinds[row["kind"]]
    return Item(record_id, kind.url(record_id), row["title"] or row["preview"][:80] or _("Untitled"), _(kind.label))
