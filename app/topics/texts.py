"""A new name for a topic in the texts that use the old one, where a person asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from app.core.errors import Invalid
from app.core.references import Topic, parse_references
from app.core.text import slug
from app.topics.tagging import resolve_slugs
from app.web.locale import gettext as _
from app.web.locale import number

MOST = 5000

# What of each kind is text, as its connect slot reads it.
NOTES = """
select n.id, n.content as text from record_topics rt join notes n on n.id = rt.record_id
 where rt.topic_id = any($1) and rt.origin = 'written' and n.deleted_at is null and n.content_format = 'markdown'
 order by n.id for update of n"""
PEOPLE = """
select c.id, c.notes as text from record_topics rt join contacts c on c.id = rt.record_id
 where rt.topic_id = any($1) and rt.origin = 'written' and c.deleted_at is null order by c.id for update of c"""
WRITE_NOTES = "update notes n set content = w.text from unnest($1::uuid[], $2::text[]) w(id, text) where n.id = w.id"
WRITE_PEOPLE = "update contacts c set notes = w.text from unnest($1::uuid[], $2::text[]) w(id, text) where c.id = w.id"


def as_hashtag(label: str) -> str:
    """How a text names a topic of that name. Raises Invalid where it cannot."""
    for name in (label, slug(label)):
        written = parse_references("#" + name).topics
        if written and written[0].name == name:
            return "#" + name
    raise Invalid(_("A text cannot name “%(label)s” by a #hashtag; choose other words.") % {"label": label})


async def rewrite_texts(connection: asyncpg.Connection, user_id: UUID, renamed: Mapping[UUID, str]) -> int:
    """`#old` becomes `#new` in every text that says so; how many texts were changed. After the topics were renamed."""
    hashtags = {topic_id: as_hashtag(label) for topic_id, label in renamed.items()}
    changed = 0
    for read, write in ((NOTES, WRITE_NOTES), (PEOPLE, WRITE_PEOPLE)):
        rows = {row["id"]: row["text"] for row in await connection.fetch(read, list(hashtags))}
        if len(rows) > MOST:
            told = _("At most %(most)s texts can be rewritten at once; without that the old name keeps its meaning.")
            raise Invalid(told % {"most": number(MOST)})
        fresh = await _rewritten(connection, user_id, rows, hashtags)
        await connection.execute(write, list(fresh), list(fresh.values()))
        changed += len(fresh)
    return changed


async def _rewritten(
    connection: asyncpg.Connection, user_id: UUID, texts: Mapping[UUID, str], hashtags: Mapping[UUID, str]
) -> dict[UUID, str]:
    """Those that become another text."""
    used = {slug(topic.name) for text in texts.values() for topic in parse_references(text).topics}
    meant = await resolve_slugs(connection, user_id, sorted(used))
    wanted = {name: hashtags[topic_id] for name, topic_id in meant.items() if topic_id in hashtags}
    fresh = {record_id: _replaced(text, wanted) for record_id, text in texts.items()}
    return {record_id: text for record_id, text in fresh.items() if text != texts[record_id]}


def _replaced(text: str, wanted: Mapping[str, str]) -> str:
    parts: list[str] = []
    at = 0
    for topic in _in_order(text):
        if hashtag := wanted.get(slug(topic.name)):
            parts += [text[at : topic.start], hashtag]
            at = topic.end
    return "".join([*parts, text[at:]])


def _in_order(text: str) -> Sequence[Topic]:
    return sorted(parse_references(text).topics, key=lambda topic: topic.start)
