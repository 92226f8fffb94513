"""What every lens knows of a record: its kind, its names and its text, never its table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import DateTime, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.core.filtering import RecordFilter
from app.core.portable import Readable
from app.core.properties import OwnWords, read_properties
from app.core.references import References, parse_references
from app.core.text import words_of_html


class Base(DeclarativeBase):
    """Own base: the libraries' bases add columns that these tables do not have."""

    type_annotation_map = {dict[str, Any]: JSONB, datetime: DateTime(timezone=True)}  # noqa: RUF012


class Record(Base):
    """The columns that every kind of record shares (migrations/tables.py makes them)."""

    __abstract__ = True
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    user_id: Mapped[UUID]  # its foreign key, like all constraints, is the migration's business
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    archived_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    source: Mapped[str] = mapped_column(server_default="local")
    source_id: Mapped[str | None]
    synced_at: Mapped[datetime | None]
    is_pinned: Mapped[bool] = mapped_column(server_default=text("false"))
    sensitivity: Mapped[str] = mapped_column(server_default="normal")
    custom_fields: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record, as its source declares it.

    `table` holds its rows (migrations/tables.py). `texts` is SQL that takes record ids as $1 and gives (id, title,
    body, format, dated, custom_fields) rows, where `dated` is when the record came to be by its own account. `path` is
    its page's address with ``{id}``; `label` is marked by `gettext_noop` and translated where it is shown. `filters`
    are what its source adds to the query language. `words` are the columns of its title and its text. `readable` is how
    an export writes it (ROWS_ALONE: by its exact rows alone); a test refuses a kind that says nothing of it. `people`
    are its columns that name a person, by one id or a list: of two who become one they name the one that stays.
    `links`, of a kind whose records may stand for a page elsewhere, is SQL that takes ids as $1 and gives (id, url)
    rows; `entitle` gives one of them ($1) the title of its page ($2) where it has none.
    """

    name: str
    table: str
    label: str
    path: str
    texts: str
    filters: tuple[RecordFilter, ...] = ()
    words: tuple[str, str] = ("title", "content")
    readable: Readable | None = None
    people: tuple[str, ...] = ()
    links: str = ""
    entitle: str = ""

    def url(self, record_id: UUID) -> str:
        return self.path.format(id=record_id)


@dataclass(frozen=True)
class RecordText:
    """The words of one record, as the slots read them."""

    id: UUID
    kind: str
    title: str
    body: str
    format: str
    dated: datetime
    custom_fields: str = "{}"

    @cached_property
    def digest(self) -> bytes:
        """Of all its words: another title or another letter, and it is another."""
        return hashlib.blake2b(f"{self.title}\0{self.body}".encode("utf-8", "replace"), digest_size=16).digest()

    @cached_property
    def references(self) -> References:
        return parse_references(self.body)

    @cached_property
    def own_words(self) -> OwnWords:
        """What the record says about itself by its properties."""
        return read_properties(json.loads(self.custom_fields), self.body)


async def read_texts(
    connection: asyncpg.Connection, kinds: Mapping[str, Kind], ids: Sequence[UUID]
) -> list[RecordText]:
    """The texts of those of the records that still exist, of whatever kind, one query per kind present."""
    rows = await connection.fetch("select id, kind from records where id = any($1)", ids)
    by_kind: dict[str, list[UUID]] = {}
    for record_id, kind in rows:
        by_kind.setdefault(kind, []).append(record_id)
    found: list[RecordText] = []
    for kind, members in by_kind.items():
        for row in await connection.fetch(kinds[kind].texts, members):
            record_id, title, body, form, *rest = row
            said = words_of_html(body) if form == "html" else body
            found.append(RecordText(record_id, kind, title, said, form, *rest))
    return found


def by_name(kinds: Iterable[Kind]) -> dict[str, Kind]:
    return {kind.name: kind for kind in kinds}
