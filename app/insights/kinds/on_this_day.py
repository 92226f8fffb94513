"""On this day: what was written, and who was met, on the same day of other years."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from app.core.sleeping import Stretch
from app.core.words import Word, gettext_noop
from app.insights.noticing import Draft, Found, Insight, InsightKind, Told
from app.web.locale import gettext as _
from app.web.locale import ngettext, number

YEARS, MOST = 60, 8

# Each range is a scan of a few rows of an index. A day's log counts for its day, whenever it was made.
OF_DAYS = """
select n.id, w.year from unnest($1::timestamptz[], $2::timestamptz[], $3::int[]) w(begins, ends, year)
  join notes n on n.created_at >= w.begins and n.created_at < w.ends and n.date_key is null
 where n.deleted_at is null and n.archived_at is null and n.note_kind <> 'system' and n.template_for is null
union
select n.id, extract(year from n.date_key)::int from notes n
 where n.date_key = any($4) and n.deleted_at is null and n.archived_at is null and n.note_kind <> 'system'
union
select i.id, w.year from unnest($1::timestamptz[], $2::timestamptz[], $3::int[]) w(begins, ends, year)
  join interactions i on i.occurred_at >= w.begins and i.occurred_at < w.ends
 where i.deleted_at is null and i.archived_at is null
 order by 2 desc, 1 limit 200"""


async def find(connection: asyncpg.Connection, stretch: Stretch) -> Found:
    days = [day for back in range(1, YEARS) if (day := _same_day(stretch.day, stretch.day.year - back))]
    zone = ZoneInfo(stretch.zone)
    begins = [datetime.combine(day, time(), zone) for day in days]
    ends = [datetime.combine(day + timedelta(days=1), time(), zone) for day in days]
    rows = await connection.fetch(OF_DAYS, begins, ends, [day.year for day in days], days)
    if not rows:
        return Found((), 0, is_whole=True)
    found = list(dict.fromkeys(row[0] for row in rows))[:MOST]
    draft = Draft(
        stretch.day.isoformat(), (), 1.0, 0.5, stretch.day, stretch.day, others=found,
        facts={"years": len({row[1] for row in rows})},
    )  # fmt: skip
    return Found([draft], len(rows), is_whole=True)


def tell(insight: Insight) -> Told:
    years = int(insight.facts["years"])
    told = ngettext("From %(num)s other year.", "From %(num)s other years.", years) % {"num": number(years)}
    return Told(_("On this day"), told)


def _same_day(day: date, year: int) -> date | None:
    """The 29th of February is the same day in leap years alone."""
    try:
        return day.replace(year=year)
    except ValueError:
        return None


ON_THIS_DAY = InsightKind(
    "on_this_day", gettext_noop("On this day"),
    Word(gettext_noop("What you wrote and whom you met on the same day of other years.")),
    find, tell, follows_days=True,
)  # fmt: skip
