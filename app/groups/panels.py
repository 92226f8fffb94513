"""A person's groups on their page."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.groups.pages import GroupsPanel, groups_panel
from app.groups.queries import group_names, groups_of

IS_MET = "select exists (select from contacts where id = $1 and not is_self and deleted_at is null)"


async def read_groups(connection: asyncpg.Connection, contact_id: UUID, _kind: str) -> GroupsPanel | None:
    if not await connection.fetchval(IS_MET, contact_id):
        return None
    return groups_panel(contact_id, await groups_of(connection, contact_id), await group_names(connection))
