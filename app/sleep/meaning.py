"""The answering model as a night needs it: its row and its scale, never the model itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import asyncpg

from app.core.sleeping import Meaning
from app.ports.models import Models


def asker(models: Models) -> Callable[[asyncpg.Connection], Awaitable[Meaning | None]]:
    async def ask(connection: asyncpg.Connection) -> Meaning | None:
        model = await models.answering(connection)
        return Meaning(model.id, model.least_cosine) if model else None

    return ask
