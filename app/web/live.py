"""A page that is open hears when its record changes elsewhere (server-sent events).

Who is woken (app/web/changes.py) looks the record up as its own user, through its own session: so nobody hears of
what they may not see, and a stream ends with its session.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Stream

from app.core.errors import Forbidden, NotFound
from app.web.auth import Visitor, comes_from_here, session_hash
from app.web.locale import gettext as _
from app.web.shared import Shared

LOOK_EVERY = 20.0
"""Seconds after which a stream looks even though it heard nothing: its session may have run out."""
LOOK_WITHOUT_EAR = 4.0

# As the record's own user; the version that its newest change made.
NEWEST = """
select coalesce((select c.version from change_log c
                  where c.user_id = r.user_id and c.record_id = r.id and c.version is not null
                  order by c.seq desc limit 1), 0)
  from records r where r.id = $1"""


@get("/records/{record_id:uuid}/live", opt={"unattended": True})
async def follow_record(
    request: Request, record_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Says `changed` with the version whenever there is a newer one than `?version=`."""
    if not comes_from_here(request):
        raise Forbidden(_("This was asked for from another site."))
    version = request.query_params.get("version", "0")
    if await _look(shared, session_hash(request), record_id) is None:
        raise NotFound
    shared.changes.check_room(visitor.user_id)
    seen = int(version) if version.isdecimal() and len(version) < 10 else 0
    words = _tell(shared, session_hash(request), visitor.user_id, record_id, seen)
    # A proxy that waits for a whole page would hold it back for ever.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(words, media_type="text/event-stream", headers=headers)


async def _tell(shared: Shared, session: bytes, user_id: UUID, record_id: UUID, seen: int) -> AsyncIterator[str]:
    changes = shared.changes
    with changes.following(user_id, record_id) as event:
        yield "retry: 3000\n\n"
        while not changes.has_ended:
            event.clear()
            version = await _look(shared, session, record_id)
            if version is None:
                return
            yield f"event: changed\ndata: {version}\n\n" if version > seen else ":\n\n"
            seen = max(seen, version)
            await _wait(event, LOOK_EVERY if changes.is_listening else LOOK_WITHOUT_EAR)


async def _look(shared: Shared, session: bytes, record_id: UUID) -> int | None:
    """The record's version as the session's person sees it; None where either is no more."""
    async with shared.database.open_session(session, unattended=True) as (connection, row):
        if row is None:
            return None
        version: int | None = await connection.fetchval(NEWEST, record_id)
        return version


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return  # time to look all the same


ROUTES = [follow_record]
