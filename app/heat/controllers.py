"""Heat over HTTP: what is warm, what was, and why a record is as warm as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath

from app.core.errors import NotFound
from app.core.record import Kind
from app.heat import queries
from app.heat.warmth import HOT, WARM, cools_at, score, tier
from app.web.auth import Reading
from app.web.locale import day, ngettext
from app.web.locale import gettext as _
from app.web.shared import Shared


@dataclass(frozen=True, slots=True)
class WarmRow:
    href: str
    title: str
    soft: str
    heat: str
    when: datetime


@dataclass(frozen=True, slots=True)
class HeatPage:
    warm: tuple[WarmRow, ...]
    forgotten: tuple[WarmRow, ...]


@dataclass(frozen=True, slots=True)
class ExplainedPage:
    """`share` is the score in percent; `causes` and `future` are sentences."""

    title: str
    href: str
    heat: str
    share: int
    causes: tuple[str, ...]
    future: tuple[str, ...]


@get("/heat")
async def show_heat(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    now, user_id = datetime.now(UTC), reading.visitor.user_id
    warm = await queries.list_warm(reading.connection, user_id, now)
    forgotten = await queries.list_forgotten(reading.connection, user_id, now)
    page = HeatPage(
        tuple(_row(row, shared.kinds, now, row["updated_at"]) for row in warm),
        tuple(_row(row, shared.kinds, now, row["peak_at"] or row["updated_at"]) for row in forgotten),
    )
    return shared.pages.response(request, "heat/index.html", page, shell=reading.shell("heat"))


@get("/records/{record_id:uuid}/heat")
async def explain_heat(
    request: Request, record_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    record = await queries.read_heat(reading.connection, record_id)
    if record is None:
        raise NotFound
    causes = await queries.read_causes(reading.connection, reading.visitor.user_id, record_id)
    now, kind = datetime.now(UTC), shared.kinds[record["kind"]]
    value = score(record["warmth"], now)
    page = ExplainedPage(
        record["title"] or record["preview"][:80] or _("Untitled"), kind.url(record_id), tier(value),
        round(100 * value), tuple(tell_cause(row) for row in causes), tell_future(record, now),
    )  # fmt: skip
    return shared.pages.response(request, "heat/record.html", page, shell=reading.shell("heat"))


def tell_cause(row: asyncpg.Record) -> str:
    times, last = row["times"], day(row["last"])
    match row["reason"]:
        case "create":
            return _("Made on %(day)s.") % {"day": last}
        case "edit":
            return ngettext(
                "Edited on %(day)s.", "Edited in %(num)s sittings, the last on %(day)s.", times
            ) % {"num": times, "day": last}  # fmt: skip
        case "open":
            return ngettext(
                "Opened on %(day)s.", "Opened on %(num)s visits, the last on %(day)s.", times
            ) % {"num": times, "day": last}  # fmt: skip
        case "sync":
            return _("Brought along or brought up to date, the last time on %(day)s.") % {"day": last}
    return _("As warm as it was on %(day)s, before causes were kept.") % {"day": last}


def tell_future(record: asyncpg.Record, now: datetime) -> tuple[str, ...]:
    """When it leaves each tier it is still in, if nobody touches it; and how hot it once was, if it is cold."""
    warmth = record["warmth"]
    if warmth is None:
        return (_("Nobody has done anything with it yet."),)
    told = []
    if (cooled := cools_at(warmth, HOT)) > now:
        told.append(_("Untouched, it stays hot until %(day)s.") % {"day": day(cooled)})
    if (cooled := cools_at(warmth, WARM)) > now:
        told.append(_("Untouched, it is cold from %(day)s on.") % {"day": day(cooled)})
    elif record["peak_at"] and record["peak"] > HOT:
        told.append(_("It was hottest on %(day)s.") % {"day": day(record["peak_at"])})
    return tuple(told)


def _row(row: asyncpg.Record, kinds: Mapping[str, Kind], now: datetime, when: datetime) -> WarmRow:
    return WarmRow(
        kinds[row["kind"]].url(row["id"]), row["title"] or row["preview"][:80] or _("Untitled"), row["preview"],
        tier(score(row["warmth"], now)), when,
    )  # fmt: skip


ROUTES = [show_heat, explain_heat]
