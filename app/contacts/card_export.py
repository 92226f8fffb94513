"""People as vCards to take along: one, a group, or all, written as they are read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote
from uuid import UUID

import asyncpg
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Stream

from app.contacts.cards.card import Photo
from app.contacts.cards.person import card_of
from app.contacts.cards.writing import VERSIONS, write_card
from app.contacts.fields import fields_of
from app.core.errors import NotFound
from app.ports.blobs import BlobStore
from app.web.auth import Reading, Visitor
from app.web.shared import Shared

AT_ONCE = 200
# What a browser asks for is one request: a picture that is larger than any phone takes stays out.
LARGEST_PHOTO = 5 * 2**20
COLUMNS = """
select c.*, (select a.media_type from attachments a
              where a.user_id = c.user_id and a.sha256 = c.avatar and a.deleted_at is null limit 1) as avatar_type,
       array(select g.name from group_members m join groups g on g.user_id = m.user_id and g.id = m.group_id
              where m.user_id = c.user_id and m.contact_id = c.id and g.deleted_at is null
              order by m.joined_at, g.name) as group_names
  from contacts c """
ONE = COLUMNS + "where c.id = $1 and c.deleted_at is null"
# By id, so that the reader goes on where it was without holding a cursor for as long as a phone takes.
PAGE = (
    COLUMNS
    + """
 where not c.is_self and c.deleted_at is null and c.id > $1
   and ($2::text is null or exists (select from jsonb_array_elements(c.groups) g where g ->> 'group_id' = $2))
 order by c.id limit 200"""
)


@get("/people/{contact_id:uuid}/card.vcf")
async def export_person(
    request: Request, contact_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await reading.connection.fetchrow(ONE, contact_id)
    if row is None:
        raise NotFound
    text = await asyncio.to_thread(write_row, row, shared.blobs, _version(request))
    return Response(text, media_type="text/vcard; charset=utf-8", headers=_as_file(f"{row['full_name']}.vcf"))


@get("/people/people.vcf")
async def export_people(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Stream:
    """All, or those of `?group=`; `?version=3.0` for phones that know nothing newer."""
    group = request.query_params.get("group")
    pieces = _written(shared, visitor.user_id, group, _version(request))
    return Stream(pieces, media_type="text/vcard; charset=utf-8", headers=_as_file("people.vcf"))


async def _written(shared: Shared, user_id: UUID, group: str | None, version: str) -> AsyncIterator[str]:
    after = UUID(int=0)
    while True:
        async with shared.database.reading(user_id) as connection:
            rows = await connection.fetch(PAGE, after, group)
        if not rows:
            return
        yield await asyncio.to_thread(_write_rows, rows, shared.blobs, version)
        after = rows[-1]["id"]


def _write_rows(rows: list[asyncpg.Record], blobs: BlobStore, version: str) -> str:
    return "".join(write_row(row, blobs, version) for row in rows)


def write_row(row: asyncpg.Record, blobs: BlobStore, version: str) -> str:
    fields = fields_of(row)
    photo = read_photo(blobs, fields.avatar, row["avatar_type"])
    rev = row["updated_at"].strftime("%Y%m%dT%H%M%SZ")
    card = card_of(row["id"], fields, rev=rev, photo=photo)
    return write_card(replace(card, categories=tuple(row["group_names"])), version)


def read_photo(blobs: BlobStore, sha256: str, media_type: str | None) -> Photo | None:
    if not sha256 or not media_type:
        return None
    try:
        if blobs.size(sha256) > LARGEST_PHOTO:
            return None
        with blobs.open(sha256) as file:
            return Photo(file.read(), media_type)
    except (OSError, NotFound):
        return None


def _version(request: Request[Any, Any, Any]) -> str:
    wanted = request.query_params.get("version", VERSIONS[0])
    return wanted if wanted in VERSIONS else VERSIONS[0]


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}


ROUTES = [export_person, export_people]
