"""The connect slot, topics: a text's `#hashtags` and its properties file a record under topics, made when new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from app.core.record import RecordText
from app.core.text import slug

MAKE = """
insert into topics (user_id, label, slug, created_at, updated_at)
select $1, label, slug, dated, dated from unnest($2::text[], $3::text[], $4::timestamptz[]) t(label, slug, dated)
on conflict (user_id, slug) do nothing"""

FILE = """
insert into record_topics (user_id, record_id, topic_id, origin)
select $1, f.record_id, t.id, $4 from unnest($2::uuid[], $3::text[]) f(record_id, slug)
  join topics t on t.user_id = $1 and t.slug = f.slug
on conflict do nothing"""

UNFILE = """
delete from record_topics rt using topics t
 where rt.topic_id = t.id and rt.origin = $4 and rt.record_id = any($1)
   and not exists (select from unnest($2::uuid[], $3::text[]) f(record_id, slug)
                    where f.record_id = rt.record_id and f.slug = t.slug)"""


async def tag_records(connection: asyncpg.Connection, user_id: UUID, texts: Sequence[RecordText]) -> None:
    """Make the topics of these records equal to the hashtags and the properties in their texts."""
    dated = {text.id: text.dated for text in texts if text.kind != "topic"}
    written = {text.id: [topic.name for topic in text.references.topics] for text in texts if text.id in dated}
    await file_under(connection, user_id, written, origin="written", dated=dated)
    own = {text.id: text.own_words.tags for text in texts if text.id in dated}
    await file_under(connection, user_id, own, origin="property", dated=dated)


async def file_under(
    connection: asyncpg.Connection,
    user_id: UUID,
    labels: Mapping[UUID, Iterable[str]],
    *,
    origin: str,
    dated: Mapping[UUID, object],
) -> None:
    """Each record's topics of one origin (`written` in the text, `property` in its front matter) become `labels`."""
    new: dict[str, tuple[str, object]] = {}
    filed: set[tuple[UUID, str]] = set()
    for record_id, names in labels.items():
        for name in names:
            if key := slug(name):
                # A topic is as old as the first record that names it, so that an import makes no topic glow.
                new[key] = min(new.get(key, (name, dated[record_id])), (name, dated[record_id]), key=_age)
                filed.add((record_id, key))
    ordered = sorted(new.items())  # one order for all, so that two workers cannot lock each other out
    await connection.execute(
        MAKE, user_id, [v[0] for _, v in ordered], [k for k, _ in ordered], [v[1] for _, v in ordered]
    )
    pairs = sorted(filed, key=str)
    ids, slugs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    await connection.execute(UNFILE, list(labels), ids, slugs, origin)
    await connection.execute(FILE, user_id, ids, slugs, origin)


def _age(topic: tuple[str, object]) -> Any:
    return topic[1]
