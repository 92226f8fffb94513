"""Pattern: what comes together, on which weekday, or more often of late than before (app/insights/kinds/lifting.py)."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, timedelta
from uuid import UUID

import asyncpg

from app.core.sleeping import Stretch
from app.core.words import Word, gettext_noop
from app.insights.kinds.lifting import Pair, find_pairs
from app.insights.noticing import Draft, Found, Insight, InsightKind, Told
from app.web.locale import gettext as _
from app.web.locale import number, weekday

YEAR, LATELY, VALID = timedelta(days=365), timedelta(days=28), timedelta(days=30)
MOST = 5

# Of the last year's records, the newest: its day, and the topics and people that are alive and stand with it.
BASKETS = """
select r.id, (r.created_at at time zone $2)::date as day,
       array(select t.topic_id from record_topics t join records x on x.id = t.topic_id and x.deleted_at is null
              where t.record_id = r.id) ||
       array(select l.target_id from entity_links l
               join contacts c on c.id = l.target_id and not c.is_self and c.deleted_at is null
              where l.source_id = r.id and l.rejected_at is null and l.valid_to is null
                and l.origin <> 'inferred') as things
  from records r
 where r.kind in ('note', 'interaction', 'capture', 'bookmark') and r.deleted_at is null and r.created_at >= $1
   and not exists (select from notes n where n.id = r.id and (n.note_kind = 'system' or n.template_for is not null))
 order by r.created_at desc, r.id limit 5000"""


async def find(connection: asyncpg.Connection, stretch: Stretch) -> Found:
    rows = await connection.fetch(BASKETS, stretch.now - YEAR, stretch.zone)
    pairs = find_pairs([_things(row["day"], row["things"], stretch.day) for row in rows])
    drafts = [draft for pair in pairs if (draft := _draft(pair, stretch)) is not None]
    return Found(drafts[:MOST], len(rows), is_whole=True)


def tell(insight: Insight) -> Told:
    facts, what = insight.facts, insight.cores[0].title
    counts = {"times": number(facts["times"]), "of": number(facts["of"]), "lift": number(facts["lift"])}
    often = _("%(times)s of %(of)s times, %(lift)s times as often as by chance.") % counts
    if "weekday" in facts:
        # Any week has such a day.
        on = weekday(date(2024, 1, 1) + timedelta(days=int(facts["weekday"])))
        return Told(_("%(what)s, mostly on %(day)s") % {"what": what, "day": on}, often)
    if "lately" in facts:
        return Told(_("%(what)s, more often of late") % {"what": what}, often)
    return Told(_("%(one)s and %(other)s come together") % {"one": what, "other": insight.cores[1].title}, often)


def _things(day: date, records: list[UUID], today: date) -> list[Hashable]:
    if not records:
        return [("weekday", day.weekday()), *_lately(day, today)]
    return [*(("record", str(record)) for record in records), ("weekday", day.weekday()), *_lately(day, today)]


def _lately(day: date, today: date) -> list[Hashable]:
    return [("lately", 0)] if day > today - LATELY else []


def _draft(pair: Pair, stretch: Stretch) -> Draft | None:
    things = [thing for thing in (pair.one, pair.other) if isinstance(thing, tuple)]
    records = [UUID(value) for sort, value in things if sort == "record"]
    marks = {sort: value for sort, value in things if sort != "record"}
    if not records:
        return None  # that a month has more of a weekday is nobody's habit
    facts = {"times": pair.times, "of": pair.of, "lift": round(pair.lift, 1), **marks}
    key = ":".join([*map(str, records), *(f"{sort}{value}" for sort, value in marks.items())])
    sure = min(1.0, 0.5 + 0.1 * pair.lift)
    return Draft(key, records, sure, 0.4, stretch.day, stretch.day + VALID, facts=facts)


PATTERN = InsightKind(
    "pattern", gettext_noop("Patterns"),
    Word(gettext_noop("What comes together, on which weekday, or more often of late, and not by chance.")), find, tell,
)  # fmt: skip
