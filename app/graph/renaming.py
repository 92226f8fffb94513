"""Who comes, goes or is called otherwise: records that speak of them are looked at again, behind everything else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.core.record import RecordText

NAMED_KINDS = ("contact", "topic", "entity")

# The names by which each can be found now (none, while it lies in the trash), and those by which it was looked for.
CHANGED = """
select r.id, coalesce(m.names, '{}') as former, now.names as names
  from records r left join name_marks m on m.record_id = r.id
 cross join lateral (
       select coalesce(array_agg(n.folded order by n.folded), '{}') as names from names n
        where n.record_id = r.id and r.deleted_at is null) now
 where r.id = any($1) and r.kind = any($2) and coalesce(m.names, '{}') <> now.names
   and not exists (select from contacts c where c.id = r.id and c.is_self)"""
MARK = """
insert into name_marks (record_id, user_id, names) select k.id, $1, array(select jsonb_array_elements_text(k.names))
  from unnest($2::uuid[], $3::jsonb[]) k(id, names)
on conflict (record_id) do update set names = excluded.names"""
AFFECTED = """
select gate_records_saying($1) as id
union select l.source_id from entity_links l where l.target_id = any($2) and l.origin = 'extracted'"""


async def follow_names(connection: asyncpg.Connection, user_id: UUID, texts: Sequence[RecordText]) -> int:
    """How many records will be looked at again."""
    ids = [text.id for text in texts if text.kind in NAMED_KINDS]
    changed = await connection.fetch(CHANGED, ids, list(NAMED_KINDS)) if ids else []
    if not changed:
        return 0
    said = sorted({word for row in changed for name in set(row["names"]) ^ set(row["former"]) for word in _words(name)})
    rows = await connection.fetch(AFFECTED, said, [row["id"] for row in changed])
    affected = {row["id"] for row in rows} - {row["id"] for row in changed}
    await connection.execute(
        MARK, user_id, [row["id"] for row in changed], [json.dumps(row["names"]) for row in changed]
    )
    if affected:
        await connection.execute("select queue_connect($1)", list(affected))
    return len(affected)


def _words(name: str) -> list[str]:
    """Whoever is called by a part of a name is called by its first word, or behind a title by its last."""
    parts = name.split()
    return [name] if "@" in name else [word for part in {parts[0], parts[-1]} for word in (part, part + "s")]
