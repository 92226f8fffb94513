"""The search page: words and meaning in one list, narrowed by kind."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import asyncpg
import numpy as np
import structlog
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given
from markupsafe import Markup

from app.core.record import Kind
from app.heat.warmth import score, tier
from app.ports.embedding import Embedder
from app.search import queries
from app.search.fusion import Found, fuse, rank
from app.search.snippets import make_snippet
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.shared import Shared

MOST_HITS = 40
LONGEST_QUERY = 400
MODEL_SECONDS = 2.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Hit:
    href: str
    title: str
    snippet: Markup
    why: str
    kind: str
    heat: str
    when: datetime


@dataclass(frozen=True, slots=True)
class KindChip:
    label: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    q: str
    kind: str
    chips: tuple[KindChip, ...]
    hits: tuple[Hit, ...]
    quiet: str


@get("/search")
async def search(
    request: Request, reading: Given[Reading], shared: Given[Shared],
) -> Response:  # fmt: skip
    q = request.query_params.get("q", "").replace("\0", "")[:LONGEST_QUERY].strip()
    kind = request.query_params.get("kind", "")
    hits: tuple[Hit, ...] = ()
    quiet = ""
    if q:
        vector, quiet = await _embed(shared.embedder, q)
        hits = await find_hits(reading.connection, q, vector, kind if kind in shared.kinds else None, shared.kinds)
        quiet = quiet or await _coverage_line(reading.connection)
    page = SearchPage(q, kind, _chips(q, kind, shared.kinds), hits, quiet)
    shell = reading.shell("search")
    return shared.pages.response(request, "search/index.html", page, shell=shell, blocks=("results",))


async def find_hits(
    connection: asyncpg.Connection,
    q: str,
    vector: np.ndarray | None,
    kind: str | None,
    kinds: Mapping[str, Kind],
) -> tuple[Hit, ...]:
    named = await queries.find_by_name(connection, q)
    by_words = await queries.find_by_words(connection, q)
    by_meaning: Sequence[Any] = await queries.find_by_meaning(connection, vector) if vector is not None else []
    found = fuse(named, by_words, by_meaning)
    rows = await queries.read_hits(connection, list(found), kind)
    now = datetime.now(UTC)
    return tuple(_hit(row, found[row["id"]], q, kinds, now) for row in rank(found, rows, now)[:MOST_HITS])


def _hit(row: asyncpg.Record, found: Found, q: str, kinds: Mapping[str, Kind], now: datetime) -> Hit:
    kind = kinds[row["kind"]]
    text = _body_of(found, row["title"]) or row["preview"]
    reasons = {"title": _("title"), "words": _("words"), "meaning": _("meaning")}
    why = ", ".join(reasons[reason] for reason in dict.fromkeys(found.why))
    return Hit(
        kind.url(row["id"]), row["title"] or row["preview"][:80] or _("Untitled"),
        make_snippet(text, q), why, _(kind.label),
        tier(score(row["warmth"], now)), row["updated_at"],
    )  # fmt: skip


def _body_of(found: Found, title: str) -> str:
    """The passage without the line of context that it was embedded with."""
    context, _break, body = found.passage.partition("\n")
    is_context = (title and context.startswith(title.strip())) or (found.heading and context.startswith(found.heading))
    return body if is_context else found.passage


async def _embed(embedder: Embedder | None, q: str) -> tuple[np.ndarray | None, str]:
    """The query's vector, or none and a quiet line that says why."""
    if embedder is None:
        return None, _("Meaning is switched off; this is found by words.")
    try:
        async with asyncio.timeout(MODEL_SECONDS):
            return await asyncio.to_thread(embedder.embed_query, q), ""
    except Exception as error:  # noqa: BLE001 (whatever the model does, words still answer)
        log.warning("search.without_meaning", error=type(error).__name__)
        return None, _("Meaning does not answer just now; this is found by words.")


async def _coverage_line(connection: asyncpg.Connection) -> str:
    share = await queries.meaning_coverage(connection)
    return "" if share >= 1 else _("Meaning is still being worked out: %(share)d %%.") % {"share": int(share * 100)}


def _chips(q: str, kind: str, kinds: Mapping[str, Kind]) -> tuple[KindChip, ...]:
    chips = [KindChip(_("Everything"), "/search?" + urlencode({"q": q}), not kind)]
    for name, entry in kinds.items():
        chips.append(KindChip(_(entry.label), "/search?" + urlencode({"q": q, "kind": name}), kind == name))
    return tuple(chips)


ROUTES = [search]
