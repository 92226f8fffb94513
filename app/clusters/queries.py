"""What is known of clusters, as one user."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

KINDS = ["note", "bookmark", "capture"]

# What is alive and stands in a cluster. A literal keeps the plan.
LIVING = """
  from cluster_members m join records r on r.id = m.record_id
 where m.removed_at is null and r.deleted_at is null and r.archived_at is null """
# Of a title `t`: it is in its reader's language, and all that it was made from stands in its cluster as it did then.
TITLE_HOLDS = """
       t.locale = (select locale from users where id = app_user_id()) and not exists (
       select from title_sources s where s.cluster_id = t.cluster_id and not exists (
       select from cluster_members m join records r on r.id = m.record_id
        where m.record_id = s.record_id and m.cluster_id = s.cluster_id and m.removed_at is null
          and r.deleted_at is null and r.updated_at = s.updated_at))"""
TITLE = f"coalesce((select t.title from cluster_titles t where t.cluster_id = c.id and {TITLE_HOLDS}), '') as title"
CLUSTER = f"""
select id, label, {TITLE}, words, is_locked, is_shaped, version, x, y, made_at, dissolved_at, merged_into
  from clusters c """
ALL = CLUSTER + "where dissolved_at is null order by id"
ONE = CLUSTER + "where id = $1"
SIZES = "select m.cluster_id, count(*)::int as size" + LIVING + "group by m.cluster_id"
FIRST = """
select c.id as cluster_id, f.record_id, f.kind, f.title, f.preview from unnest($1::uuid[]) c(id) cross join lateral (
       select m.record_id, r.kind, r.title, r.preview
         from cluster_members m join records r on r.id = m.record_id
        where m.cluster_id = c.id and m.removed_at is null and r.deleted_at is null and r.archived_at is null
        order by (m.pinned_at is null), m.confidence desc, m.record_id limit 3) f"""
MEMBERS = (
    "select m.record_id, m.confidence, m.pinned_at, r.kind, r.title, r.preview, r.updated_at"
    + LIVING
    + """and m.cluster_id = $1
   and ((m.pinned_at is null), -m.confidence::float8, m.record_id) > ($2, $3, $4)
 order by (m.pinned_at is null), -m.confidence::float8, m.record_id limit $5"""
)
SIZE = "select count(*)::int" + LIVING + "and m.cluster_id = $1"
REMOVED = """
select m.record_id, r.kind, r.title, r.preview from cluster_members m join records r on r.id = m.record_id
 where m.cluster_id = $1 and m.removed_at is not null and r.deleted_at is null order by m.removed_at desc limit 50"""
OF_RECORD = (
    f"select c.id, c.label, {TITLE}, c.words from clusters c join (select m.cluster_id"
    + LIVING
    + "and m.record_id = $1) o on o.cluster_id = c.id where c.dissolved_at is null"
)
LOOSE = """
select count(*)::int from record_means e join records r on r.id = e.record_id
 where r.kind = any($1) and r.deleted_at is null and r.archived_at is null
   and not exists (select from notes n where n.id = r.id and (n.note_kind <> 'note' or n.template_for is not null))
   and not exists (select from cluster_members m where m.record_id = e.record_id and m.removed_at is null)"""
# What a night looks at: all but what a person has locked or shaped.
ELIGIBLE = """
  from record_means e join records r on r.id = e.record_id
  left join cluster_members m on m.record_id = e.record_id and m.removed_at is null
  left join clusters c on c.id = m.cluster_id
 where r.kind = any($1) and r.deleted_at is null and r.archived_at is null
   and (c.id is null or not (c.is_locked or c.is_shaped))
   and not exists (select from notes n where n.id = r.id and (n.note_kind <> 'note' or n.template_for is not null)) """
COUNT = "select count(*)" + ELIGIBLE
GATHER = (
    "select e.record_id, e.mean, m.cluster_id, m.pinned_at is not null as is_pinned" + ELIGIBLE + "order by e.record_id"
)
WAIT = (
    "select e.record_id, e.mean, m.cluster_id, false as is_pinned"
    + ELIGIBLE
    + """and m.pinned_at is null and (m.cluster_id is null or exists (
           select from change_log l where l.record_id = e.record_id and l.user_id = app_user_id()
              and l.seq > $2 and l.seq <= $3))
 order by e.record_id desc limit $4"""
)
FOUND = "select records, found_at from cluster_findings where user_id = app_user_id()"

FIRST_PAGE = (False, -2.0, UUID(int=0))


async def list_clusters(connection: asyncpg.Connection) -> list[tuple[asyncpg.Record, int]]:
    """Each with how many live in it, the largest first; empty ones only where a person named or locked them."""
    sizes = {row["cluster_id"]: row["size"] for row in await connection.fetch(SIZES)}
    rows = [(row, sizes.get(row["id"], 0)) for row in await connection.fetch(ALL)]
    shown = [(row, size) for row, size in rows if size or row["label"] or row["is_locked"]]
    return sorted(shown, key=lambda one: (-one[1], one[0]["id"]))


async def read_first(connection: asyncpg.Connection, ids: Sequence[UUID]) -> dict[UUID, list[asyncpg.Record]]:
    """The three surest members of each."""
    first: dict[UUID, list[asyncpg.Record]] = {one: [] for one in ids}
    for row in await connection.fetch(FIRST, ids):
        first[row["cluster_id"]].append(row)
    return first


async def find_cluster(connection: asyncpg.Connection, cluster_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(ONE, cluster_id)


async def list_members(
    connection: asyncpg.Connection, cluster_id: UUID, after: tuple[bool, float, UUID], most: int
) -> Sequence[asyncpg.Record]:
    """Pinned ones first, then the surest."""
    return await connection.fetch(MEMBERS, cluster_id, *after, most)


async def count_members(connection: asyncpg.Connection, cluster_id: UUID) -> int:
    return int(await connection.fetchval(SIZE, cluster_id))


async def list_removed(connection: asyncpg.Connection, cluster_id: UUID) -> Sequence[asyncpg.Record]:
    return await connection.fetch(REMOVED, cluster_id)


async def cluster_of(connection: asyncpg.Connection, record_id: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow(OF_RECORD, record_id)


async def count_loose(connection: asyncpg.Connection) -> int:
    """How many records that could be in a cluster are in none."""
    return int(await connection.fetchval(LOOSE, KINDS))


async def read_finding(connection: asyncpg.Connection) -> asyncpg.Record | None:
    """(records, found_at) of when all was last found anew."""
    return await connection.fetchrow(FOUND)
