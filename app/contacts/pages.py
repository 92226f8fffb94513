"""What the people's templates see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.contacts.queries import PAGE_SIZE
from app.heat.warmth import score, tier
from app.properties.filters import PropertyFilter
from app.properties.lists import FilterChips, filter_chips
from app.search.listing import ListBox, address
from app.web.paging import encode_cursor

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class ContactRow:
    href: str
    name: str
    soft: str
    heat: str
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class ContactList:
    rows: tuple[ContactRow, ...]
    next_href: str | None
    is_empty: bool
    chips: FilterChips
    box: ListBox
    letters: tuple[tuple[str, str], ...] = ()
    """Each with where the names begin with it."""


def contact_list(
    found: list[asyncpg.Record],
    box: ListBox,
    letters: Sequence[str] = (),
    *,
    is_first: bool,
    prop: PropertyFilter | None = None,
    problem: str = "",
) -> ContactList:
    now = datetime.now(UTC)
    rows = tuple(ContactRow(f"/people/{r[0]}", r[1], r[2], tier(score(r[3], now)), r[4]) for r in found)
    following = None
    if len(found) == PAGE_SIZE:
        cursor = encode_cursor(found[-1]["sort_key"], found[-1]["id"])
        following = address("/people", box.q, {**(prop.query if prop else {}), "after": cursor})
    others = {"q": box.q} if box.q else {}
    jumps = tuple((letter.upper(), f"/people?after={encode_cursor(letter, NOBODY)}") for letter in letters)
    chips = filter_chips("/people", prop, others, problem)
    return ContactList(rows, following, is_first and not rows, chips, box, jumps if len(jumps) > 1 else ())
