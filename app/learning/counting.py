"""What was learned, counted anew: each night from all that is there, never from what the last night knew.

So whatever is trashed, moved or written anew takes its share of a habit away again. What a person said stands beside
the count and is never written here; what they made the house forget is not even counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.core.sleeping import SleepKind, Step, Stretch
from app.core.words import Word, gettext_noop
from app.learning.folders import read_places
from app.learning.measuring import Bounds, Habit
from app.learning.names import read_names
from app.learning.texts import CATEGORIES, habits_of_texts, read_texts

FIRST, LAST = UUID(int=0), UUID(int=2**128 - 1)

# A record that went meanwhile is nothing to learn about.
KEEP = """
insert into learned as l (user_id, category, key, about_id, value, folder_id, hits, seen, confidence)
select $1, $2, $3, $4, $5, $6, $7, $8, $9
 where $4::uuid is null or exists (select from records r where r.id = $4 and r.deleted_at is null)
on conflict (user_id, category, key, about_id) do update
   set value = excluded.value, folder_id = excluded.folder_id, hits = excluded.hits, seen = excluded.seen,
       confidence = excluded.confidence, counted_at = now()
 where l.forgotten_at is null
returning id, xmax = 0 as is_fresh"""
UNPROVE = "delete from learned_evidence where learned_id = any($1::uuid[])"
PROVE = """
insert into learned_evidence (user_id, learned_id, record_id, place)
select $1, $2, w.id, w.place from unnest($3::uuid[]) with ordinality w(id, place)
  join records r on r.id = w.id and r.deleted_at is null on conflict do nothing"""
# Of those between two records ($3, $4], or of all that are about none.
STALE = """
select id, confirmed_at is not null or corrected_at is not null as is_said from learned
 where category = $1 and forgotten_at is null and not id = any($2::uuid[])
   and (about_id is null or about_id > $3 and about_id <= $4)"""
DROP = "delete from learned where id = any($1::uuid[])"
EMPTY = """
update learned set value = '', folder_id = null, hits = 0, seen = 0, confidence = 0, counted_at = now()
 where id = any($1::uuid[])"""


@dataclass(frozen=True, slots=True)
class Category:
    """`label` and what it `does` are marked by `gettext_noop`."""

    name: str
    label: str
    does: Word
    bounds: Bounds


LEARNT = {category.name: category for category in (
    Category("hour", gettext_noop("When you write"),
             Word(gettext_noop("The three hours in which you write most.")), Bounds(20, 0.25)),
    Category("name", gettext_noop("What you call people"),
             Word(gettext_noop("The name that your texts use for a person, where it is not the whole one.")),
             Bounds(3, 0.4)),
    Category("folder", gettext_noop("Where topics lie"),
             Word(gettext_noop("The folder in which notes of a topic lie.")), Bounds(4, 0.4)),
    Category("language", gettext_noop("Which language you write"),
             Word(gettext_noop("The language of most of your texts.")), Bounds(10, 0.5)),
    Category("units", gettext_noop("Which units you use"),
             Word(gettext_noop("Of length and weight, of money, of the clock and of dates.")), Bounds(4, 0.4)),
)}  # fmt: skip


async def learn(connection: asyncpg.Connection, stretch: Stretch) -> Step:
    """Texts first, then people, then topics; where it is says `part` of the cursor."""
    part = stretch.cursor.get("part", "texts")
    if part == "texts":
        return await _learn_from_texts(connection, stretch)
    after = UUID(stretch.cursor["after"]) if "after" in stretch.cursor else FIRST
    read = read_names if part == "name" else read_places
    habits, rows, last = await read(connection, after)
    fresh = await _keep(connection, stretch.user_id, part, habits, (after, last or LAST))
    if last is not None:
        return Step(rows, {"part": part, "after": str(last)}, {"found": fresh})
    return Step(rows, {"part": "folder"} if part == "name" else None, {"found": fresh})


async def _learn_from_texts(connection: asyncpg.Connection, stretch: Stretch) -> Step:
    read = await read_texts(connection, stretch, stretch.cursor)
    rows = read.pop("rows")
    if not read["ends"]:
        return Step(rows, {"part": "texts", **read})
    fresh = 0
    for category in CATEGORIES:
        habits = habits_of_texts(category, read["votes"])
        fresh += await _keep(connection, stretch.user_id, category, habits, (FIRST, LAST))
    return Step(rows, {"part": "name"}, {"found": fresh})


async def _keep(
    connection: asyncpg.Connection, user_id: UUID, category: str, habits: Sequence[Habit], within: tuple[UUID, UUID]
) -> int:
    """How many are new."""
    kept, fresh = [], 0
    for habit in (habit for habit in habits if habit.is_one(LEARNT[category].bounds)):
        row = await connection.fetchrow(
            KEEP, user_id, category, habit.key, habit.about_id, habit.value, habit.folder_id, habit.hits, habit.seen,
            habit.confidence,
        )  # fmt: skip
        if row is not None:
            kept.append(row["id"])
            fresh += row["is_fresh"]
            await connection.execute(UNPROVE, [row["id"]])
            await connection.execute(PROVE, user_id, row["id"], list(habit.evidence))
    await _let_go(connection, category, kept, within)
    return fresh


async def _let_go(
    connection: asyncpg.Connection, category: str, kept: Sequence[UUID], within: tuple[UUID, UUID]
) -> None:
    """What holds no more goes; of what a person said, only the count."""
    rows = await connection.fetch(STALE, category, kept, *within)
    said = [row["id"] for row in rows if row["is_said"]]
    await connection.execute(DROP, [row["id"] for row in rows if not row["is_said"]])
    await connection.execute(EMPTY, said)
    await connection.execute(UNPROVE, said)


LEARN = SleepKind(
    "learn", gettext_noop("What you do"),
    Word(gettext_noop("How you call people, where your notes lie, when and how you write; counted anew each night.")),
    learn,
)  # fmt: skip
