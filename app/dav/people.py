"""People out of the book and into it: their rows, their groups, their pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.cards.card import Photo
from app.contacts.cards.writing import write_card
from app.contacts.fields import ContactFields, Membership, check_fields, fields_of
from app.contacts.pictures import keep_picture
from app.contacts.service import add_contact, change_contact
from app.core.errors import Invalid, NotFound
from app.core.text import fold
from app.dav import queries
from app.dav.answers import uid_conflict
from app.dav.cards import Sent, as_returned, has_other_groups, invalid, merge, new_fields, show_card
from app.groups.service import ensure_group
from app.ports.blobs import BlobStore
from app.web.locale import gettext as _
from app.web.shared import Shared

# As the house keeps them (app/contacts/pictures.py).
PICTURE = "image/webp"


async def write_people(shared: Shared, user_id: UUID, ids: Sequence[UUID], version: str) -> dict[UUID, str]:
    """The cards of those of these people who are in the book."""
    async with shared.database.reading(user_id) as connection:
        rows = await queries.read_people(connection, user_id, ids)
        groups = await queries.read_groups(connection, user_id, list(rows))
    return {
        key: write_card(
            show_card(row, groups.get(key, {}).values(), await _read_picture(shared.blobs, row["avatar"])), version
        )
        for key, row in rows.items()
    }


async def add_person(
    shared: Shared, session: AsyncSession, connection: asyncpg.Connection, user_id: UUID, sent: Sent, book: str
) -> UUID:
    """Raises Refused for a card that is the user, by one of their own addresses."""
    addresses = [fold(one.value) for one in sent.card.emails]
    if addresses and await queries.is_own_address(connection, user_id, addresses):
        raise uid_conflict(_("This card is you."), book)
    fields = await _grouped(connection, user_id, sent, {}, (), new_fields(sent))
    contact = await add_contact(session, user_id, _checked(fields))
    if avatar := await _pictured(shared, connection, user_id, contact.id, sent.card.photo):
        contact.avatar = avatar
    return contact.id


async def change_person(
    shared: Shared, session: AsyncSession, connection: asyncpg.Connection, user_id: UUID, sent: Sent, contact_id: UUID
) -> None:
    row = await queries.read_person(connection, user_id, contact_id)
    groups = (await queries.read_groups(connection, user_id, [contact_id])).get(contact_id, {})
    photo = await _read_picture(shared.blobs, row["avatar"])
    shown = as_returned(show_card(row, groups.values(), photo), sent.version)
    fields = merge(sent, shown, fields_of(row))
    fields = await _grouped(connection, user_id, sent, groups, shown.categories, fields)
    if (sent.card.photo and sent.card.photo.content) != (shown.photo and shown.photo.content):
        fields = replace(fields, avatar=await _pictured(shared, connection, user_id, contact_id, sent.card.photo))
    await change_contact(session, contact_id, row["version"], _checked(fields))


def _checked(fields: ContactFields) -> ContactFields:
    """Raises Refused for what no person's row can hold."""
    if errors := check_fields(fields):
        raise invalid(next(iter(errors.values())))
    return fields


async def _grouped(
    connection: asyncpg.Connection, user_id: UUID, sent: Sent, groups: Mapping[UUID, str], shown: Sequence[str],
    fields: ContactFields,
) -> ContactFields:  # fmt: skip
    """In the groups that the card's categories name, where the client put the person into others than it was shown.

    A membership in a group that lies in the trash is in no card, and stays.
    """
    if not has_other_groups(sent, shown):
        return fields
    wanted = {fold(word): word for word in sent.card.categories}
    left = {str(group_id) for group_id, name in groups.items() if fold(name) not in wanted}
    kept = [one for one in fields.groups if one.group_id not in left]
    there = {fold(name) for name in groups.values()}
    for word in [word for folded, word in wanted.items() if folded not in there]:
        kept.append(Membership(await _group(connection, user_id, word), datetime.now(UTC).isoformat()))
    extra = tuple(line for line in fields.card_extra if line[0] != "categories")
    return replace(fields, groups=tuple(kept), card_extra=extra)


async def _group(connection: asyncpg.Connection, user_id: UUID, name: str) -> str:
    try:
        return str((await ensure_group(connection, user_id, name))[0])
    except Invalid as error:
        raise invalid(str(error)) from None


async def _read_picture(blobs: BlobStore, sha256: str | None) -> Photo | None:
    if not sha256:
        return None
    try:
        content = await asyncio.to_thread(lambda: b"".join(blobs.pieces(sha256, 0, blobs.size(sha256))))
    except NotFound:
        # A backup without its files: the person is there all the same.
        return None
    return Photo(content, PICTURE)


async def _pictured(
    shared: Shared, connection: asyncpg.Connection, user_id: UUID, contact_id: UUID, photo: Photo | None
) -> str:
    """The picture as a person's row names it. One that nobody can draw is left out: the person is not."""
    if photo is None:
        return ""
    try:
        return await keep_picture(connection, shared.blobs, user_id, contact_id, photo.content)
    except Invalid:
        return ""
