"""The categories of cards as groups: whichever is called so, made where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import asyncpg

from app.core.errors import Invalid
from app.core.text import fold
from app.groups.service import ensure_group, restore_group

# Of several that are called so the one in use. `undone`: it lies in the trash because an import was taken back.
FIND = """
select distinct on (fold_text(g.name)) fold_text(g.name) as folded, g.id, g.deleted_at is not null as is_away,
       exists (select from change_log c where c.user_id = g.user_id and c.record_id = g.id and c.op = 'create'
                  and is_undone(c.action_id))
       and (select c.actor = 'undo' from change_log c where c.user_id = g.user_id and c.record_id = g.id
               and 'deleted_at' = any(c.columns) order by c.seq desc limit 1) as undone
  from groups g where fold_text(g.name) = any($1)
 order by fold_text(g.name), g.deleted_at is not null, g.created_at"""


async def group_people(connection: asyncpg.Connection, user_id: UUID, words: Iterable[str]) -> dict[str, UUID]:
    """The group of each word; a word that can be no group's name is not among them.

    One that a person threw away stays in the trash, and its members with it; one that an undone import left there
    comes back, as its people do.
    """
    wanted = {word: fold(word) for word in words if word.strip()}
    found = {row["folded"]: row for row in await connection.fetch(FIND, sorted(set(wanted.values())))}
    for row in found.values():
        if row["is_away"] and row["undone"]:
            await restore_group(connection, row["id"])
    groups = {folded: row["id"] for folded, row in found.items()}
    for word, folded in wanted.items():
        if folded not in groups:
            try:
                groups[folded] = (await ensure_group(connection, user_id, word))[0]
            except Invalid:
                continue
    return {word: groups[folded] for word, folded in wanted.items() if folded in groups}
