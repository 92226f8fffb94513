"""What people are called in texts: of each person, the form of their name that the records linked with them use.

In a text that says the whole name as well as another form (a link is written with the whole one), the other counts:
it is what the person is called where the words are free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from app.core.text import fold
from app.learning.measuring import MOST_EVIDENCE, Habit

BATCH = 50

PEOPLE = """
select c.id, c.full_name, array(select n.name from names n where n.record_id = c.id order by n.folded) as names
  from contacts c where not c.is_self and c.deleted_at is null and c.merged_into is null and c.id > $1
 order by c.id limit 50"""
# Of each person the newest hundred that somebody linked, or that names them beyond doubt.
SAID = """
select c.id as contact, s.id, coalesce(
       (select left(n.title || ' ' || words_in(n.content, n.content_format), 4000) from notes n where n.id = s.id),
       (select left(i.title || ' ' || i.summary, 4000) from interactions i where i.id = s.id),
       (select left(p.title || ' ' || p.content, 4000) from captures p where p.id = s.id), '') as text
  from unnest($1::uuid[]) c(id) cross join lateral (
       select r.id, r.created_at from records r
        where r.deleted_at is null and r.kind in ('note', 'interaction', 'capture') and r.id in (
              select l.source_id from entity_links l
               where l.target_id = c.id and l.origin <> 'inferred' and l.rejected_at is null and l.valid_to is null
                 and (not l.is_ambiguous or l.accepted_at is not null)
              union all
              select p.interaction_id from participants p where p.contact_id = c.id)
        order by r.created_at desc, r.id desc limit 100) s
 order by c.id, s.created_at desc, s.id desc"""


async def read_names(connection: asyncpg.Connection, after: UUID) -> tuple[list[Habit], int, UUID | None]:
    """The habits of the next people, over how many texts, and the last of them; None where there are no more."""
    people = await connection.fetch(PEOPLE, after)
    rows = await connection.fetch(SAID, [person["id"] for person in people])
    said: dict[UUID, list[asyncpg.Record]] = {person["id"]: [] for person in people}
    for row in rows:
        said[row["contact"]].append(row)
    habits = [habit for person in people if (habit := _habit(person, said[person["id"]])) is not None]
    return habits, len(people) + len(rows), people[-1]["id"] if len(people) == BATCH else None


def words_of(text: str) -> list[str]:
    """Folded, and without the marks around them."""
    return [word for word in (one.strip(".,;:!?()[]{}\"'“”„«»‘’#@*_<>…–—-/") for one in fold(text).split()) if word]


def _habit(person: asyncpg.Record, rows: Sequence[asyncpg.Record]) -> Habit | None:
    forms = _forms(person)
    whole = " ".join(words_of(person["full_name"]))
    called = [(row["id"], form) for row in rows if (form := _called(row["text"], whole, forms)) is not None]
    others = Counter(form for _id, form in called if form != whole)
    if not others:
        return None
    form, hits = min(others.items(), key=lambda one: (-one[1], one[0]))
    evidence = [record for record, said in called if said == form][:MOST_EVIDENCE]
    return Habit(hits, len(called), forms[form], about_id=person["id"], evidence=evidence)


def _forms(person: asyncpg.Record) -> dict[str, str]:
    """Each way to say the name, and how it is spelled: the parts of the whole name, what else they are called."""
    spelled = [*person["full_name"].split(), *person["names"], person["full_name"]]
    found = {" ".join(words_of(name)): name.strip(".,;") for name in spelled}
    return {form: name for form, name in found.items() if len(form) > 2}


def _called(text: str, whole: str, forms: dict[str, str]) -> str | None:
    """The form that the text says most, the whole name only where it says no other; None where it says none."""
    left, counts = f" {' '.join(words_of(text))} ", Counter[str]()
    for form in sorted(forms, key=lambda one: (-len(one), one)):
        times = left.count(f" {form} ")
        if times:
            counts[form], left = times, left.replace(f" {form} ", " | ")
    others = [(-times, -len(form), form) for form, times in counts.items() if form != whole]
    if others:
        return min(others)[2]
    return whole if whole in counts else None
