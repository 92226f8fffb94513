"""Unlinked twins: two records that say nearly the same, and know nothing of each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from app.core.sleeping import Stretch
from app.core.words import Word, gettext_noop
from app.insights.kinds.nearness import find_near, share_above
from app.insights.noticing import Deed, Draft, Found, Insight, InsightKind, Told
from app.web.locale import gettext as _

# The nearest of one record are looked for among all: so many records are asked for in a night, the newest first, that
# a night's work grows with the house and not with its square. Whoever is left out is asked for when it changes.
BATCH, MOST = 10, 400
ALIKE, SAME = 0.65, 0.93
KINDS = ["note", "bookmark", "capture"]

CHANGED = """
select c.seq, c.record_id from change_log c
 where c.user_id = app_user_id() and c.seq > $1 and c.seq < $2 and c.kind = any($3) and c.op <> 'delete'
 order by c.seq desc limit 10"""
LIVING = """
select r.id from records r where r.id = any($1) and r.deleted_at is null and r.archived_at is null
   and not exists (select from notes n where n.id = r.id and (n.note_kind <> 'note' or n.template_for is not null))"""

# Not what the house inferred by itself: whatever means the same it has noticed, too.
LINKED = """
select t.id from unnest($1::uuid[], $2::uuid[], $3::uuid[]) t(id, one, other)
 where exists (select from entity_links l where l.source_id = t.one and l.target_id = t.other
                  and (l.origin <> 'inferred' or l.accepted_at is not null or l.rejected_at is not null))
    or exists (select from entity_links l where l.source_id = t.other and l.target_id = t.one
                  and (l.origin <> 'inferred' or l.accepted_at is not null or l.rejected_at is not null))"""


async def find(connection: asyncpg.Connection, stretch: Stretch) -> Found:
    meaning = await stretch.meaning(connection)
    before, done = stretch.cursor.get("before", stretch.upto + 1), stretch.cursor.get("done", 0)
    rows = await connection.fetch(CHANGED, stretch.since, before, KINDS)
    if meaning is None or not rows:
        return Found((), 0)
    drafts: dict[str, Draft] = {}
    records = list(dict.fromkeys(row["record_id"] for row in rows))
    for record_id in [row[0] for row in await connection.fetch(LIVING, records)]:
        for near in await find_near(connection, record_id, meaning, share_above(meaning, ALIKE), KINDS):
            draft = _draft(stretch, record_id, near["id"], near["cosine"])
            drafts[draft.key] = draft
    done += len(records)
    is_last = len(rows) < BATCH or done >= MOST
    return Found(list(drafts.values()), len(records), None if is_last else {"before": rows[-1]["seq"], "done": done})


async def recall(connection: asyncpg.Connection, insights: Sequence[Insight]) -> Mapping[UUID, Mapping[str, Any]]:
    """Two that were linked meanwhile, or whose link was rejected, are no twins."""
    pairs = [(one.id, one.cores[0].record_id, one.cores[1].record_id) for one in insights]
    linked = {row[0] for row in await connection.fetch(LINKED, *(list(column) for column in zip(*pairs, strict=True)))}
    return {one.id: {} for one in insights if one.id not in linked}


def tell(insight: Insight) -> Told:
    one, other = insight.cores
    said = _("Nearly the same, and neither knows of the other.")
    if float(insight.facts["cosine"]) < SAME:
        said = _("They speak of the same, and are not linked.")
    title = _("“%(one)s” and “%(other)s”") % {"one": one.title, "other": other.title}
    return Told(title, said, deed=Deed(_("Link the two"), f"/insights/{insight.id}/link", posts=True))


def _draft(stretch: Stretch, one: UUID, other: UUID, cosine: float) -> Draft:
    pair = sorted((one, other))
    return Draft(
        f"{pair[0]}:{pair[1]}", pair, max(0.0, min(1.0, cosine)), 0.2 + 0.4 * max(0.0, min(1.0, cosine)), stretch.day,
        facts={"cosine": round(cosine, 3)},
    )  # fmt: skip


TWINS = InsightKind(
    "twins", gettext_noop("Unlinked twins"),
    Word(gettext_noop("Two records that say nearly the same and are not linked.")), find, tell, recall=recall,
)  # fmt: skip
