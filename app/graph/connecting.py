"""The connect slot, written links: what a record's text names becomes links, bound now or when the name appears."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.names import find_names
from app.core.record import RecordText
from app.core.text import fold

LONGEST_NAME = 500

RETIRE = """
delete from entity_links l using unnest($1::uuid[]) source(id)
 where l.source_id = source.id and l.origin = 'written' and l.rejected_at is null
   and not exists (select from unnest($2::uuid[], $3::text[], $4::text[]) k(source_id, relation, name)
                    where k.source_id = l.source_id and k.relation = l.relation and k.name = l.target_name)"""

KEEP = """
insert into entity_links as l (user_id, source_id, relation, target_name, target_id, origin, evidence, anchor,
                               written_as, is_ambiguous, strength)
select $1, source_id, relation, name, target_id, 'written', evidence, anchor, written_as, is_ambiguous, strength
  from unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::boolean[],
              $10::real[])
    as k(source_id, relation, name, target_id, evidence, anchor, written_as, is_ambiguous, strength)
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


@dataclass(slots=True)
class Written:
    """One name as one record's text uses it; `times` counts its occurrences."""

    source_id: UUID
    relation: str
    name: str
    written_as: str
    anchor: str | None
    evidence: str
    times: int = 1


async def connect_links(connection: asyncpg.Connection, user_id: UUID, texts: Sequence[RecordText]) -> None:
    """Make the written links of these records equal to their texts. Idempotent; rejected links stay rejected."""
    written = [link for text in texts for link in collect_written(text)]
    targets = await _resolve(connection, user_id, written)
    await connection.execute(
        RETIRE, [text.id for text in texts], [w.source_id for w in written],
        [w.relation for w in written], [w.name for w in written],
    )  # fmt: skip
    await _keep(connection, user_id, written, targets)
    await bind_waiting(connection, user_id, [text.id for text in texts])


def collect_written(text: RecordText) -> list[Written]:
    """Each name once per relation, with the sentence of its first occurrence."""
    found: dict[tuple[str, str], Written] = {}
    for relation, name, anchor, sentence in _names_in(text):
        folded = fold(name)[:LONGEST_NAME]
        if not folded:
            continue
        if (relation, folded) in found:
            found[relation, folded].times += 1
        else:
            found[relation, folded] = Written(text.id, relation, folded, name, anchor, sentence)
    return list(found.values())


def _names_in(text: RecordText) -> Iterable[tuple[str, str, str | None, str]]:
    for link in text.references.links:
        yield EMBEDS if link.embed else LINKS, link.name, link.anchor or None, link.sentence
    for person in text.references.people:
        yield MENTIONS, person.name, None, person.sentence


async def _resolve(
    connection: asyncpg.Connection, user_id: UUID, written: Sequence[Written]
) -> dict[tuple[str, str], tuple[UUID, bool]]:
    """(relation, name) → (target, whether several records share the name)."""
    names = {w.name for w in written} | {_last_part(w.name) for w in written}
    found = await find_names(connection, user_id, names)
    targets: dict[tuple[str, str], tuple[UUID, bool]] = {}
    for link in written:
        match = found.best(link.name, people_first=link.relation == MENTIONS, exactly=link.written_as) or (
            found.best(_last_part(link.name)) if "/" in link.name else None
        )
        if match:
            targets[link.relation, link.name] = match
    return targets


def _last_part(name: str) -> str:
    """`Projects/House` also finds a note that is called House: folders are no part of a title."""
    return name.rpartition("/")[2].strip() or name


async def _keep(
    connection: asyncpg.Connection,
    user_id: UUID,
    written: Sequence[Written],
    targets: dict[tuple[str, str], tuple[UUID, bool]],
) -> None:
    rows = []
    for link in written:
        target, ambiguous = targets.get((link.relation, link.name), (None, False))
        if target == link.source_id:
            # A note that names itself is no link, and must not wait for a namesake either.
            continue
        rows.append((link.source_id, link.relation, link.name, target, link.evidence, link.anchor,
                     link.written_as[:LONGEST_NAME], ambiguous, float(link.times)))  # fmt: skip
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
    await connection.execute(BIND, user_id, *[list(column) for column in zip(*bound, strict=True)])
