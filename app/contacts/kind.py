"""Contacts: the people of a life. Contact Zero (`is_self`) is the user."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from app.contacts.exporting import name_contact, write_contact
from app.core.filtering import RecordFilter
from app.core.portable import Readable
from app.core.record import Kind, Record
from app.core.words import gettext_noop

# By the whole name, by words that it begins with, or by another name.
OF_PERSON = RecordFilter(
    "person", gettext_noop("Mentions or is for a person"),
    "r.id in (select l.source_id from names n join contacts c on c.id = n.record_id "
    "join entity_links l on l.target_id = n.record_id "
    "where (n.folded = {v} or n.folded >= {v} || ' ' and n.folded < {v} || '!') "
    "and l.rejected_at is null and l.valid_to is null)",
    complete="select n.name from names n join contacts c on c.id = n.record_id where n.folded >= $1 "
    "and n.folded < $1 || U&'\\FFFF' and c.deleted_at is null and c.archived_at is null "
    "order by length(n.folded), n.folded limit 10",
)  # fmt: skip

CONTACT = Kind(
    "contact", "contacts", gettext_noop("Person"), "/people/{id}",
    "select id, full_name, notes, 'markdown', created_at, custom_fields from contacts where id = any($1)",
    filters=(OF_PERSON,),
    words=("full_name", "notes"),
    readable=Readable("people", ".vcf", name_contact, write_contact),
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
