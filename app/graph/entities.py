"""Entities: people, organisations, projects, places and topics that texts name and nobody filed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.portable import ROWS_ALONE
from app.core.record import Kind, Record
from app.core.words import gettext_noop
from app.web.locale import gettext as _

ENTITY = Kind(
    "entity", "entities", gettext_noop("Name"), "/names/{id}",
    "select id, name, description, 'markdown', created_at, custom_fields from entities where id = any($1)",
    words=("name", "description"),
    readable=ROWS_ALONE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EntityType:
    label: str


TYPES = {
    "person": EntityType(gettext_noop("Person")), "organisation": EntityType(gettext_noop("Organisation")),
    "project": EntityType(gettext_noop("Project")), "location": EntityType(gettext_noop("Place")),
    "topic": EntityType(gettext_noop("Topic")),
}  # fmt: skip


def type_label(name: str) -> str:
    """In the reader's language."""
    return _(TYPES[name].label)


class Entity(Record):
    __tablename__ = "entities"

    name: Mapped[str]
    normalised_name: Mapped[str]
    entity_type: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    properties: Mapped[dict[str, Any]] = mapped_column(server_default="'{}'")
    first_seen: Mapped[datetime | None]
    last_seen: Mapped[datetime | None]
    merged_into: Mapped[UUID | None]
