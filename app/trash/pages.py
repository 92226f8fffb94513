"""What the trash's template sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.web.locale import gettext as _
from app.web.paging import encode_cursor

PAGE_SIZE = 50  # as the query says


@dataclass(frozen=True, slots=True)
class TrashRow:
    """`goes_at` is when it is deleted for ever."""

    id: UUID
    href: str
    title: str
    soft: str
    kind: str
    discarded_at: datetime
    goes_at: datetime


@dataclass(frozen=True, slots=True)
class TrashPage:
    rows: tuple[TrashRow, ...]
    next_href: str | None
    total: int
    kept_days: int


@dataclass(frozen=True, slots=True)
class Farewell:
    """What would be deleted for ever: `action` is the form's target."""

    title: str
    total: int
    action: str


def trash_page(found: Sequence[asyncpg.Record], total: int, kinds: Mapping[str, Kind], kept_days: int) -> TrashPage:
    following = None
    if len(found) == PAGE_SIZE:
        following = "/trash?" + urlencode({"after": encode_cursor(found[-1]["deleted_at"], found[-1]["id"])})
    rows = tuple(_row(row, kinds[row["kind"]], timedelta(days=kept_days)) for row in found)
    return TrashPage(rows, following, total, kept_days)


def _row(row: asyncpg.Record, kind: Kind, kept: timedelta) -> TrashRow:
    title = row["title"] or row["preview"][:80] or _("Untitled")
    discarded = row["deleted_at"]
    return TrashRow(row["id"], kind.url(row["id"]), title, row["preview"], _(kind.label), discarded, discarded + kept)
