"""A language model asked, asleep, which names a text holds that the rules may not see: one record with each step.

Its answer makes no link by itself. It is kept beside the text, and the connect slot reads it as one extractor among
others: what it says is taken where the text says it letter for letter, and a person's word stands above it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from app.core.record import Kind, RecordText, read_texts
from app.core.sleeping import SleepKind, Step, Stretch
from app.core.words import Word, gettext_noop
from app.graph.extracting.mentions import LOCATION, ORGANISATION, PERSON, PROJECT
from app.graph.extracting.reading import Reading
from app.graph.extracting.told import ToldName, find_places
from app.graph.told import keep_told
from app.privacy.sending import MOST_LETTERS, Asked, Question, ask_asleep

MOST_A_NIGHT, MOST_TRIED = 20, 100
MOST_NAMES, SHORTEST, LONGEST = 40, 2, 80
TYPES = (PERSON, ORGANISATION, LOCATION, PROJECT)
KINDS_READ = ["note", "capture", "bookmark", "interaction"]

# The newest first. Where a text says something else by now, the connect slot has forgotten what was told of it.
NEXT = """
select r.id, r.updated_at from records r left join told_names t on t.record_id = r.id
 where r.kind = any($1) and r.deleted_at is null and r.archived_at is null
   and t.record_id is null
   and (r.updated_at, r.id) < (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, r.id))
 order by r.updated_at desc, r.id desc limit 1"""

TASK = """\
Which people, organisations, places and projects does this text name? Give each name exactly as it stands in the text, \
letter for letter, and its type: person, organisation, location or project. Leave out pronouns, roles, kinds of \
things, products, days and titles of works, and whatever you are not sure of. Give an empty list where there are none.
Answer as JSON: {"names": [{"name": "…", "type": "person"}]}"""


class Named(msgspec.Struct):
    name: str
    type: str


class Naming(msgspec.Struct):
    """The shape that a model is asked for."""

    names: list[Named]


@dataclass(frozen=True, slots=True)
class Brought:
    text: RecordText
    cursor: Mapping[str, Any]
    asked: Asked | None


def refine_with(kinds: Mapping[str, Kind]) -> SleepKind:
    async def bring(stretch: Stretch) -> Brought | None:
        assert stretch.read is not None
        before = stretch.cursor
        if before.get("asked", 0) >= MOST_A_NIGHT or before.get("tried", 0) >= MOST_TRIED:
            return None
        async with stretch.read() as connection:
            found = await _find_next(connection, kinds, before)
        if found is None:
            return None
        text, cursor = found
        return Brought(text, cursor, await ask_asleep(stretch, Question("names", TASK, "", [text.id], Naming)))

    return SleepKind(
        "names", gettext_noop("Names, by a model"),
        Word(gettext_noop("Whom and what your newest texts name, asked of the language model; rules find most of it.")),
        _step, bring=bring, asks_model=True,
    )  # fmt: skip


async def _find_next(
    connection: asyncpg.Connection, kinds: Mapping[str, Kind], before: Mapping[str, Any]
) -> tuple[RecordText, Mapping[str, Any]] | None:
    at = datetime.fromisoformat(before["at"]) if "at" in before else None
    last = UUID(before["last"]) if "last" in before else None
    while True:
        row = await connection.fetchrow(NEXT, KINDS_READ, at, last)
        if row is None:
            return None
        at, last = row["updated_at"], row["id"]
        texts = await read_texts(connection, kinds, [row["id"]])
        if texts and texts[0].body.strip():
            return texts[0], {"at": at.isoformat(), "last": str(last)}


async def _step(connection: asyncpg.Connection, stretch: Stretch) -> Step:
    brought: Brought | None = stretch.brought
    if brought is None:
        return Step(0)
    asked, before = brought.asked, stretch.cursor
    # What may not be sent costs nothing, and takes no other's turn.
    counted = before.get("asked", 0) + (asked is not None or stretch.is_dry)
    cursor = {**brought.cursor, "tried": before.get("tried", 0) + 1, "asked": counted}
    if asked is None:
        return Step(1, cursor, {"found": int(stretch.is_dry)})
    names = choose_names(asked.value, brought.text, asked.model) if asked.value is not None else []
    (given,) = asked.given.values()
    await keep_told(connection, brought.text.id, given.digest, names, asked.model)
    return Step(1, cursor, {"found": len(names)}, asked.usage.tokens, asked.usage.cost)


def choose_names(naming: Naming, text: RecordText, model: str) -> list[ToldName]:
    """Those that the part of the text which was sent says, each once under its first type."""
    reading, chosen = Reading(text.body[:MOST_LETTERS]), dict[str, ToldName]()
    for said in naming.names:
        name = said.name.strip()
        is_name = said.type in TYPES and SHORTEST <= len(name) <= LONGEST and any(map(str.isalpha, name))
        if is_name and any(find_places(reading, name)):
            chosen.setdefault(name, ToldName(name, said.type, model))
    return list(chosen.values())[:MOST_NAMES]
