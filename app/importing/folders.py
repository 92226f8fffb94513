"""The tree of folders that the notes of an import lie in."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import asyncpg

MAKE = """
insert into folders (user_id, parent_id, name)
select $1, parent_id, name from unnest($2::uuid[], $3::text[]) f(parent_id, name)
on conflict (user_id, parent_id, name) do update set deleted_at = null where folders.deleted_at is not null"""

TOP = "select id, parent_id, name from folders where user_id = $1 and parent_id is null"
BELOW = "select id, parent_id, name from folders where user_id = $1 and parent_id = any($2::uuid[])"


async def keep_folders(connection: asyncpg.Connection, user_id: UUID, paths: Iterable[str]) -> dict[str, UUID]:
    """Make what is missing of these folders and all above them; returns their ids by path."""
    wanted = {"/".join(parts[: depth + 1]) for path in paths if path for parts in [path.split("/")]
              for depth in range(len(parts))}  # fmt: skip
    ids: dict[str, UUID] = {}
    # A level at a time: what is made in one is the parent in the next.
    for depth in sorted({path.count("/") for path in wanted}):
        level = sorted(path for path in wanted if path.count("/") == depth)
        ids |= await _keep_level(connection, user_id, level, ids)
    return ids


async def _keep_level(
    connection: asyncpg.Connection, user_id: UUID, paths: list[str], above: dict[str, UUID]
) -> dict[str, UUID]:
    places = {(above.get(path.rpartition("/")[0]), path.rpartition("/")[2]): path for path in paths}
    parents, names = [place[0] for place in places], [place[1] for place in places]
    await connection.execute(MAKE, user_id, parents, names)
    top = parents[0] is None
    rows = await connection.fetch(TOP, user_id) if top else await connection.fetch(BELOW, user_id, parents)
    return {places[row["parent_id"], row["name"]]: row["id"] for row in rows
            if (row["parent_id"], row["name"]) in places}  # fmt: skip
