"""The user's verbs on people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.kind import Contact
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.web.locale import gettext as _

LONGEST = 500


@dataclass(frozen=True, slots=True)
class ContactFields:
    """What the form of a contact carries."""

    full_name: str = ""
    nickname: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    role_title: str = ""
    location: str = ""
    notes: str = ""


def check_fields(fields: ContactFields) -> dict[str, str]:
    """Errors by field; empty when the contact can be saved."""
    errors = {}
    if not fields.full_name.strip():
        errors["full_name"] = _("A person needs a name, even a made-up one.")
    for name in ("full_name", "nickname", "email", "phone", "company", "role_title", "location"):
        if len(getattr(fields, name)) > LONGEST:
            errors[name] = _("This holds at most %(most)s characters.") % {"most": LONGEST}
    if fields.email and "@" not in fields.email:
        errors["email"] = _("An e-mail address has an @ in it.")
    if any("\0" in getattr(fields, name) for name in fields.__dataclass_fields__):
        errors["full_name"] = _("A NUL character cannot be stored; take it out and save again.")
    return errors


async def add_contact(
    session: AsyncSession, user_id: UUID, fields: ContactFields, dated: datetime | None = None
) -> Contact:
    """`dated` is when a person was first written down, where that was before now."""
    contact = Contact(user_id=user_id, **_columns(fields))
    if dated:
        contact.created_at = contact.updated_at = dated
    session.add(contact)
    await session.flush()
    return contact


async def change_contact(session: AsyncSession, contact_id: UUID, version: int, fields: ContactFields) -> Contact:
    """Raises Conflict when the contact was changed since `version`."""
    contact = await _own(session, contact_id)
    if contact.version != version:
        raise Conflict(_("This person was changed somewhere else meanwhile; your entries are still in the form."))
    for name, value in _columns(fields).items():
        setattr(contact, name, value)
    return contact


async def discard_contact(session: AsyncSession, contact_id: UUID) -> Contact:
    contact = await _own(session, contact_id)
    if contact.is_self:
        raise Forbidden(_("This is you: your own contact stays as long as your account."))
    contact.deleted_at = contact.deleted_at or datetime.now(UTC)
    return contact


async def restore_contact(session: AsyncSession, contact_id: UUID) -> Contact:
    contact = await _own(session, contact_id)
    contact.deleted_at = None
    return contact


def _columns(fields: ContactFields) -> dict[str, str | None]:
    optional = {
        name: getattr(fields, name).strip() or None
        for name in ("nickname", "email", "phone", "company", "role_title", "location")
    }
    if not fields.full_name.strip():
        raise Invalid(_("A person needs a name, even a made-up one."))
    return {"full_name": fields.full_name.strip(), "notes": fields.notes.replace("\r\n", "\n"), **optional}


async def _own(session: AsyncSession, contact_id: UUID) -> Contact:
    contact = await session.scalar(select(Contact).where(Contact.id == contact_id).with_for_update())
    if contact is None:
        raise NotFound
    return contact
