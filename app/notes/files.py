"""Attachments over HTTP: whole, in part, or as a thumbnail. Only pictures are shown in place; all else is offered as a
download, PDF too: it is a document with scripts, and the device has a reader for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
from litestar import Request, Response, route
from litestar.di import NamedDependency as Given
from litestar.enums import HttpMethod
from litestar.params import FromPath
from litestar.response import Stream

from app.core.errors import NotFound
from app.ports.blobs import BlobStore
from app.ports.pictures import SHOWN, WIDTHS, thumbnail
from app.web.auth import Visitor
from app.web.ranges import OutOfRange, find_range, is_known
from app.web.shared import Shared

# The content of an address never changes. Whoever opens one alone opens a page without scripts, forms or an origin.
HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}
FIND = "select sha256, media_type, name, width from attachments where id = $1"


@route("/files/{file_id:uuid}/{name:str}", http_method=[HttpMethod.GET, HttpMethod.HEAD])
async def show_file(
    request: Request, file_id: FromPath[UUID], name: FromPath[str], visitor: Given[Visitor], shared: Given[Shared]
) -> Response[Any]:
    """`?width=` (one of WIDTHS): a picture made small. The name is for whoever saves it."""
    async with shared.database.reading(visitor.user_id) as connection:
        row = await connection.fetchrow(FIND, file_id)
    if row is None:
        raise NotFound
    wanted = request.query_params.get("width")
    if wanted is not None:
        return await _send_thumbnail(request, row, wanted, shared.blobs)
    return await _send(request, row, shared.blobs)


async def _send_thumbnail(request: Request, row: asyncpg.Record, wanted: str, blobs: BlobStore) -> Response[Any]:
    """Of what cannot be drawn the file itself: a browser may show half of a broken picture."""
    if wanted not in map(str, WIDTHS) or row["width"] is None or row["media_type"] not in SHOWN:
        raise NotFound
    tag = f'"{row["sha256"]}-{wanted}"'
    headers = {**HEADERS, "ETag": tag}
    if is_known(request.headers, tag):
        return Response(None, status_code=304, headers=headers)
    path = await thumbnail(blobs, row["sha256"], int(wanted))
    if path is None:
        return await _send(request, row, blobs)
    return Response(path.read_bytes(), media_type="image/webp", headers=headers)


async def _send(request: Request, row: asyncpg.Record, blobs: BlobStore) -> Response[Any]:
    size, tag = await asyncio.to_thread(blobs.size, row["sha256"]), f'"{row["sha256"]}"'
    headers = {**HEADERS, "ETag": tag, "Accept-Ranges": "bytes", "Content-Disposition": _disposition(row)}
    if is_known(request.headers, tag):
        return Response(None, status_code=304, headers=headers)
    media_type = row["media_type"] if row["media_type"] in SHOWN else "application/octet-stream"
    try:
        part = find_range(request.headers, tag, size)
    except OutOfRange:
        return Response(b"", status_code=416, headers={**HEADERS, "Content-Range": f"bytes */{size}"})
    start, end = part or (0, size)
    headers["Content-Length"] = str(end - start)
    if part:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    body: Iterable[bytes] = () if request.method == "HEAD" else blobs.pieces(row["sha256"], start, end)
    return Stream(body, status_code=206 if part else 200, media_type=media_type, headers=headers)


def _disposition(row: asyncpg.Record) -> str:
    kind = "inline" if row["media_type"] in SHOWN else "attachment"
    return f"{kind}; filename*=UTF-8''{quote(row['name'], safe='')}"


ROUTES = [show_file]
