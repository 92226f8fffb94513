"""Topics: what a record is about. Tags and #hashtags are topics."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from app.core.filtering import RecordFilter
from app.core.portable import ROWS_ALONE
from app.core.record import Kind, Record
from app.core.text import fold
from app.core.words import gettext_noop

# `travel` holds `travel/rail`, and whatever was merged into it.
OF_TOPIC = RecordFilter(
    "tag", gettext_noop("Has a topic"),
    "r.id in (select rt.record_id from names n join topics t on t.id = n.record_id and t.deleted_at is null "
    "cross join lateral (select t.id union all select m.id from topics m where m.merged_into = t.id) f(id) "
    "join record_topics rt on rt.topic_id = f.id "
    "where n.folded = {v} or n.folded >= {v} || '/' and n.folded < {v} || '0')",
    complete="select n.name from names n join topics t on t.id = n.record_id where n.folded >= $1 "
    "and n.folded < $1 || U&'\\FFFF' and t.deleted_at is null and t.archived_at is null "
    "order by length(n.folded), n.folded limit 10",
    read=lambda value: fold(value.lstrip("#")),
)  # fmt: skip

TOPIC = Kind(
    "topic", "topics", gettext_noop("Topic"), "/topics/{id}",
    "select id, label, description, 'markdown', created_at, custom_fields from topics where id = any($1)",
    filters=(OF_TOPIC,),
    words=("label", "description"),
    readable=ROWS_ALONE,
)  # fmt: skip


class Topic(Record):
    __tablename__ = "topics"

    label: Mapped[str]
    slug: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    merged_into: Mapped[UUID | None]
