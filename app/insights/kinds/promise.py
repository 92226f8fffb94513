"""Promise: a sentence like "I'll send you the book by Friday", and nothing after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.core.sleeping import Stretch
from app.core.words import Word, gettext_noop
from app.insights.kinds.promising import find_promises
from app.insights.noticing import Deed, Draft, Found, Insight, InsightKind, Told
from app.web.locale import current_zone, day
from app.web.locale import gettext as _

BATCH = 100
# Without a day it is asked for after three; what is older than two months is not dug out.
PATIENCE, OLDEST = timedelta(days=3), timedelta(days=60)
KINDS = ["note", "interaction", "capture"]

CHANGED = """
select c.seq, c.record_id from change_log c
 where c.user_id = app_user_id() and c.seq > $1 and c.seq <= $2 and c.kind = any($3) and c.op <> 'delete'
 order by c.seq limit 100"""
TEXTS = """
select id, words_in(content, content_format) as text, created_at from notes
 where id = any($1) and deleted_at is null and note_kind <> 'system' and template_for is null
union all select id, summary, occurred_at from interactions where id = any($1) and deleted_at is null
union all select id, content, created_at from captures where id = any($1) and deleted_at is null"""
# A follow-up is a reminder of it; and of anybody it names: a reminder since, a word since, or a promise on their page.
FOLLOWED = """
select t.id from unnest($1::uuid[], $2::timestamptz[]) t(id, at)
 where exists (select from reminders m where m.record_id = t.id and m.deleted_at is null)
    or exists (select from entity_links l join contacts c on c.id = l.target_id and not c.is_self
                where l.source_id = t.id and l.rejected_at is null and l.valid_to is null
                  and l.origin <> 'inferred'
                  and (exists (select from reminders m where m.record_id = c.id and m.created_at > t.at
                                  and m.deleted_at is null)
                       or exists (select from participants p where p.contact_id = c.id and p.interaction_id <> t.id
                                     and p.occurred_at > t.at + interval '1 hour')
                       or exists (select from jsonb_array_elements(c.promises) e where e ->> 'by' = 'me')))"""


async def find(connection: asyncpg.Connection, stretch: Stretch) -> Found:
    after = stretch.cursor.get("after", stretch.since)
    rows = await connection.fetch(CHANGED, after, stretch.upto, KINDS)
    texts = await _open_texts(connection, [row["record_id"] for row in rows])
    zone, drafts = ZoneInfo(stretch.zone), []
    for record_id, text, at in texts:
        said = at.astimezone(zone)
        if said.date() < stretch.day - OLDEST:
            continue
        for promise in find_promises(text, said):
            begins = promise.due or said.date() + PATIENCE
            sure, weight = (0.9, 0.85) if promise.due else (0.5, 0.6)
            facts = {"sentence": promise.digest, "due": promise.due.isoformat() if promise.due else None}
            drafts.append(Draft(
                f"{record_id}:{promise.digest}", [record_id], sure, weight, begins, begins + OLDEST, facts=facts
            ))  # fmt: skip
    is_last = len(rows) < BATCH
    return Found(drafts, len(rows), None if is_last else {"after": rows[-1]["seq"]})


async def recall(connection: asyncpg.Connection, insights: Sequence[Insight]) -> Mapping[UUID, Mapping[str, Any]]:
    """The sentence as the record says it now; none where it is gone from there, or something followed."""
    texts = {row[0]: row for row in await _open_texts(connection, [one.cores[0].record_id for one in insights])}
    found, zone = {}, ZoneInfo(current_zone())
    for one in insights:
        if row := texts.get(one.cores[0].record_id):
            said = {promise.digest: promise for promise in find_promises(row[1], row[2].astimezone(zone))}
            if promise := said.get(one.facts["sentence"]):
                found[one.id] = {"sentence": promise.sentence}
    return found


def tell(insight: Insight) -> Told:
    record, due = insight.cores[0], insight.facts["due"]
    title = _("A promise for %(day)s") % {"day": day(date.fromisoformat(due))} if due else _("A promise")
    body = _("Nothing is to be found that came of it.")
    deed = Deed(_("Remind me"), f"/records/{record.record_id}/reminders")
    return Told(title, body, str(insight.recalled.get("sentence", "")), deed)


async def _open_texts(connection: asyncpg.Connection, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """(id, text, at) of those that nothing followed."""
    rows = await connection.fetch(TEXTS, list(dict.fromkeys(ids)))
    followed = await connection.fetch(FOLLOWED, [row[0] for row in rows], [row[2] for row in rows])
    done = {row[0] for row in followed}
    return [row for row in rows if row[0] not in done]


PROMISE = InsightKind(
    "promise", gettext_noop("Promises"),
    Word(gettext_noop("Sentences in which you promise something, where nothing followed.")), find, tell, recall=recall,
)  # fmt: skip
