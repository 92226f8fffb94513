"""Cards of an import that are one's own: kept until somebody looked at what they know better."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.cards.card import Card
from app.contacts.cards.person import fields_of_card
from app.contacts.cards.reading import read_cards
from app.contacts.cards.writing import write_card
from app.contacts.combining import DEFAULTS, SINGLE, same_row
from app.contacts.fields import MOST_ROWS, ROW_TYPES, ContactFields, fields_of, is_blank
from app.contacts.service import change_contact
from app.core.errors import NotFound

KEEP = text("""
insert into own_cards (user_id, digest, name, card) values (:user_id, :digest, :name, :card)
on conflict (user_id, digest) do nothing""")
OWN = text("select * from contacts where is_self")
NEXT = text("select id, name, card from own_cards where settled_at is null order by found_at, id limit 1")
ONE = text("select id, name, card from own_cards where id = :id for update")
SETTLE = text("update own_cards set settled_at = now() where id = :id and settled_at is null")
# Of these a card says nothing that somebody would take over for themselves.
UNSHOWN = {"status", "wished_days", "avatar", "role", "how_met"}
UNSHOWN_LISTS = {"groups", "relations", "promises"}


@dataclass(frozen=True, slots=True)
class News:
    """One thing that the card says and the own page does not; `key` is `field`, or `list.place` of the card's list.

    `instead` is what stands there now.
    """

    key: str
    field: str
    value: Any
    instead: Any = ""


@dataclass(frozen=True, slots=True)
class Offer:
    id: UUID
    name: str
    news: tuple[News, ...]


async def keep_own_card(session: AsyncSession, user_id: UUID, card: Card, digest: str) -> bool:
    """Whether it says anything new. Without its picture, which would be kept a second time."""
    bare = replace(card, photo=None)
    own = fields_of((await session.execute(OWN)).mappings().one())
    if not compare(own, fields_of_card(bare)):
        return False
    named = {"user_id": user_id, "digest": digest, "name": card.full_name, "card": write_card(bare)}
    await session.execute(KEEP, named)
    return True


async def next_offer(session: AsyncSession) -> Offer | None:
    """The oldest card that still says something new; those that do not any more are done with."""
    while row := (await session.execute(NEXT)).one_or_none():
        own = fields_of((await session.execute(OWN)).mappings().one())
        if news := compare(own, _read(row.card)):
            return Offer(row.id, row.name, news)
        await session.execute(SETTLE, {"id": row.id})
    return None


async def take_over(session: AsyncSession, card_id: UUID, keys: Collection[str]) -> None:
    """What was chosen becomes one's own, and the card is done with. Raises NotFound."""
    row = (await session.execute(ONE, {"id": card_id})).one_or_none()
    if row is None:
        raise NotFound
    zero = (await session.execute(OWN)).mappings().one()
    own = fields_of(zero)
    chosen = [news for news in compare(own, _read(row.card)) if news.key in keys]
    if chosen:
        await change_contact(session, zero["id"], zero["version"], _with(own, chosen))
    await session.execute(SETTLE, {"id": card_id})


def compare(own: ContactFields, card: ContactFields) -> tuple[News, ...]:
    """What the card says besides, field by field, then row by row."""
    found = []
    for name in (*SINGLE, "notes"):
        said, here = getattr(card, name), getattr(own, name)
        said = said.strip() if isinstance(said, str) else said
        if name not in UNSHOWN and said not in ("", None, DEFAULTS.get(name)) and said != str(here or "").strip():
            found.append(News(name, name, said, here))
    for name in [name for name in ROW_TYPES if name not in UNSHOWN_LISTS]:
        known = {same_row(name, row) for row in getattr(own, name)}
        for place, row in enumerate(getattr(card, name)):
            if not is_blank(row) and same_row(name, row) not in known:
                known.add(same_row(name, row))
                found.append(News(f"{name}.{place}", name, row))
    return tuple(found)


def _with(own: ContactFields, chosen: Collection[News]) -> ContactFields:
    single = {news.field: news.value for news in chosen if news.field not in ROW_TYPES}
    lists: dict[str, Any] = {
        name: (*getattr(own, name), *(news.value for news in chosen if news.field == name))[:MOST_ROWS]
        for name in ROW_TYPES
    }
    return replace(own, **single, **lists)


def _read(kept: str) -> ContactFields:
    return next((fields_of_card(card) for card in read_cards(kept) if isinstance(card, Card)), ContactFields())
