"""What a language model calls a cluster, in the place of its words: one cluster with each step, asleep.

A title is short, plain, and says nothing but what stands in the records that the model was given, or it is dropped. It
holds for as long as each of these stands in the cluster as it did, and a person's own name stands above it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from app.clusters.queries import TITLE_HOLDS
from app.core.sleeping import SleepKind, Step, Stretch
from app.core.text import LETTER, fold
from app.core.words import Word, gettext_noop
from app.privacy.sending import Asked, Question, ask_asleep
from app.web.locale import SUPPORTED

MOST_A_NIGHT, MOST_TRIED, RECORDS, LONGEST = 12, 60, 8, 60
NOBODY = UUID(int=0)

UNTITLED = f"""
  from clusters c
 where c.dissolved_at is null and c.label = '' and c.words <> '{{}}'
   and not exists (select from cluster_titles t where t.cluster_id = c.id and {TITLE_HOLDS}) """
WAITING = "select c.id, c.words" + UNTITLED + "and c.id > $1 order by c.id limit 1"
SOURCES = """
select r.id, r.updated_at from cluster_members m join records r on r.id = m.record_id
 where m.cluster_id = $1 and m.removed_at is null and r.deleted_at is null and r.archived_at is null
 order by m.pinned_at is null, m.confidence desc, r.id limit $2"""
LOCALE = "select locale from users where id = app_user_id()"
DROP = "delete from cluster_titles where cluster_id = $1"
# What went or changed while the model was speaking is no source any more, and so there is no title.
KEEP = """
insert into cluster_titles (cluster_id, user_id, title, locale, model)
select c.id, c.user_id, $2, $3, $4 from clusters c
 where c.id = $1 and c.dissolved_at is null and not exists (
       select from unnest($5::uuid[], $6::timestamptz[]) g(id, at) where not exists (
       select from records r where r.id = g.id and r.deleted_at is null and r.updated_at = g.at))
returning cluster_id"""
FROM = """
insert into title_sources (user_id, cluster_id, record_id, updated_at)
select app_user_id(), $1, g.id, g.at from unnest($2::uuid[], $3::timestamptz[]) g(id, at)"""

TASK = """\
A person's house found that a few of their records belong together. Under "noticed" stand words that many of these \
records have in common. Give the group a name of two to five words in {language}, as one would write it on a folder: \
what the records have in common, in words that they use themselves. No sentence, no quotation marks, no Markdown, \
no names of single records.
Answer as JSON: {{"title": "…"}}"""

_WORD = re.compile(rf"(?:{LETTER})+|[0-9]+")
_PLAIN = re.compile(rf"(?:{LETTER}|[0-9])(?:{LETTER}|[0-9 ,&'’+/-])*", re.UNICODE)
# So much of a word must stand in a record: it may be bent as its language bends it.
STEM = 4


class Titled(msgspec.Struct):
    """The shape that a model is asked for."""

    title: str


@dataclass(frozen=True, slots=True)
class Brought:
    """A cluster, the records it would be called by, and the answer: None where none was asked or given."""

    cluster_id: UUID
    locale: str
    sources: dict[UUID, datetime]
    asked: Asked | None


async def bring(stretch: Stretch) -> Brought | None:
    assert stretch.read is not None
    if stretch.cursor.get("asked", 0) >= MOST_A_NIGHT or stretch.cursor.get("tried", 0) >= MOST_TRIED:
        return None
    async with stretch.read() as connection:
        row = await connection.fetchrow(WAITING, UUID(stretch.cursor.get("after", str(NOBODY))))
        if row is None:
            return None
        locale = str(await connection.fetchval(LOCALE))
        found = await connection.fetch(SOURCES, row["id"], RECORDS)
    sources = {one["id"]: one["updated_at"] for one in found}
    return Brought(row["id"], locale, sources, await _ask(stretch, locale, row["words"], sources))


async def _ask(stretch: Stretch, locale: str, words: Collection[str], sources: dict[UUID, datetime]) -> Asked | None:
    if not sources:
        return None
    task = TASK.format(language=SUPPORTED[locale])
    question = Question("clusters", task, ", ".join(words), list(sources), Titled, most_tokens=200)
    return await ask_asleep(stretch, question)


async def step(connection: asyncpg.Connection, stretch: Stretch) -> Step:
    brought: Brought | None = stretch.brought
    if brought is None:
        return Step(0)
    asked, before = brought.asked, stretch.cursor
    cursor: dict[str, Any] = {
        "after": str(brought.cluster_id),
        "tried": before.get("tried", 0) + 1,
        # What may not be sent costs nothing, and takes no other's turn.
        "asked": before.get("asked", 0) + (asked is not None or stretch.is_dry),
    }
    if asked is None:
        return Step(1, cursor, {"found": int(stretch.is_dry)})
    title = read_title(asked)
    is_kept = await _keep_title(connection, brought, title, asked.model)
    return Step(len(asked.given), cursor, {"found": int(is_kept and title != "")}, asked.usage.tokens, asked.usage.cost)


def read_title(asked: Asked) -> str:
    """Empty where it cannot stand above a cluster."""
    title = " ".join(asked.value.title.split()).rstrip(".") if asked.value is not None else ""
    if not 2 <= len(title) <= LONGEST or not _PLAIN.fullmatch(title):
        return ""
    there = "\n".join(fold(one.words) for one in asked.given.values())
    said = [word for word in _WORD.findall(fold(title)) if len(word) >= STEM or word.isdecimal()]
    is_from = all(word[: None if word.isdecimal() else STEM] in there for word in said)
    return title if said and is_from else ""


async def _keep_title(connection: asyncpg.Connection, brought: Brought, title: str, model: str) -> bool:
    await connection.execute(DROP, brought.cluster_id)
    records, moments = list(brought.sources), list(brought.sources.values())
    kept = await connection.fetchval(KEEP, brought.cluster_id, title, brought.locale, model, records, moments)
    if kept is not None:
        await connection.execute(FROM, brought.cluster_id, records, moments)
    return kept is not None


TITLES = SleepKind(
    "titles", gettext_noop("Names of clusters"),
    Word(gettext_noop("What the language model would call a cluster that you have not named yourself.")),
    step, bring=bring, asks_model=True,
)  # fmt: skip
