"""Insights on Today, and the night in one line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import asyncpg

from app.core.record import Kind
from app.insights.pages import CardList, card_list
from app.insights.reading import read_now
from app.sleep.pages import told_night
from app.sleep.queries import read_night
from app.web.locale import today

MOST = 3
NIGHT = timedelta(hours=24)


async def read_cards(kinds: Mapping[str, Kind], connection: asyncpg.Connection) -> CardList | None:
    """Nothing at all in a house that has not thought of anything yet."""
    shown = await read_now(connection, kinds, today(), MOST)
    line = told_night(await read_night(connection, datetime.now(UTC) - NIGHT))
    return card_list(shown, "/", line) if shown or line else None
