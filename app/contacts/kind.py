"""Contacts: the people of a life. Contact Zero (`is_self`) is the user."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.core.record import Kind, Record
from app.core.words import gettext_noop

CONTACT = Kind(
    "contact", "contacts", gettext_noop("Person"), "/people/{id}",
    "select id, full_name, notes, 'markdown', created_at, custom_fields from contacts where id = any($1)",
)  # fmt: skip


class Contact(Record):
    __tablename__ = "contacts"

    full_name: Mapped[str]
    nickname: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    company: Mapped[str | None]
    role_title: Mapped[str | None]
    location: Mapped[str | None]
    notes: Mapped[str] = mapped_column(server_default="")
    avatar: Mapped[str | None]
    is_self: Mapped[bool] = mapped_column(server_default="false")
