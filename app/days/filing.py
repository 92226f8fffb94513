"""From the inbox to something to do: a line with a box in today's log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.core.filing import Item, Target
from app.core.words import gettext_noop
from app.days.service import LONGEST, append_task

ZONE = "select time_zone from users where id = app_user_id()"
_OWN_BOX = re.compile(r"^\s*(?:[-*+]\s+)?\[[ xX]?\]\s+|^\s*to-?do:\s*", re.IGNORECASE)


async def make_task(connection: asyncpg.Connection, _user_id: UUID, item: Item, _choices: Mapping[str, str]) -> UUID:
    now = datetime.now(ZoneInfo(await connection.fetchval(ZONE)))
    text = f"[[{item.title}]]" if item.kind == "note" and item.title else _OWN_BOX.sub("", item.content.strip())
    if item.url and item.url not in text:
        text = f"{text or item.title} {item.url}".strip()
    return await append_task(connection, now.date(), (text or item.heading)[:LONGEST], now)


TODO_TARGET = Target(
    "todo", "t", gettext_noop("To do"), gettext_noop("Written into today's log as something to do."), "note", make_task,
    suits=frozenset({"todo"}),
)  # fmt: skip
