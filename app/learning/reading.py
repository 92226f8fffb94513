"""What there is to say of what was learned: what a person said first, else what was counted and still has evidence.

Names and titles are those that records and folders bear now; what is about a record in the trash is not told, nor what
rests on records of which none is alive any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.learning.counting import LEARNT
from app.web.locale import gettext as _

# A literal keeps the plan.
COLUMNS = """
select l.id, l.category, l.key, l.about_id, r.title as about, r.kind as about_kind, l.hits, l.seen, l.confidence,
       l.value, l.folder_id, f.name as folder, l.said, l.said_folder_id, s.name as said_folder,
       l.learned_at, l.confirmed_at, l.forgotten_at
  from learned l
  left join records r on r.id = l.about_id
  left join folders f on f.id = l.folder_id and f.deleted_at is null
  left join folders s on s.id = l.said_folder_id and s.deleted_at is null
 where (l.about_id is null or r.deleted_at is null) and """
ALL = COLUMNS + "true order by r.title, l.key, l.id limit 1000"
ONE = COLUMNS + "l.id = $1"
EVIDENCE = """
select e.learned_id, e.record_id, r.kind, r.title, r.preview, r.created_at
  from learned_evidence e join records r on r.id = e.record_id
 where e.learned_id = any($1) and r.deleted_at is null order by e.learned_id, e.place"""
# Of the topics that an item stands under, or that its words name.
OF_ITEM = """l.category = 'folder' and l.forgotten_at is null and l.about_id in (
       select coalesce(p.merged_into, p.id) from record_topics t join topics p on p.id = t.topic_id
        where t.record_id = $1
       union all
       select t.id from names n join topics t on t.id = n.record_id
        where t.deleted_at is null and t.merged_into is null and length(n.folded) > 2
          and position(' ' || n.folded || ' ' in $2) > 0)
 order by l.confidence desc, l.id limit 2"""
USUAL_FOLDERS = COLUMNS + OF_ITEM
BY_NAME = """l.category = 'name' and l.forgotten_at is null
   and position(' ' || fold_text(coalesce(nullif(l.said, ''), l.value)) || ' ' in $1) > 0
   and coalesce(nullif(l.said, ''), l.value) <> '' order by l.confidence desc, l.id limit 3"""
CALLED = COLUMNS + BY_NAME


@dataclass(frozen=True, slots=True)
class Proof:
    """A record that it was counted in, as it is now."""

    href: str
    title: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Learned:
    """`value` is what holds (of a folder its name), `counted` what was counted where a person said otherwise.

    `state` is counted, confirmed, corrected or forgotten."""

    id: UUID
    category: str
    key: str
    about_id: UUID | None
    about: str
    about_href: str
    value: str
    folder_id: UUID | None
    counted: str
    hits: int
    seen: int
    confidence: float
    state: str
    learned_at: datetime
    evidence: tuple[Proof, ...] = ()


async def read_learned(connection: asyncpg.Connection, kinds: Mapping[str, Kind]) -> list[Learned]:
    """In the order of their categories; those that were forgotten too."""
    order = list(LEARNT)
    found = await _tell(connection, kinds, await connection.fetch(ALL))
    return sorted(found, key=lambda one: order.index(one.category))


async def find_learned(connection: asyncpg.Connection, kinds: Mapping[str, Kind], learned_id: UUID) -> Learned | None:
    found = await _tell(connection, kinds, await connection.fetch(ONE, learned_id))
    return found[0] if found else None


async def usual_folders(
    connection: asyncpg.Connection, kinds: Mapping[str, Kind], item_id: UUID, said: str
) -> list[Learned]:
    """Of an item and its words, folded and set apart by blanks."""
    return await _tell(connection, kinds, await connection.fetch(USUAL_FOLDERS, item_id, said))


async def people_called(connection: asyncpg.Connection, kinds: Mapping[str, Kind], said: str) -> list[Learned]:
    """Whom words mean that call somebody as they are usually called."""
    return await _tell(connection, kinds, await connection.fetch(CALLED, said))


async def _tell(
    connection: asyncpg.Connection, kinds: Mapping[str, Kind], rows: Sequence[asyncpg.Record]
) -> list[Learned]:
    evidence: dict[UUID, list[Proof]] = {row["id"]: [] for row in rows if row["category"] in LEARNT}
    for row in await connection.fetch(EVIDENCE, list(evidence)):
        if row["kind"] in kinds:
            title = row["title"] or row["preview"][:80] or _("Untitled")
            proof = Proof(kinds[row["kind"]].url(row["record_id"]), title, row["created_at"])
            evidence[row["learned_id"]].append(proof)
    told = [_learned(row, kinds, evidence[row["id"]]) for row in rows if row["id"] in evidence]
    return [one for one in told if one.state == "forgotten" or (one.value and (one.state != "counted" or one.evidence))]


def _learned(row: asyncpg.Record, kinds: Mapping[str, Kind], evidence: Sequence[Proof]) -> Learned:
    said, counted = row["said_folder"] or row["said"], row["folder"] or row["value"]
    state = "counted"
    if row["forgotten_at"]:
        state = "forgotten"
    elif said:
        state = "confirmed" if row["confirmed_at"] else "corrected"
    kind = kinds.get(row["about_kind"] or "")
    return Learned(
        row["id"], row["category"], row["key"], row["about_id"], row["about"] or "",
        kind.url(row["about_id"]) if kind else "", said or counted, row["said_folder_id"] if said else row["folder_id"],
        counted, row["hits"], row["seen"], row["confidence"], state, row["learned_at"], tuple(evidence),
    )  # fmt: skip
