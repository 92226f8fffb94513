"""Which insights there are to see: alive, true, in their time, and not sent away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from app.core.record import Kind
from app.insights.kinds import INSIGHTS
from app.insights.noticing import Evidence, Insight, Told
from app.insights.tellings import Telling, read_tellings
from app.insights.weighing import Said, is_shown, read_said
from app.web.locale import gettext as _
from app.web.locale import today as local_today

log = structlog.get_logger()

# A literal keeps the plan. What was switched off is not shown either.
COLUMNS = """
select i.id, i.kind, i.facts, i.cores, i.confidence, i.priority, i.valid_until, i.week_start, i.week_end, i.is_pinned,
       coalesce(i.verdict, '') as verdict, i.snoozed_until, i.created_at
  from insights i where """
ALLOWED = "not i.kind = any(select unnest(sleep_without) from users where id = app_user_id()) "
NOW = (
    COLUMNS
    + ALLOWED
    + """
   and (i.is_pinned or i.valid_from <= $1 and (i.valid_until is null or i.valid_until >= $1))
   and i.verdict is null and (i.snoozed_until is null or i.snoozed_until <= $1)
 order by i.is_pinned desc, i.priority desc, i.id limit 200"""
)
JUDGED = COLUMNS + "(i.verdict is not null or i.snoozed_until > $1) order by i.judged_at desc nulls last, i.id limit 40"
WEEKS = COLUMNS + "i.week_start is not null order by i.week_start desc limit 60"
ONE = COLUMNS + "i.id = $1"
EVIDENCE = """
select e.insight_id, e.record_id, e.is_core, r.kind, r.title, r.preview, r.created_at
  from insight_evidence e join records r on r.id = e.record_id
 where e.insight_id = any($1) and r.deleted_at is null order by e.insight_id, e.place"""


@dataclass(frozen=True, slots=True)
class Shown:
    """An insight in words, and in a model's where there are some that hold."""

    insight: Insight
    label: str
    told: Told
    telling: Telling | None = None


async def read_now(
    connection: asyncpg.Connection, kinds: Mapping[str, Kind], today: date, most: int | None = None
) -> list[Shown]:
    """What to show today, what matters most first; pinned ones before all."""
    said = await read_said(connection)
    rows = [
        row for row in await connection.fetch(NOW, today)
        if row["is_pinned"] or is_shown(row["confidence"], said.get(row["kind"], Said()))
    ]  # fmt: skip
    rows.sort(key=lambda row: (not row["is_pinned"], -row["priority"] * said.get(row["kind"], Said()).weight))
    # More than are asked for are read, for some may hold no more.
    return (await _tell(connection, kinds, rows[: most * 3] if most else rows, today))[:most]


async def read_judged(connection: asyncpg.Connection, kinds: Mapping[str, Kind], today: date) -> list[Shown]:
    return await _tell(connection, kinds, await connection.fetch(JUDGED, today), today, recalls=False)


async def read_weeks(connection: asyncpg.Connection, kinds: Mapping[str, Kind]) -> list[Shown]:
    return await _tell(connection, kinds, await connection.fetch(WEEKS))


async def find_shown(connection: asyncpg.Connection, kinds: Mapping[str, Kind], insight_id: UUID) -> Shown | None:
    """One, whether it is sent away or not; None where it says nothing any more."""
    found = await _tell(connection, kinds, await connection.fetch(ONE, insight_id), recalls=False)
    return found[0] if found else None


async def _tell(
    connection: asyncpg.Connection, kinds: Mapping[str, Kind], rows: Sequence[asyncpg.Record],
    today: date | None = None, *, recalls: bool = True,
) -> list[Shown]:  # fmt: skip
    alive = await _with_evidence(connection, kinds, [row for row in rows if row["kind"] in INSIGHTS])
    told = await _recalled(connection, alive, strictly=recalls)
    tellings = await read_tellings(connection, kinds, told, today or local_today())
    return [
        Shown(one, _(INSIGHTS[one.kind].label), words, tellings.get(one.id))
        for one in told if (words := _words(one)) is not None
    ]  # fmt: skip


def _words(insight: Insight) -> Told | None:
    """None for one that another version of the house noticed, with facts that this one cannot tell."""
    try:
        return INSIGHTS[insight.kind].tell(insight)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        log.warning("insight.untold", kind=insight.kind, error=type(error).__name__)
        return None


async def _with_evidence(
    connection: asyncpg.Connection, kinds: Mapping[str, Kind], rows: Sequence[asyncpg.Record]
) -> list[Insight]:
    found: dict[UUID, list[Evidence]] = {row["id"]: [] for row in rows}
    for row in await connection.fetch(EVIDENCE, list(found)):
        if row["kind"] in kinds:
            found[row["insight_id"]].append(Evidence(
                row["record_id"], row["kind"], row["title"] or row["preview"][:80] or _("Untitled"),
                kinds[row["kind"]].url(row["record_id"]), row["is_core"], row["created_at"],
            ))  # fmt: skip
    insights = [_insight(row, found[row["id"]]) for row in rows]
    wanted = {row["id"]: row["cores"] for row in rows}
    return [one for one in insights if len(one.cores) == wanted[one.id] and one.evidence]


def _insight(row: asyncpg.Record, evidence: Sequence[Evidence]) -> Insight:
    week = (row["week_start"], row["week_end"]) if row["week_start"] else None
    return Insight(
        row["id"], row["kind"], json.loads(row["facts"]), evidence, row["confidence"], row["priority"],
        row["valid_until"], week, row["is_pinned"], row["verdict"], row["snoozed_until"], row["created_at"],
    )  # fmt: skip


async def _recalled(connection: asyncpg.Connection, insights: Iterable[Insight], *, strictly: bool) -> list[Insight]:
    """In their order. Of a kind that looks again, only what it still finds; unless not `strictly`, for a list of what
    was judged, whose sentences may hold no more (what a record says itself is never told without being read)."""
    there = list(insights)
    recalled: dict[UUID, Mapping[str, Any]] = {}
    for name in {one.kind for one in there}:
        members = [one for one in there if one.kind == name]
        recall = INSIGHTS[name].recall
        if recall is not None:
            known = await recall(connection, members)
            recalled |= {one.id: known.get(one.id, {}) for one in members if one.id in known or not strictly}
        else:
            recalled |= {one.id: {} for one in members}
    return [replace(one, recalled=recalled[one.id]) for one in there if one.id in recalled]
