"""Who may be one and the same: by what both are reached by, by how like their names are, by what both are named in.

Nobody is compared with everybody. Equal addresses and numbers meet in an index; names meet by keys that slips, swapped
words and initials leave alone, and only those that meet are looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

import asyncpg

# A number or an address that more people have is a company's, and no evidence.
MOST_SHARERS = 8
MOST_NAMESAKES = 12
# Below, a page would name too many who are two.
LEAST = 0.5
SHOWN = 60
WEIGHTS = {"email": 0.9, "phone": 0.7, "handle": 0.7, "url": 0.4, "same_name": 0.6, "like_name": 0.5, "initials": 0.35,
           "links": 0.25}  # fmt: skip

SHARED = """
with points as (
    select p.contact_id, p.kind, p.normal, p.value,
           case when p.kind = 'handle' then lower(p.label) else '' end as service
      from contact_points p join contacts c on c.id = p.contact_id
     where p.user_id = $1 and p.kind in ('email', 'phone', 'handle', 'url') and length(p.normal) > 3
       and c.deleted_at is null),
few as (
    select kind, normal, service from points group by kind, normal, service
    having count(distinct contact_id) between 2 and $2)
select distinct on (one.contact_id, other.contact_id, one.kind)
       one.contact_id as one, other.contact_id as other, one.kind, one.value
  from few join points one using (kind, normal, service) join points other using (kind, normal, service)
 where one.contact_id < other.contact_id
 order by one.contact_id, other.contact_id, one.kind"""
NAMES = """
select p.contact_id, p.normal from contact_points p join contacts c on c.id = p.contact_id
 where p.user_id = $1 and p.kind = 'name' and c.deleted_at is null order by p.contact_id, p.place"""
# What names a hundred people (a list of guests) says nothing of any two.
LINKS = """
select a.target_id as one, b.target_id as other, count(distinct a.source_id) as times
  from unnest($2::uuid[], $3::uuid[]) pair(one, other)
  join entity_links a on a.user_id = $1 and a.target_id = pair.one and a.rejected_at is null
   and a.origin <> 'inferred'
  join entity_links b on b.user_id = $1 and b.target_id = pair.other and b.source_id = a.source_id
   and b.rejected_at is null and b.origin <> 'inferred'
 group by 1, 2"""
APART = "select one, other from distinctions where user_id = $1 and deleted_at is null"

Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Evidence:
    """`kind` is a key of WEIGHTS; `value` is what both have, or how often."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    one: UUID
    other: UUID
    score: float
    evidence: tuple[Evidence, ...]


async def find_duplicates(connection: asyncpg.Connection, user_id: UUID) -> list[Duplicate]:
    """The likeliest first; without those of whom somebody said that they are two."""
    apart = {(row[0], row[1]) for row in await connection.fetch(APART, user_id)}
    found: dict[Pair, list[Evidence]] = defaultdict(list)
    for row in await connection.fetch(SHARED, user_id, MOST_SHARERS):
        found[row["one"], row["other"]].append(Evidence(row["kind"], row["value"]))
    for pair, evidence in compare_names(tuple(row) for row in await connection.fetch(NAMES, user_id)):
        found[pair].append(evidence)
    for pair in apart:
        found.pop(pair, None)
    await _add_links(connection, user_id, found)
    rated = [Duplicate(*pair, rate(evidence), tuple(evidence)) for pair, evidence in found.items()]
    return sorted((one for one in rated if one.score >= LEAST), key=lambda d: (-d.score, d.one, d.other))


async def _add_links(connection: asyncpg.Connection, user_id: UUID, found: Mapping[Pair, list[Evidence]]) -> None:
    """Two who are named together may be two all the more; so it only adds to a name that is alike."""
    pairs = [
        pair for pair, evidence in found.items() if {e.kind for e in evidence} & {"same_name", "like_name", "initials"}
    ]
    ones, others = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    for row in await connection.fetch(LINKS, user_id, ones, others) if pairs else ():
        found[row["one"], row["other"]].append(Evidence("links", str(row["times"])))


def rate(evidence: Iterable[Evidence]) -> float:
    """As if each were a witness of its own: what none of them shows is what is left of doubt."""
    doubt = 1.0
    for kind in {one.kind for one in evidence}:
        doubt *= 1 - WEIGHTS[kind]
    return 1 - doubt


def compare_names(rows: Iterable[tuple[Any, str]]) -> Iterator[tuple[Pair, Evidence]]:
    """`rows` are (contact, folded name); each pair that has the same name, or nearly, once."""
    names: dict[UUID, list[str]] = defaultdict(list)
    for contact_id, normal in rows:
        names[contact_id].append(normal)
    meetings: dict[str, set[UUID]] = defaultdict(set)
    for contact_id, own in names.items():
        for name in own:
            for key in _keys(name):
                meetings[key].add(contact_id)
    seen: set[Pair] = set()
    for together in meetings.values():
        if 2 <= len(together) <= MOST_NAMESAKES:
            for pair in combinations(sorted(together), 2):
                if pair not in seen and (kind := _likeness(names[pair[0]], names[pair[1]])):
                    seen.add(pair)
                    yield pair, Evidence(kind, names[pair[1]][0])


def _keys(name: str) -> set[str]:
    """What a swap of words, a slip of one sign, or an initial leaves of a name."""
    words = sorted(_words(name))
    if not words:
        return set()
    whole = "".join(words)
    keys = {" ".join(words)}
    if len(whole) > 6:
        keys |= {"~" + whole[:place] + whole[place + 1 :] for place in range(len(whole))} | {"~" + whole}
    if len(words) > 1:
        first, last = _words(name)[0], _words(name)[-1]
        keys |= {f"{first[0]}.{last}", f"{last[0]}.{first}"}
    return keys


def _words(name: str) -> list[str]:
    bare = "".join(sign if sign.isalnum() else " " for sign in name)
    return bare.split()


def _likeness(ones: Iterable[str], others: Iterable[str]) -> str:
    pairs = [(sorted(_words(one)), sorted(_words(other))) for one in ones for other in others]
    if any(one == other for one, other in pairs):
        return "same_name"
    if any(_is_slip("".join(one), "".join(other)) for one, other in pairs):
        return "like_name"
    return "initials" if any(_fits_initials(one, other) for one, other in pairs) else ""


def _is_slip(one: str, other: str) -> bool:
    # Takes memory, which a house at rest shall not give.
    from rapidfuzz.distance import DamerauLevenshtein

    return min(len(one), len(other)) > 6 and DamerauLevenshtein.distance(one, other, score_cutoff=1) <= 1


def _fits_initials(one: list[str], other: list[str]) -> bool:
    return len(one) == len(other) > 1 and all(_is_short_for(a, b) for a, b in zip(one, other, strict=True))


def _is_short_for(one: str, other: str) -> bool:
    """The same word, or its initial."""
    return one == other or (1 in (len(one), len(other)) and one[0] == other[0])
