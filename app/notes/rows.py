"""The list's rows, each kept by everything that it shows.

(id, version) names a row's text; heat's tier, the reader's day, locale and zone are the rest. A list then costs
one index scan and a few look-ups: rows that were never rendered are the only ones whose text is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from markupsafe import Markup

from app.heat.warmth import tiers_at
from app.notes.pages import shown_title
from app.notes.queries import read_covers, read_rows
from app.web.file_rows import file_href, thumbnail_href

if TYPE_CHECKING:
    from app.web.auth import Visitor
    from app.web.rendering import Renderer

Name = tuple[UUID, int, str, str, tuple[date, str, str, bool, bool]]
"""Note, version, tier, the address of its picture on a card, and what the reader's rows share."""


async def render_rows(
    pages: Renderer,
    connection: asyncpg.Connection,
    keys: Sequence[asyncpg.Record],
    visitor: Visitor,
    selecting: bool = False,
    dated: bool = False,
    pictured: bool = False,
) -> Markup:
    """The rows' HTML in the order of `keys` (app/notes/queries.py); reads the text of those that are not kept.

    `dated`: what they say as `updated_at` is when they were made. `pictured`: each with its first picture.
    """
    now = datetime.now(UTC)
    tier = tiers_at(now)
    look = now.astimezone(ZoneInfo(visitor.time_zone)).date(), visitor.locale, visitor.time_zone, selecting, dated
    covers = await _cover_addresses(connection, keys) if pictured else {}
    shown = tuple(
        [(note_id, version, tier(warmth), covers.get(note_id, "")) for note_id, version, _, _, warmth, *_ in keys]
    )
    whole = pages.kept.find((shown, look))
    if whole is None:
        names = [(*row, look) for row in shown]
        whole = pages.kept.keep((shown, look), await _join(pages, connection, keys, names))
    return Markup(whole)  # noqa: S704 (rendered by our template)


async def _cover_addresses(connection: asyncpg.Connection, keys: Sequence[asyncpg.Record]) -> dict[UUID, str]:
    covers = await read_covers(connection, [key["id"] for key in keys])
    return {row["record_id"]: thumbnail_href(file_href(row["id"], row["name"])) for row in covers}


async def _join(
    pages: Renderer, connection: asyncpg.Connection, keys: Sequence[asyncpg.Record], names: Sequence[Name]
) -> str:
    """Of a page that is not kept as a whole, most rows are."""
    rows = [pages.kept.find(name) for name in names]
    missing = [key["id"] for key, row in zip(keys, rows, strict=True) if row is None]
    texts = {row["id"]: row for row in await read_rows(connection, missing)} if missing else {}
    for at, (key, name) in enumerate(zip(keys, names, strict=True)):
        # A note may have gone for ever between the two queries.
        if rows[at] is None and (text := texts.get(key["id"])):
            rows[at] = pages.kept.keep(name, _render(pages, key, name, text))
    return "".join(row for row in rows if row is not None)


def _render(pages: Renderer, key: asyncpg.Record, name: Name, text: asyncpg.Record) -> str:
    heat_tier, picture, selecting = name[2], name[3], name[4][3]
    return pages.macro(
        "box_row" if selecting else "row", href=f"/notes/{key['id']}",
        title=shown_title(text["title"], text["preview"]), soft=text["preview"], heat_tier=heat_tier,
        when=key["updated_at"], pinned=key["is_pinned"], **({} if selecting else {"picture": picture}),
    )  # fmt: skip
