"""What a person says of an insight: a verdict, later, for good, or done."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import asyncpg

from app.core.errors import Invalid, NotFound
from app.sleep.service import switch_kind
from app.web.locale import gettext as _

VERDICTS = ("useful", "not_useful", "dismissed")

FIND = "select id, kind from insights where id = $1 for update"
JUDGE = "update insights set verdict = $2, judged_at = now(), snoozed_until = null where id = $1"
COUNT = """
insert into insight_verdicts (user_id, insight_id, kind, verdict) values (app_user_id(), $1, $2, $3)
on conflict (user_id, insight_id) do update set verdict = excluded.verdict, at = now()"""
TAKE_BACK = "update insights set verdict = null, judged_at = null, snoozed_until = null where id = $1"
UNCOUNT = "delete from insight_verdicts where insight_id = $1"
SNOOZE = "update insights set snoozed_until = $2 where id = $1"
PIN = "update insights set is_pinned = $2 where id = $1"
PAIR = """
select e.record_id from insight_evidence e join records r on r.id = e.record_id
 where e.insight_id = $1 and e.is_core and r.deleted_at is null order by e.place"""
# A person's own link, which History shows and an undo takes back.
LINK = """
insert into entity_links (user_id, source_id, target_id, relation, origin, created_by, accepted_at)
values (app_user_id(), $1, $2, 'related_to', 'manual', 'person', now())
on conflict (source_id, relation, target_id, origin) where origin <> 'written' do nothing"""


async def judge(connection: asyncpg.Connection, insight_id: UUID, verdict: str) -> None:
    """Said again, the last word counts. Raises Invalid for what is no verdict."""
    kind = await _kind_of(connection, insight_id)
    if verdict not in VERDICTS:
        raise Invalid(_("The form holds a choice that there is not; reload the page and choose again."))
    await connection.execute(JUDGE, insight_id, verdict)
    await connection.execute(COUNT, insight_id, kind, verdict)


async def take_back(connection: asyncpg.Connection, insight_id: UUID) -> None:
    await _kind_of(connection, insight_id)
    await connection.execute(TAKE_BACK, insight_id)
    await connection.execute(UNCOUNT, insight_id)


async def snooze(connection: asyncpg.Connection, insight_id: UUID, until: date) -> None:
    await _kind_of(connection, insight_id)
    await connection.execute(SNOOZE, insight_id, until)


async def pin(connection: asyncpg.Connection, insight_id: UUID, *, is_pinned: bool) -> None:
    await _kind_of(connection, insight_id)
    await connection.execute(PIN, insight_id, is_pinned)


async def never(connection: asyncpg.Connection, insight_id: UUID) -> None:
    """Its kind is not looked for any more, nor shown, until it is switched on again on the page of the nights."""
    await switch_kind(connection, await _kind_of(connection, insight_id), on=False)


async def link_two(connection: asyncpg.Connection, insight_id: UUID) -> None:
    """What a pair of twins asks for; raises NotFound where there are no two."""
    if await _kind_of(connection, insight_id) != "twins":
        raise NotFound
    pair = [row[0] for row in await connection.fetch(PAIR, insight_id)]
    if len(pair) != 2:
        raise NotFound
    await connection.execute(LINK, *pair)
    await judge(connection, insight_id, "useful")


async def _kind_of(connection: asyncpg.Connection, insight_id: UUID) -> str:
    row = await connection.fetchrow(FIND, insight_id)
    if row is None:
        raise NotFound
    return str(row["kind"])
