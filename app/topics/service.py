"""The verbs on topics. Each runs in the caller's transaction and is undone as its action."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.core.errors import Conflict, Invalid, NotFound
from app.core.names import add_alias
from app.core.text import fold, slug
from app.topics.queries import topics_below
from app.topics.tagging import ensure_topics
from app.web.locale import gettext as _
from app.web.locale import number

LONGEST = 100
LONGEST_DESCRIPTION = 100_000

OWN = "select id, label, slug, description, deleted_at, merged_into from topics where id = $1 for update"
RENAME = "update topics set label = $2, slug = $3 where id = $1 and (label, slug) <> ($2, $3)"
DESCRIBE = "update topics set description = $2 where id = $1 and description <> $2"
# Who is called so now; what somebody was called once is free to take.
NAMESAKE = """
select t.id, t.label, t.slug, t.deleted_at from topic_slugs s join topics t on t.id = s.topic_id and t.slug = s.slug
 where s.user_id = app_user_id() and s.folded = $1 and t.id <> $2 order by t.deleted_at nulls first limit 1"""
STEP_ASIDE = "update topics set slug = left(slug, 200) || '-' || right(id::text, 12) where id = $1"

# What was merged into it before now stands for the other as well.
INHERIT = "update topics set merged_into = $2 where merged_into = $1"
MERGE = "update topics set merged_into = $2, deleted_at = coalesce(deleted_at, now()) where id = $1"
DISCARD = "update topics set deleted_at = $2 where id = $1 and deleted_at is null"
RESTORE = "update topics set deleted_at = null where id = $1 and deleted_at is not null"

FILE = """
insert into filings as f (user_id, record_id, topic_id)
select app_user_id(), r.id, $2 from unnest($1::uuid[]) w(id) join records r on r.id = w.id
 where not exists (select from record_topics rt where rt.record_id = r.id and rt.topic_id = any($3))
on conflict (record_id, topic_id) do update set deleted_at = null where f.deleted_at is not null"""
UNFILE = """
update filings set deleted_at = now()
 where record_id = any($1) and topic_id = any($2) and deleted_at is null"""
STILL = "select count(distinct record_id) from record_topics where record_id = any($1) and topic_id = any($2)"


class Taken(Conflict):
    """Another topic is called so: the two can be merged."""

    def __init__(self, other_id: UUID, label: str) -> None:
        super().__init__(_("There is a topic #%(label)s already. Merge the two instead.") % {"label": label})
        self.other_id = other_id


def check_label(given: str) -> str:
    """As it is stored; raises Invalid."""
    label = " ".join(given.replace("\0", "").split()).lstrip("#").strip(" /")
    if not label or not slug(label):
        raise Invalid(_("A topic needs a name."))
    if len(label) > LONGEST:
        raise Invalid(_("The name of a topic has at most %(most)s characters.") % {"most": number(LONGEST)})
    return label


async def describe_topic(connection: asyncpg.Connection, topic_id: UUID, description: str) -> None:
    text = description.replace("\0", "").replace("\r\n", "\n")
    if len(text) > LONGEST_DESCRIPTION:
        raise Invalid(_("A description has at most %(most)s characters.") % {"most": number(LONGEST_DESCRIPTION)})
    await _own(connection, topic_id)
    await connection.execute(DESCRIBE, topic_id, text)


async def rename_topic(
    connection: asyncpg.Connection, topic_id: UUID, label: str, short: str = ""
) -> dict[UUID, str]:  # fmt: skip
    """And all below it with it (`a/b` for `a`); whose names became what. What it was called stays its alias."""
    label = check_label(label)
    topic = await _own(connection, topic_id)
    # A short name that nobody touched follows the name.
    keeps = short.strip() in ("", topic["slug"]) and label == topic["label"]
    fresh = topic["slug"] if keeps else slug(label if short.strip() in ("", topic["slug"]) else short)[:LONGEST]
    renamed = await _rename(connection, topic_id, topic["label"], label, fresh or slug(label))
    if fold(label) != fold(topic["label"]):
        for child in await topics_below(connection, topic["label"]):
            rest = child["label"][len(topic["label"]) :]
            path = check_label(label + rest)
            renamed |= await _rename(connection, child["id"], child["label"], path, slug(path))
    return renamed


async def _rename(
    connection: asyncpg.Connection, topic_id: UUID, former: str, label: str, fresh: str
) -> dict[UUID, str]:  # fmt: skip
    other = await connection.fetchrow(NAMESAKE, fold(fresh), topic_id)
    if other and other["deleted_at"] is None:
        raise Taken(other["id"], other["label"])
    if other and other["slug"] == fresh:
        await connection.execute(STEP_ASIDE, other["id"])
    await connection.execute(RENAME, topic_id, label, fresh)
    if fold(former) != fold(label):
        user_id = await connection.fetchval("select app_user_id()")
        await add_alias(connection, user_id, topic_id, fold(former), former)
    return {topic_id: label}


async def merge_topics(connection: asyncpg.Connection, topic_id: UUID, into_id: UUID) -> None:
    """What stands under the one stands under the other then, and the one's names mean the other."""
    if topic_id == into_id:
        raise Invalid(_("A topic cannot be merged into itself."))
    # In one order for all, so that two merges at once cannot lock each other out.
    rows = {one: await _own(connection, one) for one in sorted((topic_id, into_id))}
    gone, stays = rows[topic_id], rows[into_id]
    await connection.execute(INHERIT, topic_id, into_id)
    await connection.execute(MERGE, topic_id, into_id)
    if gone["description"].strip() and gone["description"] != stays["description"]:
        both = "\n\n".join(text for text in (stays["description"], gone["description"]) if text.strip())
        await connection.execute(DESCRIBE, into_id, both[:LONGEST_DESCRIPTION])


async def discard_topic(connection: asyncpg.Connection, topic_id: UUID) -> None:
    await _own(connection, topic_id)
    await connection.execute(DISCARD, topic_id, datetime.now(UTC))


async def restore_topic(connection: asyncpg.Connection, topic_id: UUID) -> None:
    await _any(connection, topic_id)
    await connection.execute(RESTORE, topic_id)


async def _own(connection: asyncpg.Connection, topic_id: UUID) -> asyncpg.Record:
    """One that is in use; raises NotFound."""
    topic = await _any(connection, topic_id)
    if topic["deleted_at"] is not None:
        raise NotFound
    return topic


async def _any(connection: asyncpg.Connection, topic_id: UUID) -> asyncpg.Record:
    """One in the trash as well."""
    topic = await connection.fetchrow(OWN, topic_id)
    if topic is None:
        raise NotFound
    return topic


async def ensure_topic(connection: asyncpg.Connection, user_id: UUID, given: str) -> tuple[UUID, str]:
    """Whichever topic is called so, in use again if it was thrown away; made when there is none. Its id and label."""
    label = check_label(given)
    found = await ensure_topics(connection, user_id, {slug(label): (label, datetime.now(UTC))})
    topic = await _any(connection, found[slug(label)])
    if topic["merged_into"]:
        topic = await _any(connection, topic["merged_into"])
    await connection.execute(RESTORE, topic["id"])
    return topic["id"], topic["label"]


async def file_records(connection: asyncpg.Connection, ids: Sequence[UUID], topic_id: UUID) -> int:
    """By hand: no text is changed. How many did not stand under it yet."""
    family = await _family(connection, topic_id)
    return int((await connection.execute(FILE, ids, topic_id, family)).split()[-1])


async def unfile_records(connection: asyncpg.Connection, ids: Sequence[UUID], topic_id: UUID) -> tuple[int, int]:
    """Take away what was filed by hand: how many that were, and how many stay since their own words say it."""
    family = await _family(connection, topic_id)
    gone = int((await connection.execute(UNFILE, ids, family)).split()[-1])
    return gone, await connection.fetchval(STILL, ids, family)


async def _family(connection: asyncpg.Connection, topic_id: UUID) -> list[UUID]:
    rows = await connection.fetch("select id from topics where merged_into = $1", topic_id)
    return [topic_id, *(row[0] for row in rows)]
