"""A record's links that no text writes: what the house found, what a person added, and what a person says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, Invalid, NotFound
from app.core.names import find_names
from app.core.text import fold
from app.core.words import gettext_noop
from app.graph.sightings import accept_sighting
from app.web.locale import gettext as _

LONGEST = 500


@dataclass(frozen=True, slots=True)
class Relation:
    label: str


RELATIONS = {
    "related_to": Relation(gettext_noop("Related to")), "part_of": Relation(gettext_noop("Part of")),
    "works_at": Relation(gettext_noop("Works at")), "lives_in": Relation(gettext_noop("Lives in")),
    "knows": Relation(gettext_noop("Knows")), "about": Relation(gettext_noop("Is about")),
    "speaks_of": Relation(gettext_noop("Speaks of")),
}  # fmt: skip
"""As a link is called where it starts."""
FROM_THERE = {
    "related_to": Relation(gettext_noop("Related to")), "part_of": Relation(gettext_noop("Has as a part")),
    "works_at": Relation(gettext_noop("Is where this works")),
    "lives_in": Relation(gettext_noop("Is where this lives")), "knows": Relation(gettext_noop("Is known by")),
    "about": Relation(gettext_noop("Is what this is about")), "speaks_of": Relation(gettext_noop("Spoken of in")),
}  # fmt: skip
"""As it is called where it leads."""

RECORD = "select id, kind, title, preview, deleted_at from records where id = $1"
# What waits for a word first, then what is surest and newest. A literal keeps the plan.
LINKS = """
select l.id, l.relation, l.origin, l.confidence, l.evidence, l.is_ambiguous, l.accepted_at is not null as is_accepted,
       l.created_by, l.basis, l.source_id = $1 as is_outgoing, r.id as other_id, r.kind, r.title, r.preview
  from (select * from entity_links where source_id = $1 union all select * from entity_links where target_id = $1) l
  join records r on r.id = case l.source_id when $1 then l.target_id else l.source_id end and r.deleted_at is null
 where l.origin in ('extracted', 'inferred', 'manual') and l.rejected_at is null and l.valid_to is null
 order by (l.is_ambiguous and l.accepted_at is null) desc, l.origin = 'inferred', l.source_id <> $1,
          l.confidence desc, r.updated_at desc, l.id limit 30"""
SIGHTED = """
select s.type, s.folded, s.name, s.evidence from sightings s
 where s.record_id = $1 and s.type in ('person', 'organisation', 'location', 'project')
   and not exists (select from entities e where e.user_id = s.user_id and e.normalised_name = s.folded
                      and e.entity_type = s.type)
 order by s.confidence desc, s.times desc, s.folded limit 8"""
MERGED = "select id, name from entities where merged_into = $1 order by name, id"

LINK = """
select l.*, s.title as source_title, t.title as target_title from entity_links l
  join records s on s.id = l.source_id join records t on t.id = l.target_id
 where l.id = $1 and l.origin in ('extracted', 'inferred', 'manual') and l.rejected_at is null and l.valid_to is null
   for update of l"""
ACCEPT = """
update entity_links set accepted_at = now(), confidence = 1, is_ambiguous = false, used_at = now()
 where id = $1 and accepted_at is null"""
# Of those whom a name could mean, one was chosen.
REJECT_OTHERS = """
update entity_links set rejected_at = now()
 where source_id = $1 and target_name = $2 and id <> $3 and origin = 'extracted' and is_ambiguous
   and rejected_at is null"""
REJECT = "update entity_links set rejected_at = now() where id = $1"
EDIT = """
update entity_links set relation = $2, evidence = $3, origin = 'manual', accepted_at = coalesce(accepted_at, now()),
       confidence = 1, is_ambiguous = false, created_by = 'person', used_at = now() where id = $1"""
ADD = """
insert into entity_links as l (user_id, source_id, target_id, relation, origin, evidence, created_by, accepted_at)
values ($1, $2, $3, $4, 'manual', $5, 'person', now())
on conflict (source_id, relation, target_id, origin) where origin <> 'written' do update
   set evidence = excluded.evidence, rejected_at = null, valid_to = null, used_at = now()"""
# What the text says is taken over by what a person says.
TAKE_OVER = """
update entity_links set valid_to = now()
 where source_id = $1 and target_id = $2 and origin = 'extracted' and valid_to is null and rejected_at is null"""


async def find_record(connection: asyncpg.Connection, record_id: UUID) -> asyncpg.Record:
    record = await connection.fetchrow(RECORD, record_id)
    if record is None:
        raise NotFound
    return record


async def read_links(connection: asyncpg.Connection, record_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(LINKS, record_id)


async def read_sighted(connection: asyncpg.Connection, record_id: UUID) -> Sequence[asyncpg.Record]:
    """(type, folded, name, evidence) of what its text names and nobody bears."""
    return await connection.fetch(SIGHTED, record_id)


async def read_merged(connection: asyncpg.Connection, record_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(MERGED, record_id)


async def find_link(connection: asyncpg.Connection, link_id: UUID) -> asyncpg.Record:
    """One that stands; raises NotFound."""
    link = await connection.fetchrow(LINK, link_id)
    if link is None:
        raise NotFound
    return link


async def accept_link(connection: asyncpg.Connection, link_id: UUID) -> asyncpg.Record:
    link = await find_link(connection, link_id)
    await connection.execute(ACCEPT, link_id)
    if link["is_ambiguous"]:
        await connection.execute(REJECT_OTHERS, link["source_id"], link["target_name"], link_id)
    return link


async def reject_link(connection: asyncpg.Connection, link_id: UUID) -> asyncpg.Record:
    """For ever: reading the text again, merging and parting bring it back no more. Only an undo does."""
    link = await find_link(connection, link_id)
    await connection.execute(REJECT, link_id)
    return link


async def edit_link(connection: asyncpg.Connection, link_id: UUID, relation: str, evidence: str) -> asyncpg.Record:
    link = await find_link(connection, link_id)
    _check(relation, evidence)
    try:
        await connection.execute(EDIT, link_id, relation, evidence.strip())
    except asyncpg.UniqueViolationError:
        raise Conflict(_("The two are linked like that already.")) from None
    return link


async def add_link(
    connection: asyncpg.Connection, user_id: UUID, record_id: UUID, to: str, relation: str, evidence: str
) -> None:
    """To whatever is called `to`; raises Invalid where that is nothing, several things, or the record itself."""
    await find_record(connection, record_id)
    _check(relation, evidence)
    name = fold(to.strip().lstrip("#@"))
    found = await find_names(connection, user_id, [name])
    meant = found.best(name, exactly=to.strip())
    if meant is None:
        raise Invalid(_("Nothing is called so. Choose a name that is there."))
    target_id, several = meant
    if several:
        raise Invalid(_("Several are called so. Write one of its other names, or rename one of them."))
    if target_id == record_id:
        raise Invalid(_("A record cannot be linked to itself."))
    await connection.execute(TAKE_OVER, record_id, target_id)
    await connection.execute(ADD, user_id, record_id, target_id, relation, evidence.strip())


async def keep_name(connection: asyncpg.Connection, user_id: UUID, record_id: UUID, kind: str, folded: str) -> UUID:
    """Make an entity of a name that this record's text says, without waiting for others to say it."""
    said = await read_sighted(connection, record_id)
    if not any((row["type"], row["folded"]) == (kind, folded) for row in said):
        raise NotFound
    entity_id = await accept_sighting(connection, user_id, kind, folded)
    if entity_id is None:
        raise NotFound
    return entity_id


def _check(relation: str, evidence: str) -> None:
    if relation not in RELATIONS:
        raise Invalid(_("Choose how the two belong together."))
    if len(evidence) > LONGEST or "\0" in evidence:
        raise Invalid(_("This holds at most %(most)s characters.") % {"most": LONGEST})
