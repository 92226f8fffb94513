"""A topic's address: for now it leads to the notes that are filed under it."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Redirect

from app.core.errors import NotFound
from app.web.auth import Reading

SLUG = "select slug from topics where id = $1 and deleted_at is null"


@get("/topics/{topic_id:uuid}")
async def show_topic(topic_id: FromPath[UUID], reading: Given[Reading]) -> Redirect:
    slug = await reading.connection.fetchval(SLUG, topic_id)
    if slug is None:
        raise NotFound
    return Redirect("/notes?" + urlencode({"topic": slug}), status_code=303)


ROUTES = [show_topic]
