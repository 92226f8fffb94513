"""Reconnect: a person of whom one has heard nothing for longer than is usual with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from app.core.sleeping import Stretch
from app.core.words import Word, gettext_noop
from app.frame.queries import losing_touch
from app.insights.noticing import Deed, Draft, Found, Insight, InsightKind, Told
from app.web.locale import current_zone, ngettext, number, today
from app.web.locale import gettext as _

MOST = 5
# So much over one's patience is sure: half as long again.
SURE = 1.5


async def find(connection: asyncpg.Connection, stretch: Stretch) -> Found:
    rows = await losing_touch(connection, stretch.zone, stretch.day)
    drafts = [_draft(row, stretch) for row in rows[:MOST]]
    return Found(drafts, len(rows), is_whole=True)


async def recall(connection: asyncpg.Connection, insights: Sequence[Insight]) -> Mapping[UUID, Mapping[str, Any]]:
    """Whoever was called back meanwhile is not lost."""
    cooling = {row["id"]: row["days"] for row in await losing_touch(connection, current_zone(), today())}
    return {one.id: {"days": cooling[one.cores[0].record_id]} for one in insights if one.cores[0].record_id in cooling}


def tell(insight: Insight) -> Told:
    who, days = insight.cores[0], int(insight.recalled.get("days", insight.facts["days"]))
    usual = max(1, int(insight.facts["usual"]))
    body = ngettext("%(num)s day without a word", "%(num)s days without a word", days) % {"num": number(days)}
    rhythm = ngettext("usual is every day", "usual is every %(num)s days", usual) % {"num": number(usual)}
    deed = Deed(_("Log it"), f"/interactions/new?person={who.record_id}")
    return Told(_("A word with %(who)s?") % {"who": who.title}, f"{body}, {rhythm}.", deed=deed)


def _draft(row: asyncpg.Record, stretch: Stretch) -> Draft:
    over = row["days"] / max(row["patience"], 1)
    since = row["last_contact_at"].date().isoformat() if row["last_contact_at"] else "never"
    usual = round(row["wished"] or row["patience"] / 1.5)
    return Draft(
        f"{row['id']}:{since}", [row["id"]], min(1.0, 0.5 * over / SURE + 0.25), min(0.9, 0.4 + 0.1 * over),
        stretch.day, facts={"days": row["days"], "usual": usual},
    )  # fmt: skip


RECONNECT = InsightKind(
    "reconnect", gettext_noop("Reconnect"),
    Word(gettext_noop("Who has not been heard of for longer than your rhythm with them.")),
    find, tell, follows_days=True,
    recall=recall,
)  # fmt: skip
