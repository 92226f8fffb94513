"""The frame score on a person's page: as it is now, not as the night found it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import asyncpg

from app.frame.pages import FramePanel, frame_panel
from app.frame.queries import read_facts_of, read_trend
from app.frame.scanning import TREND_DAYS
from app.frame.scoring import frame
from app.web.locale import current_zone, today


async def read_frame(connection: asyncpg.Connection, contact_id: UUID, _kind: str) -> FramePanel | None:
    facts, day = await read_facts_of(connection, current_zone(), contact_id), today()
    now = frame(facts, day) if facts else None
    if now is None:
        return None
    return frame_panel(now, await read_trend(connection, contact_id, day - timedelta(days=TREND_DAYS)), day)
