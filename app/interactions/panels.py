"""Interactions on a person's page."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.interactions.pages import InteractionPanel, InteractionRow, make_interaction_panel, make_row
from app.interactions.queries import NEWEST, find_contact, last_interactions


async def read_interactions(connection: asyncpg.Connection, contact_id: UUID, _kind: str) -> InteractionPanel | None:
    person = await find_contact(connection, contact_id)
    if person is None or person["is_self"] or person["deleted_at"] is not None:
        return None
    return make_interaction_panel(contact_id, await last_interactions(connection, contact_id, NEWEST))


async def read_last(connection: asyncpg.Connection, contact_id: UUID, _kind: str) -> InteractionRow | None:
    found = await last_interactions(connection, contact_id, NEWEST)
    return make_row(found[0]) if found else None
