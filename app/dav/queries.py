"""What address books read. Contact Zero is in none; who is archived stays in them, who is in the trash is gone."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.dav.positions import NOBODY, Position

# Moved when what is written of a contact changes its form, so that clients fetch all cards anew.
FORM = 1
# The names of groups are in a card and not in its contact's row.
GROUPS = """(
       select string_agg(g.id || g.name, ' ' order by g.id) from group_members m
         join groups g on g.user_id = m.user_id and g.id = m.group_id and g.deleted_at is null
        where m.user_id = c.user_id and m.contact_id = c.id)"""
ETAG = f"md5(concat_ws(' ', {FORM}, c.id, c.version, {GROUPS}))"
NAME = "coalesce(n.name, c.id || '.vcf')"
NAMED = "left join card_names n on n.user_id = c.user_id and n.contact_id = c.id"
IN_BOOK = "not c.is_self and c.deleted_at is null"

MEMBERS = f"""
select c.id, {NAME} as name, {ETAG} as etag, c.created_at, c.updated_at, c.full_name
  from contacts c {NAMED} where c.user_id = $1 and {IN_BOOK} and c.id > $2 order by c.id limit $3"""

LISTED = MEMBERS.replace("c.id > $2 order by c.id limit $3", "c.id = any($2)")

WHOLE = f"""
select c.*, {NAME} as card_name, {ETAG} as etag
  from contacts c {NAMED} where c.user_id = $1 and {IN_BOOK} and c.id = any($2)"""

# A name that a client gave stands for its contact alone; Hearth's own name for a contact only where it has no other.
MEANT = """
select w.name, coalesce(n.contact_id, c.id) as id
  from unnest($2::text[], $3::uuid[]) w (name, id)
  left join card_names n on n.user_id = $1 and n.name = w.name
  left join contacts c on n.name is null and c.user_id = $1 and c.id = w.id
       and not exists (select from card_names o where o.user_id = $1 and o.contact_id = c.id)"""

# Whoever a card may stand for, in the book or not. Hearth's own UID of a contact is made of its id.
PEOPLE = f"""
select c.id, c.version, {ETAG} as etag, {NAME} as name, coalesce(c.card_uid, 'urn:uuid:' || c.id) as uid,
       c.is_self, c.deleted_at is not null as is_gone, c.merged_into
  from contacts c {NAMED} where c.user_id = $1 """
BY_ID = PEOPLE + "and c.id = any($2)"
BY_UID = f"{PEOPLE} and c.card_uid = $2 union all {PEOPLE} and c.card_uid is null and c.id = $3"

# Asked before the book is read: what commits later is heard of next time.
NOW = """
select pg_snapshot_xmin(pg_current_snapshot()) as xid,
       left(md5(concat_ws(' ', (select system_identifier from pg_control_system()),
                          (select oid from pg_database where datname = current_database()))), 16) as life,
       coalesce((select f.xid from log_floors f where f.user_id = $1), '0'::xid8) as floor"""

# A group's name is in the cards of its people. Of one that was deleted for ever nobody knows who was in it.
GROUP_MOVES = """
    union all select l.xid, l.seq, m.contact_id from log l
      join group_members m on m.user_id = $1 and m.group_id = l.record_id
     where l.kind = 'group' and l.columns && array['name', 'deleted_at']
    union all select l.xid, l.seq, c.id from log l
      join contacts c on c.user_id = $1 and c.deleted_at is null and not c.is_self
     where l.kind = 'group' and l.op = 'delete'"""

# Each contact that moved since, once, at the place of its last move; what it is now, where it is still in the book.
MOVED = f"""
with log as materialized (
    select c.xid, c.seq, c.kind, c.op, c.record_id, c.columns from change_log c
     where c.user_id = $1 and c.xid >= $2::bigint::text::xid8 and c.xid < $5::bigint::text::xid8
       and c.kind in ('contact', 'group')),
moves as (
    select xid, seq, record_id as id from log where kind = 'contact'{GROUP_MOVES}),
last as (
    select distinct on (id) id, xid, seq from moves
     where (xid, seq, id) > ($2::bigint::text::xid8, $3::bigint, $4::uuid) order by id, xid desc, seq desc)
select l.id, coalesce(n.name, l.id || '.vcf') as name, l.xid, l.seq, case when c.id is not null then {ETAG} end as etag,
       c.created_at, c.updated_at, c.full_name
  from last l left join contacts c on c.user_id = $1 and c.id = l.id and c.deleted_at is null
  left join card_names n on n.user_id = $1 and n.contact_id = l.id
 where c.is_self is not true order by l.xid, l.seq, l.id limit $6"""
EVERYTHING = 2**31
GROUPS_OF = """
select m.contact_id, g.id, g.name from group_members m
  join groups g on g.user_id = m.user_id and g.id = m.group_id and g.deleted_at is null
 where m.user_id = $1 and m.contact_id = any($2) order by lower(g.name), g.id"""
OWN_ADDRESSES = """
select exists (select from contact_points p join contacts c on c.id = p.contact_id and c.is_self
                where p.user_id = $1 and p.kind = 'email' and p.normal = any($2))"""


async def read_now(connection: asyncpg.Connection, user_id: UUID) -> tuple[int, str, int]:
    """(below which transaction all have ended, which database this is, up to where its log was cut off)."""
    row = await connection.fetchrow(NOW, user_id)
    assert row is not None
    return row["xid"], row["life"], row["floor"]


async def list_members(
    connection: asyncpg.Connection, user_id: UUID, after: UUID = NOBODY, limit: int | None = None
) -> Sequence[asyncpg.Record]:
    """(id, name, etag, created_at, updated_at, full_name)"""
    return await connection.fetch(MEMBERS, user_id, after, limit or EVERYTHING)


async def list_some(
    connection: asyncpg.Connection, user_id: UUID, ids: Sequence[UUID]
) -> Sequence[asyncpg.Record]:  # fmt: skip
    """Those of these that are in the book, as list_members has them."""
    return await connection.fetch(LISTED, user_id, list(ids))


async def list_moved(
    connection: asyncpg.Connection, user_id: UUID, since: Position, until: int, limit: int | None
) -> Sequence[asyncpg.Record]:
    """As list_members, and where each moved last; those that are gone have no etag."""
    return await connection.fetch(
        MOVED, user_id, since.xid, since.seq, since.contact, until, limit or EVERYTHING
    )  # fmt: skip


async def find_meant(connection: asyncpg.Connection, user_id: UUID, names: Sequence[str]) -> dict[str, UUID]:
    """The contacts that these names of cards stand for, or stood for."""
    rows = await connection.fetch(MEANT, user_id, list(names), [own_id(name) for name in names])
    return {row["name"]: row["id"] for row in rows if row["id"]}


async def read_people(connection: asyncpg.Connection, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    """Whole rows, with `card_name` and `etag`."""
    return {row["id"]: row for row in await connection.fetch(WHOLE, user_id, list(ids))}


def own_id(name: str) -> UUID | None:
    """The contact whose card Hearth itself would call so."""
    try:
        found = UUID(name.removesuffix(".vcf"))
    except ValueError:
        return None
    return found if f"{found}.vcf" == name else None


async def find_people(
    connection: asyncpg.Connection, user_id: UUID, *, ids: Sequence[UUID] = (), uid: str = ""
) -> Sequence[asyncpg.Record]:
    """(id, version, etag, name, uid, is_self, is_gone, merged_into) of those, or of whose UID this is."""
    if not uid:
        return await connection.fetch(BY_ID, user_id, list(ids))
    return await connection.fetch(BY_UID, user_id, uid, own_id(uid.removeprefix("urn:uuid:").lower() + ".vcf"))


async def read_person(connection: asyncpg.Connection, user_id: UUID, contact_id: UUID) -> asyncpg.Record:
    """The whole row, with `card_name` and `etag`; of somebody who is in the book."""
    row = await connection.fetchrow(WHOLE, user_id, [contact_id])
    assert row is not None
    return row


async def read_groups(
    connection: asyncpg.Connection, user_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, dict[UUID, str]]:
    """The groups that each of these people is in: their names by their ids."""
    found: dict[UUID, dict[UUID, str]] = {}
    for contact_id, group_id, name in await connection.fetch(GROUPS_OF, user_id, list(ids)):
        found.setdefault(contact_id, {})[group_id] = name
    return found


async def is_own_address(connection: asyncpg.Connection, user_id: UUID, addresses: Sequence[str]) -> bool:
    """Whether one of these, folded, is Contact Zero's."""
    return bool(await connection.fetchval(OWN_ADDRESSES, user_id, list(addresses)))
