"""What holds for the whole house: its administrators change it on the settings page, and it counts at once.

What a process needs before it can reach the database is in app/settings.py instead.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields

import asyncpg


@dataclass(frozen=True, slots=True)
class HouseSettings:
    trash_days: int = 90
    """How long what was thrown away lies in the trash."""
    link_days: int = 7
    """How long a link that invites, or leads to a new password, works."""
    session_days: int = 30
    """How long a browser stays signed in."""


BOUNDS = {"trash_days": (7, 3650), "link_days": (1, 30), "session_days": (1, 365)}


async def read_house(connection: asyncpg.Connection) -> HouseSettings:
    known = {field.name for field in fields(HouseSettings)}
    rows = await connection.fetch("select name, value from house_settings")
    # A name that a newer program wrote means nothing here.
    return HouseSettings(**{row["name"]: json.loads(row["value"]) for row in rows if row["name"] in known})


async def change_house(connection: asyncpg.Connection, name: str, value: int) -> bool:
    """False for whoever may not."""
    return bool(await connection.fetchval("select gate_change_house($1, $2)", name, json.dumps(value)))
