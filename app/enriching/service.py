"""What a person asks of the pages behind their links."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import asyncpg

from app.core.errors import NotFound
from app.core.record import Kind
from app.enriching.noticing import expect_pages, read_links

# By hand it is read anew, whatever is known of it; what a host told about when to come again still holds.
ASK = """
update link_pages
   set state = 'waiting', is_asked = true, due_at = now(), attempts = 0, error = '', error_detail = ''
 where record_id = $1 and (claimed_until is null or claimed_until < now())"""

# Who wants it no more has not wanted what still waits.
READ_LINKS = """
with forgotten as (delete from link_pages
                    where user_id = $1 and state = 'waiting' and not is_asked and not $2::text::boolean)
update users set reads_links = $2::text::boolean, updated_at = now() where id = $1"""


async def ask_for_page(
    connection: asyncpg.Connection, user_id: UUID, kinds: Mapping[str, Kind], record_id: UUID
) -> None:
    """Let the page be read, now or again, also for who has it switched off. Raises NotFound for what has no link."""
    links = await read_links(connection, kinds, [record_id])
    if not links:
        raise NotFound
    await expect_pages(connection, user_id, links)
    await connection.execute(ASK, record_id)
