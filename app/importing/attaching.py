"""The files beside the notes: kept once by their content, found again by their path and their name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.text import fold
from app.importing.sources import SourceFile
from app.ports.blobs import Blob, BlobStore
from app.ports.pictures import Looks, look_at

KEEP = """
insert into attachments as a (user_id, name, folded, path, sha256, size, media_type, width, height)
select $1, name, folded, path, sha256, size, media_type, width, height
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::integer[], $9::integer[])
    as f(name, folded, path, sha256, size, media_type, width, height)
on conflict (user_id, path) do update
   set sha256 = excluded.sha256, size = excluded.size, media_type = excluded.media_type, deleted_at = null,
       width = excluded.width, height = excluded.height
 where a.sha256 <> excluded.sha256 or a.deleted_at is not null
returning path, old.id is null or old.deleted_at is not null as is_new"""

PATHS = "select path, folded from attachments where user_id = $1 and deleted_at is null"

# The page of a note shows the files that are its own; a file that several notes show stays with the first.
SHOWN_BY = """
update attachments a set record_id = n.id
  from unnest($2::text[], $3::text[]) s(path, source_id)
  join notes n on n.user_id = $1 and n.source = 'import' and n.source_id = s.source_id
 where a.user_id = $1 and a.path = s.path and a.record_id is null"""


@dataclass(frozen=True, slots=True)
class ImportedFile:
    path: str
    blob: Blob
    looks: Looks


def keep_blob(file: SourceFile, blobs: BlobStore) -> ImportedFile:
    """Raises UnreadableError."""
    blob = blobs.put(file.read())
    with blobs.at_hand(blob.sha256) as path:
        return ImportedFile(file.path, blob, look_at(path, file.name))


async def write_attachments(
    connection: asyncpg.Connection, user_id: UUID, files: Sequence[ImportedFile]
) -> dict[str, str]:
    """`added`, `changed` or `unchanged` by path."""
    rows = [_row(file) for file in files]
    kept = await connection.fetch(KEEP, user_id, *[list(column) for column in zip(*rows, strict=True)])
    fates = {row["path"]: "added" if row["is_new"] else "changed" for row in kept}
    return {file.path: fates.get(file.path, "unchanged") for file in files}


def _row(file: ImportedFile) -> tuple[str, str, str, str, int, str, int | None, int | None]:
    name, looks = file.path.rpartition("/")[2], file.looks
    return (
        name, fold(name), file.path, file.blob.sha256, file.blob.size, looks.media_type, looks.width, looks.height
    )  # fmt: skip


async def attachment_paths(connection: asyncpg.Connection, user_id: UUID) -> dict[str, str]:
    """Folded names of all attachments of the user, by path."""
    return {row["path"]: row["folded"] for row in await connection.fetch(PATHS, user_id)}


async def give_to_notes(connection: asyncpg.Connection, user_id: UUID, shown_by: Mapping[str, str]) -> None:
    await connection.execute(SHOWN_BY, user_id, list(shown_by), list(shown_by.values()))
