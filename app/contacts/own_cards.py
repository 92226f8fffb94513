"""Cards of an import that are one's own: kept until somebody looked at what they know better."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.cards.card import Card
from app.contacts.cards.person import fields_of_card
from app.contacts.cards.reading import read_cards
from app.contacts.cards.writing import write_card
from app.contacts.combining import DEFAULTS, SINGLE, same_row
from app.contacts.fields import MOST_ROWS, ROW_TYPES, ContactFields, fields_of, is_blank
from app.contacts.pictures import Portrait
from app.contacts.service import change_contact
from app.core.errors import NotFound

KEEP = text("""
insert into own_cards (user_id, digest, name, card, picture) values (:user_id, :digest, :name, :card, :picture)
on conflict (user_id, digest) do nothing returning id""")
# A content belongs to the rows of attachments that name it: the picture is a file of one's own page, taken over or not.
KEEP_PICTURE = text("""
insert into attachments as a (user_id, name, folded, path, sha256, size, media_type, width, height, record_id)
select c.user_id, name, fold_text(name), 'people/' || c.id || '/' || name, :sha256, :size, :media_type,
       cast(:width as integer), cast(:height as integer), c.id
  from contacts c cross join lateral (select left(c.full_name, 100) || ' ' || left(:sha256, 8) || '.webp' as name) n
 where c.is_self and not exists (select from attachments o
                                  where o.record_id = c.id and o.sha256 = :sha256 and o.deleted_at is null)
on conflict (user_id, path) do update set deleted_at = null where a.deleted_at is not null""")
OWN = text("select * from contacts where is_self")
# Of a picture that its owner threw away nothing is offered.
CARDS = """
select o.id, o.name, o.card, coalesce(f.sha256, '') as picture, f.id as file_id, f.name as file_name
  from own_cards o left join lateral (
       select a.id, a.name, a.sha256 from attachments a join contacts c on c.id = a.record_id and c.is_self
        where a.sha256 = o.picture and a.deleted_at is null limit 1) f on true """
NEXT_CARD = CARDS + "where o.settled_at is null order by o.found_at, o.id limit 1"
ONE_CARD = CARDS + "where o.id = :id for update of o"
NEXT, ONE = text(NEXT_CARD), text(ONE_CARD)
SETTLE = text("update own_cards set settled_at = now() where id = :id and settled_at is null")
# Of these a card says nothing that somebody would take over for themselves.
UNSHOWN = {"status", "wished_days", "role", "how_met"}
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
    """`file` is the id and the name of the picture, where there is one."""

    id: UUID
    name: str
    news: tuple[News, ...]
    file: tuple[UUID, str] | None = None


async def keep_own_card(
    session: AsyncSession, user_id: UUID, card: Card, digest: str, portrait: Portrait | None = None
) -> bool:
    """Whether it says anything new. `portrait` is its picture, stored."""
    bare, shown = replace(card, photo=None), portrait if portrait and portrait.width else None
    picture = shown.sha256 if shown else ""
    own = fields_of((await session.execute(OWN)).mappings().one())
    if not compare(own, replace(fields_of_card(bare), avatar=picture)):
        return False
    named = {"user_id": user_id, "digest": digest, "name": card.full_name, "card": write_card(bare), "picture": picture}
    is_new = (await session.execute(KEEP, named)).first() is not None
    if is_new and shown and own.avatar != picture:
        await session.execute(KEEP_PICTURE, asdict(shown))
    return True


async def next_offer(session: AsyncSession) -> Offer | None:
    """The oldest card that still says something new; those that do not any more are done with."""
    while row := (await session.execute(NEXT)).one_or_none():
        own = fields_of((await session.execute(OWN)).mappings().one())
        if news := compare(own, _read(row)):
            return Offer(row.id, row.name, news, (row.file_id, row.file_name) if row.file_id else None)
        await session.execute(SETTLE, {"id": row.id})
    return None


async def take_over(session: AsyncSession, card_id: UUID, keys: Collection[str]) -> None:
    """What was chosen becomes one's own, and the card is done with. Raises NotFound."""
    row = (await session.execute(ONE, {"id": card_id})).one_or_none()
    if row is None:
        raise NotFound
    zero = (await session.execute(OWN)).mappings().one()
    own = fields_of(zero)
    chosen = [news for news in compare(own, _read(row)) if news.key in keys]
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


def _read(row: Row[Any]) -> ContactFields:
    said = next((fields_of_card(card) for card in read_cards(row.card) if isinstance(card, Card)), ContactFields())
    return replace(said, avatar=row.picture)
