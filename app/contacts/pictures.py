"""The picture of a person: any that a browser draws, kept small, upright and without what its camera wrote into it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import BinaryIO, cast
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Redirect

from app.core.errors import Invalid, NotFound
from app.core.text import fold
from app.ports.blobs import BlobStore
from app.ports.pictures import WIDTHS, Looks, look_at, thumbnail
from app.web.auth import Visitor
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

LARGEST = 32 * 2**20

# A content belongs to the rows of attachments that name it: so an export carries it, and no sweep takes it.
ATTACH = """
insert into attachments (user_id, record_id, name, folded, path, sha256, size, media_type, width, height)
select $1, $2::uuid, $3::text, $4, 'people/' || $2::uuid || '/' || $3::text, $5, $6, 'image/webp', $7, $8
 where not exists (select from attachments a where a.record_id = $2 and a.sha256 = $5 and a.deleted_at is null)"""
SHOW = "update contacts set avatar = $2 where id = $1 and avatar is distinct from $2"


@dataclass(frozen=True, slots=True)
class Portrait:
    """A stored picture; without a width it is one that nobody can draw."""

    sha256: str
    size: int
    media_type: str
    width: int | None = None
    height: int | None = None


async def keep_portrait(blobs: BlobStore, source: bytes | BinaryIO) -> Portrait:
    """Small, upright and bare; what cannot be drawn stays as it was sent."""
    sent = await asyncio.to_thread(blobs.put, source)
    small = await thumbnail(blobs, sent.sha256, WIDTHS[-1])
    if small is None:
        return Portrait(sent.sha256, sent.size, (await asyncio.to_thread(_look, blobs, sent.sha256)).media_type)
    kept = await asyncio.to_thread(lambda: blobs.put(small.read_bytes()))
    looks = await asyncio.to_thread(look_at, small, "portrait.webp")
    return Portrait(kept.sha256, kept.size, "image/webp", looks.width, looks.height)


def _look(blobs: BlobStore, sha256: str) -> Looks:
    with blobs.at_hand(sha256) as path:
        return look_at(path, "portrait")


async def keep_picture(
    connection: asyncpg.Connection, blobs: BlobStore, user_id: UUID, contact_id: UUID, source: bytes | BinaryIO
) -> str:
    """Its SHA-256, as `contacts.avatar` holds it. Raises Invalid for what cannot be drawn."""
    kept = await keep_portrait(blobs, source)
    if kept.width is None:
        raise Invalid(_("This is no picture that Hearth can draw: PNG, JPEG, GIF, WebP or AVIF."))
    name = f"portrait-{kept.sha256[:16]}.webp"
    await connection.execute(
        ATTACH, user_id, contact_id, name, fold(name), kept.sha256, kept.size, kept.width, kept.height
    )
    return kept.sha256


@post("/people/{contact_id:uuid}/picture", status_code=303)
async def change_picture(
    request: Request, contact_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Field `picture`; with `remove` there is none any more."""
    async with shared.database.reading(visitor.user_id) as connection:
        if not await connection.fetchval("select true from contacts where id = $1", contact_id):
            raise NotFound
    form, back = await request.form(), Redirect(f"/people/{contact_id}", status_code=303)
    given = form.get("picture")
    try:
        async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
            kept = None
            if "remove" not in form:
                kept = await keep_picture(connection, shared.blobs, visitor.user_id, contact_id, _chosen(given))
            changed = await connection.execute(SHOW, contact_id, kept)
    except Invalid as error:
        return say(back, str(error))
    finally:
        if isinstance(given, UploadFile):
            await given.close()
    return say(back, _("Saved."), None if changed == "UPDATE 0" else action_id)


def _chosen(given: object) -> BinaryIO:
    if not isinstance(given, UploadFile) or not given.filename:
        raise Invalid(_("No file was chosen."))
    source = cast("BinaryIO", given.file)
    if source.seek(0, 2) > LARGEST:
        raise Invalid(_("This picture is too large."))
    source.seek(0)
    return source


ROUTES = [change_picture]
