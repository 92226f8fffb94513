"""Forgotten but relevant: what has long gone cold, and is close in meaning to what is hot now."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import asyncpg

from app.core.sleeping import Meaning, Stretch
from app.core.words import Word, gettext_noop
from app.heat.warmth import HOT, WARM, least_warmth
from app.insights.kinds.nearness import find_near, share_above
from app.insights.noticing import Draft, Found, Insight, InsightKind, Told
from app.web.locale import gettext as _

HOTTEST, MOST = 5, 3
# Younger than this nobody has forgotten it.
OLD = timedelta(days=60)
NEAR = 0.25
KINDS = ["note", "interaction", "bookmark"]
VALID = timedelta(days=14)

HOT_NOW = """
select r.id from record_heat h join records r on r.id = h.record_id
 where h.user_id = app_user_id() and h.warmth > $1 and r.deleted_at is null and r.archived_at is null
   and r.kind = any($2)
   and not exists (select from notes n where n.id = r.id and (n.note_kind <> 'note' or n.template_for is not null))
 order by h.warmth desc limit 5"""


async def find(connection: asyncpg.Connection, stretch: Stretch) -> Found:
    meaning = await stretch.meaning(connection)
    if meaning is None:
        return Found((), 0, is_whole=True)
    hot = [row[0] for row in await connection.fetch(HOT_NOW, least_warmth(HOT, stretch.now), KINDS)]
    best: dict[UUID, tuple[float, UUID]] = {}
    for record_id in hot[:HOTTEST]:
        for cold, cosine in await _cold(connection, stretch, meaning, record_id):
            if cosine > best.get(cold, (0.0, cold))[0]:
                best[cold] = (cosine, record_id)
    chosen = sorted(best.items(), key=lambda one: (-one[1][0], one[0]))[:MOST]
    return Found([_draft(stretch, cold, hot, near) for cold, (near, hot) in chosen], len(hot), is_whole=True)


async def _cold(
    connection: asyncpg.Connection, stretch: Stretch, meaning: Meaning, record_id: UUID
) -> list[tuple[UUID, float]]:
    rows = await find_near(
        connection, record_id, meaning, share_above(meaning, NEAR), KINDS,
        at_most_warm=least_warmth(WARM, stretch.now), older_than=stretch.now - OLD,
    )  # fmt: skip
    return [(row["id"], row["cosine"]) for row in rows]


def tell(insight: Insight) -> Told:
    cold, hot = insight.cores
    said = _("You are at “%(hot)s” now; this is close to it in meaning, and has not been touched for long.")
    return Told(cold.title, said % {"hot": hot.title})


def _draft(stretch: Stretch, cold: UUID, hot: UUID, cosine: float) -> Draft:
    return Draft(
        f"{cold}:{hot}", [cold, hot], max(0.0, min(1.0, cosine)), 0.45 + 0.2 * max(0.0, cosine), stretch.day,
        stretch.day + VALID, facts={"cosine": round(cosine, 3)},
    )  # fmt: skip


FORGOTTEN = InsightKind(
    "forgotten", gettext_noop("Forgotten but relevant"),
    Word(gettext_noop("What has gone cold and is close in meaning to what you are at now.")),
    find, tell, follows_days=True,
)  # fmt: skip
