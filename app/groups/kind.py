"""Groups: people who belong together. Who is in one stands in each person's own row."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.portable import ROWS_ALONE
from app.core.record import Kind, Record
from app.core.words import gettext_noop

GROUP = Kind(
    "group", "groups", gettext_noop("Group"), "/groups/{id}",
    "select id, name, description, 'markdown', created_at, custom_fields from groups where id = any($1)",
    words=("name", "description"),
    readable=ROWS_ALONE,
)  # fmt: skip


class Group(Record):
    __tablename__ = "groups"

    name: Mapped[str] = mapped_column(server_default="")
    description: Mapped[str] = mapped_column(server_default="")
    banner: Mapped[UUID | None]
    wished_days: Mapped[int | None]
