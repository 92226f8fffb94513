"""The connect slot, written links: what a record's text names becomes links, bound now or when the name appears."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.names import FoundNames, find_names
from app.core.record import RecordText
from app.core.references import last_part
from app.core.text import fold, sentence_around

LONGEST_NAME = 500

RETIRE = """
delete from entity_links l using unnest($1::uuid[]) source(id)
 where l.source_id = source.id and l.origin = 'written' and l.rejected_at is null
   and not exists (select from unnest($2::uuid[], $3::text[], $4::text[]) k(source_id, relation, name)
                    where k.source_id = l.source_id and k.relation = l.relation and k.name = l.target_name)"""

KEEP = """
insert into entity_links as l (user_id, source_id, relation, target_name, target_id, origin, evidence, anchor,
                               written_as, is_ambiguous, strength, used_at)
select $1, source_id, relation, name, target_id, 'written', evidence, anchor, written_as, is_ambiguous, strength,
       r.updated_at
  from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::boolean[],
              $10::real[])
    as k(source_id, relation, name, target_id, evidence, anchor, written_as, is_ambiguous, strength)
  join records r on r.id = k.source_id
on conflict (source_id, relation, target_name) where origin = 'written' do update
   set target_id = excluded.target_id, evidence = excluded.evidence, anchor = excluded.anchor,
       written_as = excluded.written_as, is_ambiguous = excluded.is_ambiguous, strength = excluded.strength
 where (l.target_id, l.evidence, l.anchor, l.written_as, l.is_ambiguous, l.strength) is distinct from
       (excluded.target_id, excluded.evidence, excluded.anchor, excluded.written_as, excluded.is_ambiguous,
        excluded.strength)"""

# A link that waits for a name is bound by whichever record brings the name.
WAITING = """
select distinct l.target_name from entity_links l join names n
    on n.user_id = l.user_id and n.folded = l.target_name
 where l.user_id = $1 and l.target_id is null and l.origin = 'written' and n.record_id = any($2)"""

BIND = """
update entity_links l set target_id = found.target_id, is_ambiguous = found.is_ambiguous
  from unnest($2::text[], $3::text[], $4::uuid[], $5::boolean[]) found(relation, name, target_id, is_ambiguous)
 where l.user_id = $1 and l.target_id is null and l.origin = 'written' and l.relation = found.relation
   and l.target_name = found.name and l.source_id <> found.target_id"""

LINKS = "links_to"
EMBEDS = "embeds"
MENTIONS = "mentions"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A name where a text uses it; `names` are its possible readings, folded, the most literal first."""

    source_id: UUID
    relation: str
    names: tuple[str, ...]
    written_as: str
    anchor: str | None
    evidence: str


@dataclass(slots=True)
class Written:
    """One name as one record's text uses it; `times` counts its occurrences."""

    occurrence: Occurrence
    name: str
    target_id: UUID | None
    is_ambiguous: bool
    times: int = 1


async def connect_links(connection: asyncpg.Connection, user_id: UUID, texts: Sequence[RecordText]) -> None:
    """Make the written links of these records equal to their texts. Idempotent; rejected links stay rejected."""
    occurrences = [occurrence for text in texts for occurrence in _names_in(text)]
    found = await find_names(connection, user_id, {name for o in occurrences for name in o.names})
    written = gather_written(occurrences, found)
    await connection.execute(
        RETIRE, [text.id for text in texts], [w.occurrence.source_id for w in written],
        [w.occurrence.relation for w in written], [w.name for w in written],
    )  # fmt: skip
    await _keep(connection, user_id, written)
    await bind_waiting(connection, user_id, [text.id for text in texts])


def gather_written(occurrences: Iterable[Occurrence], found: FoundNames) -> list[Written]:
    """Each name once per record and relation, with the sentence of its first occurrence."""
    gathered: dict[tuple[UUID, str, str], Written] = {}
    for occurrence in occurrences:
        name, match = _read_name(occurrence, found)
        target_id, ambiguous = match or (None, False)
        key = (occurrence.source_id, occurrence.relation, name)
        if key in gathered:
            gathered[key].times += 1
        elif target_id != occurrence.source_id:
            # A note that names itself is no link, and must not wait for a namesake either.
            gathered[key] = Written(occurrence, name, target_id, ambiguous)
    return list(gathered.values())


def _read_name(occurrence: Occurrence, found: FoundNames) -> tuple[str, tuple[UUID, bool] | None]:
    """The first reading that somebody bears; when nobody does, the one that a note of that name would bear."""
    for name in occurrence.names:
        match = found.best(name, people_first=occurrence.relation == MENTIONS, exactly=occurrence.written_as)
        if match:
            return name, match
    return occurrence.names[-1], None


def _names_in(text: RecordText) -> Iterable[Occurrence]:
    for link in text.references.links:
        names = _folded(*link.names, last_part(link.name))
        if names:
            relation = EMBEDS if link.embed else LINKS
            yield Occurrence(text.id, relation, names, link.name, link.anchor or None, link.sentence)
    for person in text.references.people:
        names = _folded(person.name)
        if names:
            sentence = sentence_around(text.body, person.start, person.end)
            yield Occurrence(text.id, MENTIONS, names, person.name, None, sentence)


def _folded(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(folded for name in names if (folded := fold(name)[:LONGEST_NAME])))


async def _keep(connection: asyncpg.Connection, user_id: UUID, written: Sequence[Written]) -> None:
    rows = [
        (w.occurrence.source_id, w.occurrence.relation, w.name, w.target_id, w.occurrence.evidence,
         w.occurrence.anchor, w.occurrence.written_as[:LONGEST_NAME], w.is_ambiguous, float(w.times))
        for w in written
    ]  # fmt: skip
    if rows:
        await connection.execute(KEEP, user_id, *[list(column) for column in zip(*rows, strict=True)])


async def bind_waiting(connection: asyncpg.Connection, user_id: UUID, record_ids: Sequence[UUID]) -> None:
    """Bind the links that were waiting for a name which these records now carry."""
    names = [row[0] for row in await connection.fetch(WAITING, user_id, record_ids)]
    if not names:
        return
    found = await find_names(connection, user_id, names)
    bound = [
        (relation, name, *match)
        for name in names
        for relation in (LINKS, EMBEDS, MENTIONS)
        if (match := found.best(name, people_first=relation == MENTIONS))
    ]
    if bound:
        await connection.execute(BIND, user_id, *[list(column) for column in zip(*bound, strict=True)])
