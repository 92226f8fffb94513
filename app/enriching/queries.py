"""What is known of the pages behind links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import asyncpg

from app.core.record import RecordText

PAGES = """
select record_id, url, state, final_url, title, description, site, language, favicon is not null as has_icon,
       left(content_hash, 12) as stamp, length(text) as length, error, error_detail, attempts, due_at, read_at
  from link_pages where record_id = any($1)"""
TEXT = "select text from link_pages where record_id = $1"
ICON = "select favicon from link_pages where record_id = $1"
SAID = """
select record_id, concat_ws(E'\\n\\n', nullif(title, ''), nullif(description, ''), nullif(text, '')) as said
  from link_pages where record_id = any($1) and (title <> '' or text <> '' or description <> '')"""
RECORD = "select kind, title, deleted_at is not null as in_trash from records where id = $1"


async def read_rows(connection: asyncpg.Connection, ids: Sequence[UUID]) -> dict[UUID, asyncpg.Record]:
    return {row["record_id"]: row for row in await connection.fetch(PAGES, ids)}


async def with_pages(connection: asyncpg.Connection, texts: Sequence[RecordText]) -> list[RecordText]:
    """The same, those that stand for a page with what it says."""
    said = {row["record_id"]: row["said"] for row in await connection.fetch(SAID, [text.id for text in texts])}
    return [replace(text, body=f"{text.body}\n\n{said[text.id]}") if text.id in said else text for text in texts]
