"""The tree of folders, as its pages and those of notes read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

ALL = """
select f.id, f.parent_id, f.name, f.icon, f.colour, f.is_default, coalesce(n.notes, 0) as notes
  from folders f left join (
        select folder_id, count(*) as notes from notes
         where folder_id is not null and deleted_at is null and archived_at is null group by folder_id) n
    on n.folder_id = f.id
 where f.deleted_at is null order by f.sort_order, fold_text(f.name), f.id"""
NAMES = """
select id, parent_id, name, icon, colour, is_default, 0 as notes from folders
 where deleted_at is null order by sort_order, fold_text(name), id"""


@dataclass(frozen=True, slots=True)
class Folder:
    """`notes` lie in it, `below` in the folders that lie in it; `depth` is 0 at the top."""

    id: UUID
    parent_id: UUID | None
    name: str
    icon: str
    colour: str
    is_default: bool
    notes: int
    below: int
    depth: int
    path: str

    @property
    def href(self) -> str:
        return f"/notes?folder={self.id}"


async def read_tree(connection: asyncpg.Connection, *, counted: bool = True) -> tuple[Folder, ...]:
    """All folders, each before those that lie in it, in their order."""
    rows = await connection.fetch(ALL if counted else NAMES)
    inside: dict[UUID | None, list[asyncpg.Record]] = {}
    for row in rows:
        inside.setdefault(row["parent_id"], []).append(row)
    return tuple(_walk(inside, None, 0, ""))


def _walk(
    inside: dict[UUID | None, list[asyncpg.Record]], parent: UUID | None, depth: int, above: str
) -> Iterator[Folder]:
    for row in inside.get(parent, []):
        path = f"{above}/{row['name']}" if above else row["name"]
        deeper = tuple(_walk(inside, row["id"], depth + 1, path))
        below = sum(folder.notes for folder in deeper)
        yield Folder(
            row["id"], row["parent_id"], row["name"], row["icon"] or "", row["colour"] or "", row["is_default"],
            row["notes"], below, depth, path,
        )  # fmt: skip
        yield from deeper


def without_branch(tree: Sequence[Folder], folder_id: UUID) -> tuple[Folder, ...]:
    """The tree less a folder and all that lies in it: where that folder may go."""
    kept, branch = [], None
    for folder in tree:
        if branch is not None and folder.depth > branch:
            continue
        branch = folder.depth if folder.id == folder_id else None
        if branch is None:
            kept.append(folder)
    return tuple(kept)


def way_up(tree: Sequence[Folder], folder_id: UUID | None) -> tuple[Folder, ...]:
    """From the top down to a folder, itself last; empty for none."""
    known = {folder.id: folder for folder in tree}
    found: list[Folder] = []
    while folder_id in known:
        found.append(known[folder_id])
        folder_id = found[-1].parent_id
    return tuple(reversed(found))
