"""The user's verbs on people."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.fields import LONGEST, ContactFields, check_fields, columns_of
from app.contacts.kind import Contact
from app.contacts.phones import find_region, with_e164
from app.core.errors import Conflict, Forbidden, NotFound
from app.web.locale import gettext as _

__all__ = ["LONGEST", "ContactFields", "check_fields"]


async def add_contact(
    session: AsyncSession, user_id: UUID, fields: ContactFields, dated: datetime | None = None
) -> Contact:
    """`dated` is when a person was first written down, where that was before now."""
    contact = Contact(user_id=user_id, **columns_of(await _dialled(session, fields)))
    if dated:
        contact.created_at = contact.updated_at = dated
    session.add(contact)
    await session.flush()
    return contact


async def change_contact(session: AsyncSession, contact_id: UUID, version: int, fields: ContactFields) -> Contact:
    """Raises Conflict when the contact was changed since `version`."""
    contact = await own_contact(session, contact_id)
    if contact.version != version:
        raise Conflict(_("This person was changed somewhere else meanwhile; your entries are still in the form."))
    for name, value in columns_of(await _dialled(session, fields)).items():
        if getattr(contact, name) != value:
            setattr(contact, name, value)
    return contact


async def discard_contact(session: AsyncSession, contact_id: UUID) -> Contact:
    contact = await own_contact(session, contact_id)
    if contact.is_self:
        raise Forbidden(_("This is you: your own contact stays as long as your account."))
    contact.deleted_at = contact.deleted_at or datetime.now(UTC)
    return contact


async def restore_contact(session: AsyncSession, contact_id: UUID) -> Contact:
    contact = await own_contact(session, contact_id)
    contact.deleted_at = None
    return contact


async def archive_contact(session: AsyncSession, contact_id: UUID, away: bool) -> Contact:
    contact = await own_contact(session, contact_id)
    if contact.is_self:
        raise Forbidden(_("This is you: your own contact stays as long as your account."))
    contact.archived_at = (contact.archived_at or datetime.now(UTC)) if away else None
    return contact


async def favour_contact(session: AsyncSession, contact_id: UUID, wanted: bool) -> Contact:
    contact = await own_contact(session, contact_id)
    contact.is_favourite = wanted
    return contact


async def own_contact(session: AsyncSession, contact_id: UUID) -> Contact:
    """Locked until the transaction ends. Raises NotFound."""
    contact = await session.scalar(select(Contact).where(Contact.id == contact_id).with_for_update())
    if contact is None:
        raise NotFound
    return contact


async def _dialled(session: AsyncSession, fields: ContactFields) -> ContactFields:
    """With each number in the world's form, too, that does not have it yet."""
    if all(phone.e164 or not phone.value.strip() for phone in fields.phones):
        return fields
    return replace(fields, phones=with_e164(fields.phones, await find_region(session)))
