"""A model's sentences beside an insight: kept with what they were told from, shown while all of that is still so.

What must hold is looked at whenever they are shown: each record that the model was given is there, its words are the
same letter for letter, and none of them became critical where the model was somebody else's; the insight's own facts
are the same; it is the reader's language; no day that it may have spoken of is over. Else the house's own words stand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.insights.citing import Sentence
from app.insights.noticing import Insight
from app.privacy.judging import read_judged
from app.privacy.sending import Asked
from app.web.locale import current_locale

READ = """
select t.insight_id, t.sentences, t.basis, t.locale, t.model, t.is_local, t.until,
       array_agg(s.record_id order by s.record_id) as records, array_agg(s.digest order by s.record_id) as digests
  from insight_tellings t join telling_sources s on s.user_id = t.user_id and s.insight_id = t.insight_id
 where t.insight_id = any($1) group by t.insight_id"""
# Of one that is told anew nothing stays. What went while the model was speaking is told of no more.
DROP = "delete from insight_tellings where insight_id = $1"
KEEP = """
insert into insight_tellings (insight_id, user_id, sentences, basis, locale, model, is_local, until)
select i.id, i.user_id, $2, $3, $4, $5, $6, $7 from insights i
 where i.id = $1 and not exists (select from unnest($8::uuid[]) g where not exists (
       select from records r where r.id = g and r.deleted_at is null))
returning insight_id"""
FROM = """
insert into telling_sources (user_id, insight_id, record_id, digest)
select app_user_id(), $1, g.id, g.digest from unnest($2::uuid[], $3::bytea[]) g(id, digest)"""
# Where what they were told from is no more, words have no reason to lie here.
FORGET = """
delete from insight_tellings t where t.user_id = app_user_id() and (t.until < $1 or exists (
       select from telling_sources s left join records r on r.id = s.record_id
        where s.insight_id = t.insight_id and (r.id is null or r.deleted_at is not null)))"""


@dataclass(frozen=True, slots=True)
class Telling:
    """Without sentences: nothing of the answer could be used, and it is not asked for again while nothing changes."""

    sentences: tuple[Sentence, ...]
    model: str


async def read_tellings(
    connection: asyncpg.Connection, kinds: Mapping[str, Kind], insights: Sequence[Insight], today: date
) -> dict[UUID, Telling]:
    """Of those that still hold."""
    rows = await connection.fetch(READ, [one.id for one in insights])
    if not rows:
        return {}
    judged = await read_judged(connection, kinds, list({record for row in rows for record in row["records"]}))
    digests = {record: text.digest for record, (text, _found) in judged.items()}
    critical = {record for record, (_text, found) in judged.items() if found.level == "critical"}
    by_id = {one.id: one for one in insights}
    return {
        row["insight_id"]: _read(row) for row in rows
        if row["until"] >= today and row["locale"] == current_locale()
        and row["basis"] == basis_of(by_id[row["insight_id"]])
        and all(digests.get(record) == digest for record, digest in zip(row["records"], row["digests"], strict=True))
        and (row["is_local"] or not critical & set(row["records"]))
    }  # fmt: skip


async def keep_telling(
    connection: asyncpg.Connection, insight: Insight, asked: Asked, sentences: Sequence[Sentence], until: date
) -> bool:
    """False where there is nothing any more that it could be told of."""
    await connection.execute(DROP, insight.id)
    records = [one.record_id for one in asked.given.values()]
    said = json.dumps([{"text": one.text, "cites": [str(record) for record in one.cites]} for one in sentences])
    kept = await connection.fetchval(
        KEEP, insight.id, said, basis_of(insight), current_locale(), asked.model, asked.is_local, until, records
    )
    if kept is None:
        return False
    await connection.execute(FROM, insight.id, records, [one.digest for one in asked.given.values()])
    return True


async def forget_stale(connection: asyncpg.Connection, today: date) -> None:
    await connection.execute(FORGET, today)


def basis_of(insight: Insight) -> bytes:
    """What the house itself says of it follows from these."""
    evidence = [[str(one.record_id), one.is_core] for one in insight.evidence]
    said = [insight.kind, dict(insight.facts), dict(insight.recalled), evidence]
    return hashlib.blake2b(json.dumps(said, sort_keys=True, default=str).encode(), digest_size=16).digest()


def _read(row: asyncpg.Record) -> Telling:
    sentences = (Sentence(one["text"], tuple(map(UUID, one["cites"]))) for one in json.loads(row["sentences"]))
    return Telling(tuple(sentences), row["model"])
