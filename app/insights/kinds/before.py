"""Before your day: for whatever the next days' dates name, the people and notes that matter, prepared in advance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import asyncpg

from app.birthdays.queries import read_birthdays
from app.core.sleeping import Stretch
from app.core.words import Word, gettext_noop
from app.insights.noticing import Draft, Found, Insight, InsightKind, Told
from app.web.locale import day
from app.web.locale import gettext as _

AHEAD, AHEAD_OF_BIRTHDAYS, MOST = 3, 7, 8

DUE = """
select m.id, m.record_id, (coalesce(m.snoozed_until, m.due_at) at time zone $3)::date as day from reminders m
 where m.done_at is null and m.deleted_at is null
   and (coalesce(m.snoozed_until, m.due_at) at time zone $3)::date between $1 and $2
 order by 3, 1 limit 20"""
DATED = """
select id, date_key from notes
 where date_key between $1 and $2 and note_kind <> 'system' and deleted_at is null and archived_at is null
   and content <> '' order by 2, 1 limit 20"""
PROMISED = """
select c.id, (e ->> 'due')::date as day from contacts c, jsonb_array_elements(c.promises) e
 where c.deleted_at is null and c.promises <> '[]' and e ->> 'by' = 'me' and e ->> 'done' is null
   and (e ->> 'due') ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and (e ->> 'due') between $1::date::text and $2::date::text
 order by 2, 1 limit 20"""
# What is linked with it, either way: the warmest, and then the newest.
RELATED = """
select r.id from (select target_id as id from entity_links
                   where source_id = any($1) and rejected_at is null and valid_to is null
                  union select source_id from entity_links
                   where target_id = any($1) and rejected_at is null and valid_to is null) l
  join records r on r.id = l.id left join record_heat h on h.record_id = r.id
 where r.id <> all($1) and r.deleted_at is null and r.archived_at is null
   and r.kind in ('note', 'contact', 'interaction', 'bookmark', 'capture', 'group')
   and not exists (select from contacts c where c.id = r.id and c.is_self)
 order by h.warmth desc nulls last, r.updated_at desc, r.id limit 6"""


@dataclass(frozen=True, slots=True)
class Coming:
    """What a day names: the record that says so, whom or what it is about, and as what."""

    sort: str
    record_id: UUID
    day: date
    about: UUID | None = None


async def find(connection: asyncpg.Connection, stretch: Stretch) -> Found:
    coming = await _coming(connection, stretch)
    drafts = []
    for one in coming:
        around = [one.record_id, *([one.about] if one.about else [])]
        related = [row[0] for row in await connection.fetch(RELATED, around)]
        # Of what nothing is known nothing can be prepared; its own list says it already.
        if related or one.about:
            drafts.append(_draft(one, [*around[1:], *related], stretch.day))
    return Found(drafts[:MOST], len(coming), is_whole=True)


def tell(insight: Insight) -> Told:
    facts, what = insight.facts, insight.cores[0].title
    told = {
        "birthday": _("%(what)s has a birthday on %(day)s"), "reminder": _("Due on %(day)s: %(what)s"),
        "note": _("On %(day)s: %(what)s"), "promise": _("Promised to %(what)s for %(day)s"),
    }[facts["sort"]]  # fmt: skip
    title = told % {"what": what, "day": day(date.fromisoformat(facts["day"]))}
    return Told(title, _("The people and notes that matter for it:"))


async def _coming(connection: asyncpg.Connection, stretch: Stretch) -> list[Coming]:
    first, last = stretch.day, stretch.day + timedelta(days=AHEAD - 1)
    found = [
        Coming("reminder", row[0], row[2], row[1]) for row in await connection.fetch(DUE, first, last, stretch.zone)
    ]
    found += [Coming("promise", row[0], row[1]) for row in await connection.fetch(PROMISED, first, last)]
    found += [Coming("note", row[0], row[1]) for row in await connection.fetch(DATED, first, last)]
    until = first + timedelta(days=AHEAD_OF_BIRTHDAYS - 1)
    for person, birthday in await read_birthdays(connection):
        if (day := birthday.next_from(first)) <= until:
            found.append(Coming("birthday", person["id"], day))
    return sorted(found, key=lambda one: (one.day, one.sort, one.record_id))


def _draft(one: Coming, related: Sequence[UUID], today: date) -> Draft:
    days = (one.day - today).days
    return Draft(
        f"{one.sort}:{one.record_id}:{one.day}", [one.record_id], 0.9, 0.9 - 0.08 * days, today, one.day,
        others=related, facts={"sort": one.sort, "day": one.day.isoformat()},
    )  # fmt: skip


BEFORE = InsightKind(
    "before", gettext_noop("Before your day"),
    Word(gettext_noop("For what the next days' dates name: the people and notes that matter.")), find, tell,
    follows_days=True,
)  # fmt: skip
