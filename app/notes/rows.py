"""Rendered rows of the list, cached by everything that they show.

(id, version) names a row's text; heat's tier, the reader's day, locale and zone are the rest. A list then costs
one index scan and a few look-ups: rows that were never rendered are the only ones whose text is read.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from markupsafe import Markup

from app.heat.warmth import score, tier
from app.notes.pages import shown_title
from app.notes.queries import read_rows

if TYPE_CHECKING:
    from app.web.auth import Visitor
    from app.web.rendering import Renderer

MOST_ROWS = 20_000  # about 12 MB

Key = tuple[UUID, int, str, date, str, str]


class RowCache:
    """The least recently used rows go first."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._rows: OrderedDict[Key, str] = OrderedDict()

    async def rows(self, connection: asyncpg.Connection, keys: Sequence[asyncpg.Record], visitor: Visitor) -> Markup:
        """The rows' HTML in the order of `keys`; reads the text of those that are not cached."""
        now = datetime.now(UTC)
        today = now.astimezone(ZoneInfo(visitor.time_zone)).date()
        wanted = [
            (
                key["id"],
                key["version"],
                tier(score(key["warmth"], now)),
                today,
                visitor.locale,
                visitor.time_zone,
            )
            for key in keys
        ]
        missing = {key[0] for key in wanted if key not in self._rows}
        if missing:
            texts = {row["id"]: row for row in await read_rows(connection, list(missing))}
            self._render(keys, wanted, texts)
        return Markup("").join([Markup(self._take(key)) for key in wanted if key in self._rows])  # noqa: S704 (rendered by our template)

    def _render(self, keys: Sequence[asyncpg.Record], wanted: Sequence[Key], texts: dict[UUID, asyncpg.Record]) -> None:
        for key, cache_key in zip(keys, wanted, strict=True):
            text = texts.get(key["id"])
            if text is not None:
                self._rows[cache_key] = self._renderer.macro(
                    "row",
                    href=f"/notes/{key['id']}",
                    title=shown_title(text["title"], text["preview"]),
                    soft=text["preview"],
                    heat_tier=cache_key[2],
                    when=key["updated_at"],
                    pinned=key["is_pinned"],
                )
        while len(self._rows) > MOST_ROWS:
            self._rows.popitem(last=False)

    def _take(self, key: Key) -> str:
        self._rows.move_to_end(key)
        return self._rows[key]
