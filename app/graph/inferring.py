"""Links that nobody said, found asleep: what appears together more often than chance, and what means much the same.

They are labelled as inferred and rest on numbers (`basis`), which the Related panel tells. A person who rejects one
rejects it for the two, whatever they are merged into; one that is no longer true is ended, not forgotten; one that was
accepted stays. Where anything else links the two, nothing is inferred.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log1p
from uuid import UUID

import asyncpg

from app.core.sleeping import SleepKind, Step, Stretch
from app.core.words import Word, gettext_noop
from app.graph.likeness import ALIKE, Near, Pair, find_unlike, gather_means, look_at_some

TOGETHER = "appears_with"
SUPPORT, LIFT = 3, 2.0
"""Records that must name both, and how many times as often as if the two had nothing to do with each other."""

# By lift and never by how often: whatever is named everywhere stands beside everything, which says nothing. What names
# thirty (a list of guests, an index) says nothing of any two. Of each, the ten best.
PAIRS = """
with said as (
    select l.source_id as basket, l.target_id as item
      from entity_links l join records i on i.id = l.target_id join records b on b.id = l.source_id
     where l.origin <> 'inferred' and l.rejected_at is null and l.valid_to is null
       and (not l.is_ambiguous or l.accepted_at is not null)
       and i.deleted_at is null and i.kind in ('contact', 'topic', 'entity') and b.deleted_at is null
       and not exists (select from contacts c where c.id = i.id and c.is_self)
    union
    select t.record_id, coalesce(p.merged_into, p.id)
      from record_topics t join topics p on p.id = t.topic_id join records b on b.id = t.record_id
      join records i on i.id = coalesce(p.merged_into, p.id)
     where b.deleted_at is null and i.deleted_at is null),
sized as (select basket, item, count(*) over (partition by basket) as size from said),
kept as materialized (select basket, item from sized where size <= 30),
times as (select item, count(*) as n from kept group by item),
together as (
    select a.item as one, b.item as other, count(*) as support, max(r.updated_at) as last
      from kept a join kept b on b.basket = a.basket and b.item > a.item join records r on r.id = a.basket
     group by 1, 2 having count(*) >= 3),
lifted as (
    select t.*, t.support::double precision * (select count(distinct basket) from kept) / (x.n * y.n) as lift
      from together t join times x on x.item = t.one join times y on y.item = t.other),
ranked as (
    select l.*, row_number() over (partition by one order by support * ln(lift) desc, other) as of_one,
           row_number() over (partition by other order by support * ln(lift) desc, one) as of_other
      from lifted l where lift >= 2)
select one, other, support, lift, last from ranked where of_one <= 10 or of_other <= 10"""

# Not what anything else links, and not what a person took back between the two or between whoever stands for them.
REFUSED = """
select least(stands_for(source_id), stands_for(target_id)) as one,
       greatest(stands_for(source_id), stands_for(target_id)) as other
  from entity_links where user_id = app_user_id() and rejected_at is not null and target_id is not null"""
LINKED = """
select k.one, k.other from unnest($1::uuid[], $2::uuid[]) k(one, other)
 where exists (select from entity_links l where l.source_id = k.one and l.target_id = k.other
                  and l.origin <> 'inferred' and l.rejected_at is null and l.valid_to is null)
    or exists (select from entity_links l where l.source_id = k.other and l.target_id = k.one
                  and l.origin <> 'inferred' and l.rejected_at is null and l.valid_to is null)"""
KEEP = """
insert into entity_links as l (user_id, source_id, target_id, relation, origin, confidence, strength, basis, used_at,
                               created_by)
select $1, k.one, k.other, $2, 'inferred', k.confidence, k.strength, k.basis, k.used_at, 'rules'
  from unnest($3::uuid[], $4::uuid[], $5::real[], $6::real[], $7::jsonb[], $8::timestamptz[])
       k(one, other, confidence, strength, basis, used_at)
on conflict (source_id, relation, target_id, origin) where origin <> 'written' do update
   set confidence = excluded.confidence, strength = excluded.strength, basis = excluded.basis,
       used_at = excluded.used_at, valid_to = null,
       valid_from = case when l.valid_to is null then l.valid_from else now() end
 where l.rejected_at is null and l.accepted_at is null
   and (l.valid_to is not null or (l.basis, l.used_at) is distinct from (excluded.basis, excluded.used_at))"""
RETIRE = """
update entity_links l set valid_to = now()
 where l.user_id = $1 and l.origin = 'inferred' and l.relation = $2
   and l.valid_to is null and l.rejected_at is null and l.accepted_at is null
   and not exists (select from unnest($3::uuid[], $4::uuid[]) k(one, other)
                    where k.one = l.source_id and k.other = l.target_id)"""
STANDING = """
select source_id as one, target_id as other from entity_links
 where user_id = $1 and origin = 'inferred' and relation = $2
   and valid_to is null and rejected_at is null and accepted_at is null"""


@dataclass(frozen=True, slots=True)
class Inferred:
    """Two records, the lesser id first, and what it rests on."""

    ends: Pair
    confidence: float
    strength: float
    basis: dict[str, float]
    used_at: datetime


async def infer(connection: asyncpg.Connection, stretch: Stretch) -> Step:
    """What appears together, then a hundred records after the other and what is like them, then what is no longer;
    again on the same texts it changes nothing. Where it is says `part` of the cursor."""
    part, least = stretch.cursor.get("part", "together"), stretch.cursor.get("least", 0.0)
    if part == "together":
        return await _infer_together(connection, stretch.user_id)
    if part == "alike":
        return await _infer_alike(connection, stretch, least)
    stood = {(row["one"], row["other"]) for row in await connection.fetch(STANDING, stretch.user_id, ALIKE)}
    unlike = await find_unlike(connection, stretch.user_id, least)
    await _retire_all_but(connection, stretch.user_id, ALIKE, stood - unlike)
    return Step(len(stood))


async def _infer_together(connection: asyncpg.Connection, user_id: UUID) -> Step:
    found = [_together(row) for row in await connection.fetch(PAIRS)]
    await _keep(connection, user_id, TOGETHER, found)
    await _retire_all_but(connection, user_id, TOGETHER, {one.ends for one in found})
    least = await gather_means(connection, user_id)
    return Step(len(found), {"part": "alike" if least < 1 else "unlike", "least": least})


async def _infer_alike(connection: asyncpg.Connection, stretch: Stretch, least: float) -> Step:
    # By where it is and not only by what is looked at, which a dry run takes back each time.
    after = UUID(stretch.cursor.get("after", str(UUID(int=0))))
    near, looked = await look_at_some(connection, stretch.user_id, stretch.now, least, after)
    await _keep_alike(connection, stretch.user_id, near)
    if not looked:
        return Step(0, {"part": "unlike", "least": least})
    return Step(len(looked), {"part": "alike", "least": least, "after": str(looked[-1])})


def _together(row: asyncpg.Record) -> Inferred:
    lift = round(row["lift"], 1)
    basis = {"support": row["support"], "lift": lift}
    return Inferred((row["one"], row["other"]), 1 - 1 / row["lift"], log1p(row["support"]), basis, row["last"])


async def _keep_alike(connection: asyncpg.Connection, user_id: UUID, near: Sequence[Near]) -> None:
    found = {
        ends: Inferred(ends, closeness, 1.0, {"closeness": round(closeness, 2)}, used_at)
        for ends, closeness, used_at in near
    }  # fmt: skip
    await _keep(connection, user_id, ALIKE, list(found.values()))


async def _keep(connection: asyncpg.Connection, user_id: UUID, relation: str, found: Sequence[Inferred]) -> None:
    not_allowed = await _not_allowed(connection, {one.ends for one in found})
    kept = sorted((one for one in found if one.ends not in not_allowed), key=lambda one: one.ends)
    if kept:
        await connection.execute(
            KEEP, user_id, relation, [k.ends[0] for k in kept], [k.ends[1] for k in kept],
            [k.confidence for k in kept], [k.strength for k in kept], [json.dumps(k.basis) for k in kept],
            [k.used_at for k in kept],
        )  # fmt: skip


async def _retire_all_but(connection: asyncpg.Connection, user_id: UUID, relation: str, true: set[Pair]) -> None:
    pairs = sorted(true - await _not_allowed(connection, true))
    await connection.execute(RETIRE, user_id, relation, [one for one, _ in pairs], [other for _, other in pairs])


async def _not_allowed(connection: asyncpg.Connection, pairs: set[Pair]) -> set[Pair]:
    refused = {(row["one"], row["other"]) for row in await connection.fetch(REFUSED)}
    ordered = sorted(pairs)
    linked = await connection.fetch(LINKED, [one for one, _ in ordered], [other for _, other in ordered])
    return refused | {(row["one"], row["other"]) for row in linked}


# For each day: the texts of a large import may still be read when it was last looked.
INFER = SleepKind(
    "infer", gettext_noop("Links that nobody said"),
    Word(gettext_noop("What appears together more often than by chance, or means much the same, linked as inferred.")),
    infer, follows_days=True,
)  # fmt: skip
