"""Weekly review: what was written, met, moved and left open in the week that is over."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import asyncpg

from app.core.sleeping import Stretch
from app.core.words import Word, gettext_noop
from app.insights.noticing import Draft, Found, Insight, InsightKind, Told
from app.web.locale import day, ngettext, number, weekday
from app.web.locale import gettext as _

SEVEN = timedelta(days=7)
BEGINS = "select week_start from users where id = app_user_id()"
# By the writer's days. A day's log is of its day, whenever it was made.
WRITTEN = """
select coalesce(date_key, (created_at at time zone $3)::date) - $4::date as nth, count(*) from notes
 where deleted_at is null and note_kind <> 'system' and template_for is null
   and (created_at >= $1 and created_at < $2 and date_key is null or date_key >= $4 and date_key < $4::date + 7)
 group by 1 order by 1"""
MET = """
select count(distinct i.id) as times, count(distinct p.contact_id) as people
  from interactions i left join participants p on p.interaction_id = i.id
 where i.occurred_at >= $1 and i.occurred_at < $2 and i.deleted_at is null"""
FILED = "select count(*) from captures where processed_at >= $1 and processed_at < $2 and processed_as is not null"
OPEN = """
select (select count(*) from reminders where done_at is null and deleted_at is null
           and coalesce(snoozed_until, due_at) < $1)
     + (select count(*) from captures where processed_at is null and deleted_at is null and created_at < $1)"""
# What had most of the person's attention, then what was made.
AT = """
select r.id from records r
  left join (select record_id, sum(weight) as weight from attention
              where user_id = app_user_id() and at >= $1 and at < $2 and not is_undone and reason <> 'sync'
              group by 1) a on a.record_id = r.id
 where (a.weight is not null or r.created_at >= $1 and r.created_at < $2)
   and r.deleted_at is null and r.kind in ('note', 'contact', 'interaction', 'bookmark')
   and not exists (select from contacts c where c.id = r.id and c.is_self)
   and not exists (select from notes n where n.id = r.id and (n.note_kind = 'system' or n.template_for is not null))
 order by coalesce(a.weight, 0) desc, r.created_at, r.id limit 7"""


async def find(connection: asyncpg.Connection, stretch: Stretch) -> Found:
    begins = (await connection.fetchval(BEGINS) or 1) - 1
    start = stretch.day - timedelta(days=(stretch.day.weekday() - begins) % 7) - SEVEN
    zone = ZoneInfo(stretch.zone)
    first, after = (datetime.combine(day, time(), zone) for day in (start, start + SEVEN))
    days = await _written(connection, first, after, stretch.zone, start)
    before = await _written(connection, first - SEVEN, first, stretch.zone, start - SEVEN)
    met = await connection.fetchrow(MET, first, after)
    assert met is not None
    if not sum(days) and not met["times"]:
        return Found((), 0)
    facts = {
        "days": days, "before": sum(before), "met": met["times"], "people": met["people"],
        "filed": await connection.fetchval(FILED, first, after), "open": await connection.fetchval(OPEN, after),
    }  # fmt: skip
    records = [row[0] for row in await connection.fetch(AT, first, after)]
    draft = Draft(
        start.isoformat(), (), 1.0, 0.55, start + SEVEN, start + SEVEN + timedelta(days=6), others=records, facts=facts,
        week=(start, start + timedelta(days=6)),
    )  # fmt: skip
    return Found([draft], sum(days) + met["times"])


def tell(insight: Insight) -> Told:
    assert insight.week, "find gives each its week"
    start, end = insight.week
    facts = insight.facts
    written = sum(facts["days"])
    lines = [ngettext("%(num)s note written", "%(num)s notes written", written) % {"num": number(written)}]
    lines[0] += " " + _("(%(num)s the week before)") % {"num": number(facts["before"])}
    if facts["met"]:
        met = ngettext("%(num)s interaction", "%(num)s interactions", facts["met"]) % {"num": number(facts["met"])}
        people = ngettext("%(num)s person", "%(num)s people", facts["people"]) % {"num": number(facts["people"])}
        lines.append(_("%(met)s with %(people)s") % {"met": met, "people": people})
    if facts["filed"]:
        lines.append(ngettext("%(num)s thing filed", "%(num)s things filed", facts["filed"])
                     % {"num": number(facts["filed"])})  # fmt: skip
    if facts["open"]:
        lines.append(ngettext("%(num)s thing left open", "%(num)s things left open", facts["open"])
                     % {"num": number(facts["open"])})  # fmt: skip
    bars = [(weekday(start + timedelta(days=nth)), count) for nth, count in enumerate(facts["days"])]
    title = _("The week from %(first)s to %(last)s") % {"first": day(start), "last": day(end)}
    return Told(title, ", ".join(lines) + ".", bars=bars)


async def _written(
    connection: asyncpg.Connection, first: datetime, after: datetime, zone: str, start: date
) -> list[int]:
    """Of each of the seven days."""
    found = {row[0]: row[1] for row in await connection.fetch(WRITTEN, first, after, zone, start)}
    return [int(found.get(nth, 0)) for nth in range(7)]


WEEK = InsightKind(
    "week", gettext_noop("Weekly review"),
    Word(gettext_noop("What you wrote, whom you met, what was filed and left open in the week that is over.")),
    find, tell,
    follows_days=True,
)  # fmt: skip
