"""The search page: words at once, meaning as soon as the model has read the question, narrowed by filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import structlog
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.core.record import Kind
from app.ports.leaving import Stays
from app.ports.models import Models, Question
from app.search import queries
from app.search.asking import read_query
from app.search.completing import Completion, complete
from app.search.filters import filter_names
from app.search.finding import Answer, find
from app.search.hits import Hit, make_hits
from app.search.keeping import SavedSearch, tell_saved
from app.search.kept import embed_query, last_searches, list_saved, remember_search
from app.search.listing import Chip, address, filter_chips, read_q, without
from app.search.suggesting import suggest
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.shared import Shared

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SearchPage:
    """`more_href` asks for the same list with meaning, where this one was found by words alone for now.

    `saved` and `last` are shown where nothing is asked yet. `meant` is a query that may have been meant.
    """

    q: str
    chips: tuple[Chip, ...] = ()
    completions: tuple[Completion, ...] = ()
    filters: tuple[Chip, ...] = ()
    hits: tuple[Hit, ...] = ()
    problems: tuple[str, ...] = ()
    quiet: str = ""
    more_href: str = ""
    saved: tuple[SavedSearch, ...] = ()
    last: tuple[str, ...] = ()
    meant: str = ""


@get("/search")
async def search(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    q = read_q(request.query_params)
    by_part = "hx-request" in request.headers and "hx-boosted" not in request.headers
    typing = by_part and "meaning" not in request.query_params
    if q.strip() and not by_part:
        await remember_search(reading.connection, q.strip())
    page = await _make_page(reading, shared, q, typing=typing and shared.models.own is not None)
    shell = reading.shell("search")
    return shared.pages.response(request, "search/index.html", page, shell=shell, blocks=("results",))


async def _make_page(reading: Reading, shared: Shared, q: str, *, typing: bool) -> SearchPage:
    connection = reading.connection
    if not q.strip():
        saved = tell_saved(await list_saved(connection))
        return SearchPage(q, saved=saved, last=tuple(await last_searches(connection)))
    now, text = datetime.now(UTC), read_query(q, filter_names(shared.kinds)).text
    question, quiet = (None, "") if typing or not text else await _embed(connection, shared.models, text)
    answer = await find(connection, q, shared.kinds, now, reading.visitor.time_zone, question)
    return SearchPage(
        q, kind_chips(answer, q, shared.kinds), await complete(connection, answer.asked, q, shared.kinds),
        filter_chips(answer.asked, q, "/search", {}, but="kind"), make_hits(answer, shared.kinds, now),
        answer.narrowed.problems,
        quiet or ("" if typing else await _coverage_line(connection)),
        address("/search", q, {"meaning": "1"}) if typing and text else "",
        meant="" if typing or not text else await suggest(connection, answer),
    )  # fmt: skip


async def _embed(connection: asyncpg.Connection, models: Models, text: str) -> tuple[Question | None, str]:
    """The question as the model reads it, or none and a quiet line that says why."""
    if models.own is None:
        return None, _("Meaning is switched off; this is found by words.")
    try:
        model = await models.answering(connection)
        return (await embed_query(connection, model, text) if model else None), ""
    except Stays:
        return None, _("This question stays in the house, as Privacy has it; it is found by words.")
    except Exception as error:  # noqa: BLE001 (whatever the model does, words still answer)
        log.warning("search.without_meaning", error=type(error).__name__)
        return None, _("Meaning does not answer just now; this is found by words.")


async def _coverage_line(connection: asyncpg.Connection) -> str:
    share = await queries.meaning_coverage(connection)
    return "" if share >= 1 else _("Meaning is still being worked out: %(share)d %%.") % {"share": int(share * 100)}


def kind_chips(answer: Answer, q: str, kinds: Mapping[str, Kind]) -> tuple[Chip, ...]:
    """Everything, and each kind: the query with its `kind:` taken out or set."""
    bare = without(answer.asked, q, name="kind")
    current = answer.narrowed.kinds
    chips = [Chip(_("Everything"), address("/search", bare), current is None)]
    for name, kind in kinds.items():
        chips.append(Chip(_(kind.label), address("/search", f"{bare} kind:{name}".strip()), current == (name,)))
    return tuple(chips)


ROUTES = [search]
