"""The reference of `bench pages`: a bare ASGI callable, one autocommit statement by asyncpg, rows from f-strings.

Its HTML is byte-identical to the product's rows: the literal pieces between the values are taken from the product's
own macro once, at start. What a request costs is the statement, the f-strings and the socket, nothing else.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import UUID

import asyncpg
import uvicorn
from markupsafe import escape

from app.heat.warmth import HOT, WARM, least_warmth
from app.settings import PROJECT
from app.web.assets import Assets
from app.web.rendering import Renderer

STATEMENT = """
select n.*, r.preview, h.warmth
  from notes n join records r on r.id = n.id left join record_heat h on h.record_id = n.id
 where n.user_id = $1 and n.deleted_at is null and n.archived_at is null
 order by n.is_pinned desc, n.updated_at desc, n.id desc limit 30"""
MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SAMPLE = datetime(1987, 3, 4, 5, 6, 7, tzinfo=UTC)
MARKS = ("\x01", "\x02", "\x03", "1987-03-04T05:06:07+00:00", "Mar 1987")
Send = Callable[[dict[str, Any]], Awaitable[None]]


def row_pieces() -> dict[tuple[str, bool], list[str]]:
    """The literal text around (href, title, iso, brief, soft) of a row, by heat tier and pin."""
    pages = Renderer(Assets(PROJECT / "static"))
    pieces = {}
    for tier, pinned in product(("cold", "warm", "warmer", "hot"), (False, True)):
        html = pages.macro("row", href="\x01", title="\x02", soft="\x03", heat_tier=tier, when=SAMPLE, pinned=pinned)
        pieces[tier, pinned] = _split(str(html))
    return pieces


def _split(html: str) -> list[str]:
    for mark in MARKS:
        assert html.count(mark) == 1, f"a row shows {mark!r} {html.count(mark)} times"
        html = html.replace(mark, "\0")
    return html.split("\0")


class Reference:
    """The list's rows and nothing around them."""

    def __init__(self, database_url: str, user_id: UUID) -> None:
        self.url, self.user_id = database_url, user_id
        self.pieces = row_pieces()
        self.pool: asyncpg.Pool | None = None

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        assert scope["type"] == "http"
        if self.pool is None:
            self.pool = asyncpg.create_pool(self.url, min_size=6, max_size=6, reset=_reset_nothing)
        await self.pool
        body = self.render(await self.pool.fetch(STATEMENT, self.user_id)).encode()
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def render(self, rows: list[asyncpg.Record]) -> str:
        now = datetime.now(UTC)
        hot, warmer, warm = (least_warmth(bound, now) for bound in (HOT, (HOT + WARM) / 2, WARM))
        parts = []
        for row in rows:
            heat = row["warmth"] if row["warmth"] is not None else -1e9
            tier = "hot" if heat > hot else "warmer" if heat > warmer else "warm" if heat > warm else "cold"
            a, b, c, d, e, f = self.pieces[tier, row["is_pinned"]]
            at = row["updated_at"]
            month = MONTHS[at.month]
            brief = f"{at.day} {month}" if at.year == now.year else f"{month} {at.year}"
            parts.append(
                f"{a}/notes/{row['id']}{b}{escape(row['title'])}{c}{at:%Y-%m-%dT%H:%M:%S}+00:00{d}{brief}{e}"
                f"{escape(row['preview'])}{f}"
            )
        return "".join(parts)


async def _reset_nothing(_connection: asyncpg.Connection) -> None:
    """The pool's own reset would cost the reference a round trip that the product does not pay either."""


if __name__ == "__main__":
    uvicorn.run(
        Reference(os.environ["BENCH_DATABASE_URL"], UUID(os.environ["BENCH_USER"])),
        host="127.0.0.1", port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none", lifespan="off",
        access_log=False, log_level="warning", server_header=False, proxy_headers=False,
    )  # fmt: skip
