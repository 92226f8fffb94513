"""For whoever watches the house from outside: alive, and ready. Public, and silent about anybody's data."""

from __future__ import annotations

from typing import Any

import asyncpg
from litestar import MediaType, Response, get
from litestar.di import NamedDependency as Given

from app.core.redis_ping import ping_redis
from app.web.shared import Shared

PUBLIC = {"public": True}
HEARTBEAT_SECONDS = 30


@get("/health/live", opt=PUBLIC, media_type=MediaType.TEXT, sync_to_thread=False)
def show_live() -> str:
    return "alive"


@get("/health/ready", opt=PUBLIC)
async def show_ready(shared: Given[Shared]) -> Response[dict[str, Any]]:
    worker, postgres = False, True
    try:
        async with shared.database.anonymous() as connection:
            worker = await connection.fetchval(
                "select coalesce(max(at) > now() - make_interval(secs => $1), false) "
                "from heartbeats where role = 'worker'",
                float(HEARTBEAT_SECONDS),
            )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        postgres = False
    parts = {
        "database": postgres,
        "redis": await ping_redis(shared.settings.redis_url or ""),
        "worker": bool(worker),
    }
    return Response({"ready": all(parts.values()), **parts}, status_code=200 if all(parts.values()) else 503)


ROUTES = [show_live, show_ready]
