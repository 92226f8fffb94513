"""What the bookmarks' templates see."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.bookmarks.addresses import site_of
from app.bookmarks.queries import PAGE_SIZE
from app.bookmarks.service import BookmarkFields
from app.core.record import Kind
from app.heat.warmth import score, tier
from app.search.listing import Chip, ListBox, address
from app.web.locale import gettext as _
from app.web.locale import number
from app.web.markdown import Targets, render_markdown
from app.web.paging import encode_cursor


@dataclass(frozen=True, slots=True)
class BookmarkRow:
    href: str
    title: str
    soft: str
    heat: str
    when: datetime
    is_favourite: bool


@dataclass(frozen=True, slots=True)
class BookmarkList:
    rows: tuple[BookmarkRow, ...]
    next_href: str | None
    chips: tuple[Chip, ...]
    box: ListBox
    is_empty: bool
    is_narrowed: bool


@dataclass(frozen=True, slots=True)
class BookmarkPage:
    id: UUID
    title: str
    url: str
    site: str
    category: str
    description: Markup
    topics: tuple[str, ...]
    is_favourite: bool
    visits: int
    visited_at: datetime | None
    created_at: datetime
    heat: str
    is_in_trash: bool
    filed_from: tuple[tuple[str, str], ...]

    @property
    def href(self) -> str:
        return f"/bookmarks/{self.id}"


@dataclass(frozen=True, slots=True)
class BookmarkForm:
    action: str
    values: BookmarkFields
    is_new: bool
    error: str = ""


def bookmark_list(
    found: Sequence[asyncpg.Record], categories: Sequence[asyncpg.Record], box: ListBox, category: str,
    favourites: bool, is_first: bool,
) -> BookmarkList:  # fmt: skip
    now = datetime.now(UTC)
    rows = tuple(
        BookmarkRow(f"/bookmarks/{r['id']}", r["title"] or site_of(r["url"]), _soft(r), tier(score(r["warmth"], now)),
                    r["created_at"], r["is_favourite"])
        for r in found
    )  # fmt: skip
    kept = {**({"category": category} if category else {}), **({"favourites": "1"} if favourites else {})}
    following = None
    if len(found) == PAGE_SIZE:
        cursor = encode_cursor(found[-1]["created_at"], found[-1]["id"])
        following = address("/bookmarks", box.q, {**kept, "after": cursor})
    chips = [Chip(_("Favourites"), address("/bookmarks", box.q, {"favourites": "1"}), favourites)]
    chips += [
        Chip(f"{name} {number(many)}", address("/bookmarks", box.q, {"category": name}), category == name)
        for name, many in categories
    ]
    narrowed = bool(kept or box.q)
    return BookmarkList(rows, following, tuple(chips), box, is_first and not rows, narrowed)


def _soft(row: asyncpg.Record) -> str:
    told = " ".join(row["description"].split())[:160]
    return " · ".join(part for part in (site_of(row["url"]), row["category"], told) if part)


def bookmark_page(row: asyncpg.Record, kinds: Mapping[str, Kind]) -> BookmarkPage:
    filed = tuple(
        (kinds[one["kind"]].url(UUID(one["id"])), one["title"] or one["preview"][:80] or _("Untitled"))
        for one in json.loads(row["filed_from"] or "[]")
    )
    return BookmarkPage(
        row["id"], row["title"] or site_of(row["url"]), row["url"], site_of(row["url"]), row["category"] or "",
        render_markdown(row["description"], Targets()), tuple(row["topics"]),
        row["is_favourite"], row["visit_count"], row["last_visited_at"], row["created_at"],
        tier(score(row["warmth"], datetime.now(UTC))), row["deleted_at"] is not None, filed,
    )  # fmt: skip
