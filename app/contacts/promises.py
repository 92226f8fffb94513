"""Who owes what to whom: promises are made, kept, taken back, and each of it is undone as any change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.fields import MOST_ROWS, Promise, check_fields, columns_of, fields_of
from app.contacts.kind import Contact
from app.contacts.service import own_contact
from app.core.errors import Invalid, NotFound
from app.web.locale import gettext as _


async def add_promise(session: AsyncSession, contact_id: UUID, by: str, text: str, due: str) -> Contact:
    """Raises Invalid for one that says nothing, or a day that is none."""
    contact = await own_contact(session, contact_id)
    if not text.strip():
        raise Invalid(_("A promise needs words."))
    before = fields_of(vars(contact))
    if len(before.promises) >= MOST_ROWS:
        raise Invalid(_("This holds at most %(most)s rows.") % {"most": MOST_ROWS})
    fresh = Promise(str(uuid4()), by, " ".join(text.split()), due.strip() or None)
    if wrong := check_fields(replace(before, promises=(fresh,))).get("promises.0"):
        raise Invalid(wrong)
    return _keep(contact, (*before.promises, fresh))


async def keep_promise(session: AsyncSession, contact_id: UUID, promise_id: str, done: date | None) -> Contact:
    """Kept on that day; open again with None."""
    contact, promises = await _find(session, contact_id, promise_id)
    day = done.isoformat() if done else None
    return _keep(contact, tuple(replace(p, done=day) if p.id == promise_id else p for p in promises))


async def drop_promise(session: AsyncSession, contact_id: UUID, promise_id: str) -> Contact:
    contact, promises = await _find(session, contact_id, promise_id)
    return _keep(contact, tuple(p for p in promises if p.id != promise_id))


async def _find(session: AsyncSession, contact_id: UUID, promise_id: str) -> tuple[Contact, tuple[Promise, ...]]:
    contact = await own_contact(session, contact_id)
    promises = fields_of(vars(contact)).promises
    if not any(p.id == promise_id for p in promises):
        raise NotFound
    return contact, promises


def _keep(contact: Contact, promises: tuple[Promise, ...]) -> Contact:
    contact.promises = columns_of(replace(fields_of(vars(contact)), promises=promises))["promises"]
    return contact
