"""What a person's page reads: all about them in one round trip, and their timeline by pages."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import asyncpg

NEWEST = (datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))
"""The cursor before the first entry."""
PAGE_SIZE = 20

# Of whatever kind: a new one joins by its links alone. Said of other people, it is a relation and no event.
ENTRIES = """
select r.id, r.kind, r.title, r.preview, r.created_at as at, e.relations, e.evidence
  from (select l.source_id, array_agg(distinct l.relation) as relations, max(l.evidence) as evidence
          from entity_links l
         where l.target_id = $1 and l.rejected_at is null and l.valid_to is null and l.relation <> 'member'
           and l.origin <> 'inferred'
         group by l.source_id) e
  join records r on r.id = e.source_id
 where r.deleted_at is null and r.kind not in ('contact', 'topic', 'group') and (r.created_at, r.id) < ($2, $3)
 order by r.created_at desc, r.id desc limit 20"""

# Where each field came from: its newest change; whoever made the person made all that they began with. `merged` names
# those who became one with them by that very deed.
SHOW = """
select c.*, h.warmth, h.opened_at,
       c.is_self and exists (select from own_cards o where o.settled_at is null) as has_own_card,
       (select jsonb_agg(jsonb_build_array(l.relation, o.id, o.full_name, l.source_id <> c.id)
                         order by l.source_id <> c.id, l.relation, o.full_name)
          from (select * from entity_links f where f.source_id = c.id
                union all select * from entity_links t where t.target_id = c.id) l
          join contacts o on o.id = case when l.source_id = c.id then l.target_id else l.source_id end
         where l.origin = 'structural' and l.rejected_at is null and o.deleted_at is null and o.id <> c.id) as related,
       (select jsonb_agg(jsonb_build_array(l.target_name, l.target_id, r.kind, l.is_ambiguous))
          from entity_links l left join records r on r.id = l.target_id and r.deleted_at is null
         where l.source_id = c.id and l.origin = 'written' and l.rejected_at is null) as outgoing,
       (select jsonb_agg(t) from (
            select distinct t.label, t.slug, t.id from record_topics rt join topics w on w.id = rt.topic_id
              join topics t on t.id = coalesce(w.merged_into, w.id)
             where rt.record_id = c.id and t.deleted_at is null order by t.label) t) as topics,
       (select jsonb_agg(t) from (
            select t.label, t.id, count(distinct l.source_id) as times
              from entity_links l join record_topics rt on rt.record_id = l.source_id
              join topics w on w.id = rt.topic_id join topics t on t.id = coalesce(w.merged_into, w.id)
              join records r on r.id = l.source_id
             where l.target_id = c.id and l.rejected_at is null and t.deleted_at is null and r.deleted_at is null
               and l.origin <> 'inferred'
             group by t.label, t.id order by times desc, t.label limit 12) t) as shared,
       (select jsonb_agg(a order by a.created_at, a.id) from (
            select f.id, f.name, f.media_type, f.size, f.width, f.created_at, f.sha256 from attachments f
             where f.record_id = c.id and f.deleted_at is null) a) as files,
       (select jsonb_agg(jsonb_build_array(o.name, o.actor, o.at,
                   (select string_agg(p.full_name, ', ' order by p.full_name)
                      from change_log m join contacts p on p.id = m.record_id
                     where m.user_id = c.user_id and m.action_id = o.action_id and m.record_id <> c.id
                       and 'merged_into' = any(m.columns) and p.merged_into = c.id))) from (
            select distinct on (f.name) f.name, g.actor, g.at, g.action_id
              from change_log g
             cross join unnest(case g.op when 'create' then
                   '{full_name,emails,phones,handles,urls,addresses,dates,role,role_title,company,location,nickname,
                     pronouns,how_met,notes}'::text[] else g.columns end) f(name)
             where g.user_id = c.user_id and g.record_id = c.id
             order by f.name, g.seq desc) o) as origins
  from contacts c left join record_heat h on h.record_id = c.id
 where c.id = $1"""


async def read_dossier(connection: asyncpg.Connection, contact_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(SHOW, contact_id)


async def read_entries(
    connection: asyncpg.Connection, contact_id: UUID, before: tuple[datetime, UUID] = NEWEST
) -> list[asyncpg.Record]:
    """(id, kind, title, preview, at, relations, evidence), the newest first."""
    return await connection.fetch(ENTRIES, contact_id, *before)
