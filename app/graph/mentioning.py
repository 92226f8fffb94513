"""The connect slot, mentions: whom and what a text speaks of becomes links, and names that nobody bears are sighted.

A link is known by its two ends. What the text says no longer is retired by its validity and comes back with it; what a
person rejected never does, whatever else happens to the text or to the names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import asyncpg

from app.core.record import RecordText
from app.core.text import sentence_around
from app.graph.extracting import extract
from app.graph.extracting.known import KnownName, KnownNames
from app.graph.extracting.mentions import Mention
from app.graph.extracting.reading import Reading
from app.graph.extracting.shapes import addresses_in
from app.graph.extracting.vocabulary import HONORIFICS
from app.graph.sightings import keep_sightings, make_entities
from app.graph.told import read_told

LONGEST_NAME = 500
SPEAKS_OF = "speaks_of"

# Three walks of an index instead of one filter over all names. Contact Zero is in every text and in none.
NAMES = """
with found as (
    select n.* from names n where n.user_id = $1 and n.first_word = any($2)
    union select n.* from names n where n.user_id = $1 and n.last_word = any($3) and n.origin = 'title'
    union select n.* from names n where n.user_id = $1 and n.folded = any($4))
select n.record_id, coalesce(e.entity_type, case r.kind when 'topic' then 'topic' else 'person' end) as type,
       n.name, n.folded, n.origin
  from found n join records r on r.id = n.record_id and r.kind in ('contact', 'topic', 'entity')
  left join entities e on e.id = r.id
 where r.deleted_at is null
   and not exists (select from contacts c where c.id = n.record_id and c.is_self)
 order by n.record_id, n.folded"""

# What stands already, said by a person: written into the text, made by hand, or rejected. A rejection is remembered
# by its end and, where the name meant one alone, by the name, so that it survives merging and parting.
DECIDED = """
select l.source_id, l.target_id, l.target_name, l.is_ambiguous, l.origin, l.rejected_at is not null as is_rejected
  from entity_links l
 where l.source_id = any($1) and l.target_id is not null
   and (l.rejected_at is not null and l.origin <> 'inferred' or l.origin = 'manual'
        or l.origin = 'written' and l.valid_to is null)"""

RETIRE = """
update entity_links l set valid_to = now()
 where l.source_id = any($1) and l.origin = 'extracted' and l.valid_to is null and l.rejected_at is null
   and not exists (select from unnest($2::uuid[], $3::uuid[]) k(source_id, target_id)
                    where k.source_id = l.source_id and k.target_id = l.target_id)"""

KEEP = """
insert into entity_links as l (user_id, source_id, target_id, relation, target_name, origin, confidence, strength,
                               evidence, anchor, written_as, is_ambiguous, created_by, used_at)
select $1, k.*, r.updated_at from (
    select source_id, target_id, 'speaks_of', name, 'extracted', confidence, strength, evidence, anchor, written_as,
           is_ambiguous, created_by
      from unnest($2::uuid[], $3::uuid[], $4::text[], $5::real[], $6::real[], $7::text[], $8::text[], $9::text[],
                  $10::boolean[], $11::text[])
        as u(source_id, target_id, name, confidence, strength, evidence, anchor, written_as, is_ambiguous,
             created_by)) k
  join records r on r.id = k.source_id
on conflict (source_id, relation, target_id, origin) where origin <> 'written' do update
   set target_name = excluded.target_name, evidence = excluded.evidence, anchor = excluded.anchor,
       written_as = excluded.written_as, strength = excluded.strength, valid_to = null,
       valid_from = case when l.valid_to is null then l.valid_from else now() end,
       confidence = case when l.accepted_at is null then excluded.confidence else 1 end,
       is_ambiguous = excluded.is_ambiguous and l.accepted_at is null,
       created_by = case when l.accepted_at is null then excluded.created_by else l.created_by end
 where l.rejected_at is null
   and ((l.target_name, l.evidence, l.anchor, l.written_as, l.strength) is distinct from
        (excluded.target_name, excluded.evidence, excluded.anchor, excluded.written_as, excluded.strength)
        or l.valid_to is not null
        or l.accepted_at is null and (l.confidence, l.is_ambiguous, l.created_by) is distinct from
                                     (excluded.confidence, excluded.is_ambiguous, excluded.created_by))"""


@dataclass(slots=True)
class Spoken:
    """One record as a text speaks of it, by its surest mention; `times` counts them all."""

    source_id: UUID
    target_id: UUID
    mention: Mention
    evidence: str
    times: int = 1


@dataclass
class Decided:
    """What a person said of a record's links, so that no rule says otherwise."""

    ends: set[tuple[UUID, UUID]]
    names: set[tuple[UUID, str]]

    def allows(self, source_id: UUID, target_id: UUID, mention: Mention) -> bool:
        by_name = not mention.is_ambiguous and (source_id, mention.folded) in self.names
        return target_id != source_id and (source_id, target_id) not in self.ends and not by_name


async def mention_names(connection: asyncpg.Connection, user_id: UUID, texts: Sequence[RecordText]) -> None:
    """Make the mentions of these records equal to their texts. Idempotent."""
    told = await read_told(connection, texts)
    readings = {text.id: Reading(text.body, told.get(text.id, ())) for text in texts}
    known = await _load_names(connection, user_id, readings.values())
    found = await asyncio.to_thread(_extract_all, readings, known)
    ids = list(readings)
    spoken = gather_spoken(readings, found, await _load_decided(connection, ids))
    await connection.execute(RETIRE, ids, [s.source_id for s in spoken], [s.target_id for s in spoken])
    await _keep(connection, user_id, spoken)
    sighted = await keep_sightings(connection, user_id, texts, found)
    await make_entities(connection, user_id, sighted)


async def _load_names(connection: asyncpg.Connection, user_id: UUID, readings: Iterable[Reading]) -> KnownNames:
    firsts: set[str] = set()
    lasts: set[str] = set()
    keys: set[str] = set()
    for reading in readings:
        words = reading.words
        firsts.update(reading.folded_words)
        if reading.language == "de":
            firsts.update(word.folded[:-1] for word in words if word.is_capital and word.folded.endswith("s"))
        lasts.update(after.folded for word, after in pairwise(words) if word.folded in HONORIFICS)
        keys.update(key for key, *_ in addresses_in(reading))
    # A name may begin with a piece of what the text has as one word, and with a sign before its first word.
    rows = await connection.fetch(NAMES, user_id, list(firsts), list(lasts), [*keys, *(f"@{key}" for key in keys)])
    return KnownNames([KnownName(*row) for row in rows])


def _extract_all(readings: Mapping[UUID, Reading], known: KnownNames) -> dict[UUID, Sequence[Mention]]:
    return {record_id: extract(reading, known) for record_id, reading in readings.items()}


async def _load_decided(connection: asyncpg.Connection, ids: Sequence[UUID]) -> Decided:
    rows = await connection.fetch(DECIDED, ids)
    ends = {(row["source_id"], row["target_id"]) for row in rows if row["origin"] != "extracted" or row["is_rejected"]}
    names = {
        (row["source_id"], row["target_name"])
        for row in rows
        if row["is_rejected"] and row["target_name"] and row["origin"] == "extracted" and not row["is_ambiguous"]
    }
    return Decided(ends, names)


def gather_spoken(
    readings: Mapping[UUID, Reading], found: Mapping[UUID, Sequence[Mention]], decided: Decided
) -> list[Spoken]:
    gathered: dict[tuple[UUID, UUID], Spoken] = {}
    for record_id, mentions in found.items():
        for mention in mentions:
            for target in mention.targets:
                if decided.allows(record_id, target, mention):
                    _gather(gathered, readings[record_id], Spoken(record_id, target, mention, ""))
    return list(gathered.values())


def _gather(gathered: dict[tuple[UUID, UUID], Spoken], reading: Reading, one: Spoken) -> None:
    known = gathered.get((one.source_id, one.target_id))
    if known is not None and known.mention.confidence >= one.mention.confidence:
        known.times += 1
        return
    one.times = known.times + 1 if known is not None else 1
    one.evidence = sentence_around(reading.text, one.mention.start, one.mention.end)
    gathered[one.source_id, one.target_id] = one


async def _keep(connection: asyncpg.Connection, user_id: UUID, spoken: Sequence[Spoken]) -> None:
    rows = [
        (s.source_id, s.target_id, s.mention.folded[:LONGEST_NAME], s.mention.confidence, float(s.times), s.evidence,
         f"{s.mention.start}-{s.mention.end}", s.mention.name[:LONGEST_NAME], s.mention.is_ambiguous, s.mention.by)
        for s in sorted(spoken, key=lambda s: (s.source_id, s.target_id))
    ]  # fmt: skip
    if rows:
        await connection.execute(KEEP, user_id, *[list(column) for column in zip(*rows, strict=True)])
