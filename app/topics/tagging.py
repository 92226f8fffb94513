"""The connect slot, topics: a text's `#hashtags` and its properties file a record under topics, made when new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from app.core.record import RecordText
from app.core.text import fold, slug

# By its very spelling, else by one that differs in accents alone; a topic that is in use before one in the trash.
RESOLVE = """
select w.slug, coalesce(
       (select s.topic_id from topic_slugs s where s.user_id = $1 and s.slug = w.slug),
       (select s.topic_id from topic_slugs s join topics t on t.id = s.topic_id
         where s.user_id = $1 and s.folded = w.folded
         order by t.deleted_at is not null and t.merged_into is null, s.created_at, s.slug limit 1)) as topic_id
  from unnest($2::text[], $3::text[]) w(slug, folded)"""

MAKE = """
insert into topics (user_id, label, slug, created_at, updated_at)
select $1, label, slug, dated, dated from unnest($2::text[], $3::text[], $4::timestamptz[]) t(label, slug, dated)
on conflict (user_id, slug) do nothing"""

UNFILE = """
delete from record_topics rt
 where rt.origin = $4 and rt.record_id = any($1)
   and not exists (select from unnest($2::uuid[], $3::uuid[]) f(record_id, topic_id)
                    where f.record_id = rt.record_id and f.topic_id = rt.topic_id)"""

FILE = """
insert into record_topics (user_id, record_id, topic_id, origin)
select $1, f.record_id, f.topic_id, $4 from unnest($2::uuid[], $3::uuid[]) f(record_id, topic_id)
on conflict do nothing returning topic_id"""

# One that was thrown away is back once it is written anew; one that was merged stands for another already.
REVIVE = "update topics set deleted_at = null where id = any($1) and deleted_at is not null and merged_into is null"

Named = Mapping[str, tuple[str, Any]]
"""Slug → the topic's label and how old it is, should it be new."""


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
    """Each record's topics of one origin (`written` in the text, `property` in its front matter) become `labels`.

    What is filed by hand has an origin of its own and stays as it is.
    """
    named: dict[str, tuple[str, Any]] = {}
    filed: set[tuple[UUID, str]] = set()
    for record_id, names in labels.items():
        for name in names:
            if key := slug(name):
                # A topic is as old as the first record that names it, so that an import makes no topic glow.
                named[key] = min(named.get(key, (name, dated[record_id])), (name, dated[record_id]), key=_age)
                filed.add((record_id, key))
    topics = await ensure_topics(connection, user_id, named)
    pairs = sorted({(record_id, topics[key]) for record_id, key in filed})
    ids, topic_ids = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    await connection.execute(UNFILE, list(labels), ids, topic_ids, origin)
    fresh = await connection.fetch(FILE, user_id, ids, topic_ids, origin)
    if fresh:
        await connection.execute(REVIVE, list({row[0] for row in fresh}))


async def ensure_topics(connection: asyncpg.Connection, user_id: UUID, named: Named) -> dict[str, UUID]:
    """The topic that each slug means; one that nobody has yet is made. A merged one is given as itself."""
    known = await resolve_slugs(connection, user_id, named)
    new: dict[str, tuple[str, str, Any]] = {}
    for key, (label, dated) in named.items():
        if key not in known:
            # Two spellings of one new name make one topic.
            one = (key, label, dated)
            new[fold(key)] = min(new.get(fold(key), one), one, key=lambda other: other[2])
    if not new:
        return known
    ordered = sorted(new.values(), key=lambda one: one[0])  # one order for all, so that no two lock each other out
    await connection.execute(
        MAKE, user_id, [one[1] for one in ordered], [one[0] for one in ordered], [one[2] for one in ordered]
    )
    return known | await resolve_slugs(connection, user_id, [key for key in named if key not in known])


async def resolve_slugs(connection: asyncpg.Connection, user_id: UUID, slugs: Iterable[str]) -> dict[str, UUID]:
    """The topic that each of these means by now, whatever it was called; without those that mean none."""
    wanted = list(slugs)
    rows = await connection.fetch(RESOLVE, user_id, wanted, [fold(key) for key in wanted]) if wanted else []
    return {row["slug"]: row["topic_id"] for row in rows if row["topic_id"]}


def _age(topic: tuple[str, Any]) -> Any:
    return topic[1]
