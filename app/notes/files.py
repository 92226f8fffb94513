"""Attachments over HTTP. Only images are shown in place; all else is offered as a download."""

from __future__ import annotations

from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import File

from app.core.errors import NotFound
from app.web.auth import Reading
from app.web.shared import Shared

# SVG is a document with scripts, so it is none of these.
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"}


@get("/files/{file_id:uuid}/{name:str}")
async def show_file(
    request: Request, file_id: FromPath[UUID], name: FromPath[str], reading: Given[Reading], shared: Given[Shared]
) -> Response | File:
    row = await reading.connection.fetchrow("select sha256, media_type, name from attachments where id = $1", file_id)
    if row is None or not (path := shared.blobs.path(row["sha256"])).exists():
        raise NotFound
    shown = row["media_type"] in SHOWN
    return File(
        path,
        filename=row["name"],
        media_type=row["media_type"] if shown else "application/octet-stream",
        content_disposition_type="inline" if shown else "attachment",
        headers={
            "Cache-Control": "private, max-age=31536000, immutable",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        },
    )


ROUTES = [show_file]
