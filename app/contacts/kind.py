"""Contacts: the people of a life. Contact Zero (`is_self`) is the user."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import JSONB
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
    "and l.rejected_at is null and l.valid_to is null and l.origin <> 'inferred' "
    "and not (l.origin = 'extracted' and l.is_ambiguous))",
    complete="select n.name from names n join contacts c on c.id = n.record_id where n.folded >= $1 "
    "and n.folded < $1 || U&'\\FFFF' and c.deleted_at is null and c.archived_at is null "
    "order by length(n.folded), n.folded limit 10",
)  # fmt: skip

STATUS = RecordFilter(
    "status", gettext_noop("A person of this status: active, dormant, blocked, testing"),
    "r.id in (select id from contacts where status = {v} and not is_self)",
    complete="select s from unnest(array['active', 'dormant', 'blocked', 'testing']) s where starts_with(s, $1)",
)  # fmt: skip
DOMAIN = RecordFilter(
    "domain", gettext_noop("A person of this part of life: personal, business, hybrid"),
    "r.id in (select id from contacts where domain = any(array[{v}, 'hybrid']) and not is_self)",
    complete="select s from unnest(array['personal', 'business', 'hybrid']) s where starts_with(s, $1)",
)  # fmt: skip
FAVOURITE = RecordFilter(
    "is", gettext_noop("A favourite person"), "r.id in (select id from contacts where is_favourite)",
    choice="favourite",
)  # fmt: skip
# By the whole name; a group in the trash gathers nobody. The table has no index over names that are folded here, and a
# person has few groups.
IN_GROUP = RecordFilter(
    "group", gettext_noop("A person of a group"),
    "r.id in (select m.contact_id from groups g join group_members m on m.user_id = g.user_id and m.group_id = g.id "
    "where fold_text(g.name) = {v} and g.deleted_at is null)",
    complete="select g.name from groups g where starts_with(fold_text(g.name), $1) and g.deleted_at is null "
    "order by length(g.name), lower(g.name) limit 10",
)  # fmt: skip

CONTACT = Kind(
    "contact", "contacts", gettext_noop("Person"), "/people/{id}",
    "select id, full_name, notes, 'markdown', created_at, custom_fields from contacts where id = any($1)",
    filters=(OF_PERSON, STATUS, DOMAIN, FAVOURITE, IN_GROUP),
    words=("full_name", "notes"),
    readable=Readable("people", ".vcf", name_contact, write_contact),
)  # fmt: skip


Rows = Annotated[list[Any], mapped_column(JSONB)]
"""What has many values is a list in the row, so that history, undo and merge know it as any other field."""


class Contact(Record):
    __tablename__ = "contacts"

    full_name: Mapped[str]
    prefix: Mapped[str | None]
    first_name: Mapped[str | None]
    middle_name: Mapped[str | None]
    last_name: Mapped[str | None]
    suffix: Mapped[str | None]
    nickname: Mapped[str | None]
    pronouns: Mapped[str | None]
    company: Mapped[str | None]
    role_title: Mapped[str | None]
    location: Mapped[str | None]
    role: Mapped[str | None]
    how_met: Mapped[str | None]
    notes: Mapped[str] = mapped_column(server_default="")
    avatar: Mapped[str | None]
    is_self: Mapped[bool] = mapped_column(server_default="false")
    domain: Mapped[str] = mapped_column(server_default="personal")
    status: Mapped[str] = mapped_column(server_default="active")
    is_favourite: Mapped[bool] = mapped_column(server_default="false")
    wished_days: Mapped[int | None]
    card_uid: Mapped[str | None]
    merged_into: Mapped[UUID | None]
    emails: Mapped[Rows] = mapped_column(server_default="[]")
    phones: Mapped[Rows] = mapped_column(server_default="[]")
    addresses: Mapped[Rows] = mapped_column(server_default="[]")
    urls: Mapped[Rows] = mapped_column(server_default="[]")
    handles: Mapped[Rows] = mapped_column(server_default="[]")
    dates: Mapped[Rows] = mapped_column(server_default="[]")
    promises: Mapped[Rows] = mapped_column(server_default="[]")
    relations: Mapped[Rows] = mapped_column(server_default="[]")
    groups: Mapped[Rows] = mapped_column(server_default="[]")
    card_extra: Mapped[Rows] = mapped_column(server_default="[]")
