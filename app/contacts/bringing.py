"""People that an import brings: found again by their UID or by what they were last time, never doubled."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.cards.card import Card
from app.contacts.cards.person import fields_of_card
from app.contacts.cards.writing import write_card
from app.contacts.combining import DEFAULTS, SINGLE, same_row
from app.contacts.fields import COLUMNS, MOST_ROWS, ROW_TYPES, ContactFields, Membership, columns_of, fields_of
from app.contacts.kind import Contact
from app.contacts.phones import find_region, with_e164
from app.core.text import fold

SOURCE = "vcard"
DIGEST = "_sha256"
OF_ID = "urn:uuid:"

# `undone`: it lies in the trash because the import that brought it was taken back, and not by a person's hand.
UNDONE = text("""
select n.id from contacts n where n.id = any(:ids) and n.deleted_at is not null and n.merged_into is null
   and exists (select from change_log c where c.user_id = n.user_id and c.record_id = n.id and c.op = 'create'
                  and is_undone(c.action_id))
   and (select c.actor = 'undo' from change_log c where c.user_id = n.user_id and c.record_id = n.id
           and 'deleted_at' = any(c.columns) order by c.seq desc limit 1)""")
NAME = text("""
insert into names (user_id, record_id, folded, name, origin)
select app_user_id(), cast(:id as uuid), left(fold_text(name), 500), name, 'alias'
  from unnest(cast(:names as text[])) name where fold_text(name) <> ''
on conflict (record_id, folded) do nothing""")
# With ids of its own a batch is one statement; to hear back what Postgres made, each row would be one.
IDS = text("select uuidv7() from generate_series(1, :count)")


@dataclass(frozen=True, slots=True)
class Incoming:
    """`key` is what the person is found by where the card has no UID; `avatar` is a stored picture.

    `groups`: of each category of the card that is a group here.
    """

    card: Card
    key: str
    avatar: str = ""
    groups: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """The people that a batch may mean, by all that they can be found by."""

    by_uid: dict[str, Contact] = field(default_factory=dict)
    by_key: dict[str, Contact] = field(default_factory=dict)

    def add(self, contact: Contact) -> None:
        self.by_uid.setdefault(f"{OF_ID}{contact.id}", contact)
        if contact.card_uid:
            self.by_uid[contact.card_uid] = contact
        if contact.source == SOURCE and contact.source_id:
            self.by_key[contact.source_id] = contact

    def find(self, incoming: Incoming) -> Contact | None:
        by_uid = self.by_uid.get(incoming.card.uid) if incoming.card.uid else None
        return by_uid or self.by_key.get(incoming.key)


def with_keys(cards: Iterable[Card], seen: Counter[str]) -> list[Incoming]:
    """Of several that are alike, each has a key of its own by its place: the same file gives the same keys."""
    incoming = []
    for card in cards:
        reached = next((one.value for one in (*card.emails, *card.phones)), "")
        key = card.uid or f"{fold(card.full_name)}|{fold(reached)}"
        seen[key] += 0 if card.uid else 1
        incoming.append(Incoming(card, hashlib.sha256(f"{key}|{seen[key]}".encode()).hexdigest()[:32]))
    return incoming


async def bring_people(session: AsyncSession, user_id: UUID, incoming: Sequence[Incoming]) -> list[str]:
    """What became of each: added, changed, unchanged, in_trash, or own, which is the user and left alone."""
    known, mine = await _known(session, incoming), await _own_points(session)
    region = await find_region(session)
    revived = await _undone(session, known)
    ids = iter(await session.scalars(IDS, {"count": len(incoming)}))
    fates, added = [], []
    for one in incoming:
        contact = known.find(one)
        if _is_own(one.card, contact, mine):
            fates.append("own")
        elif contact is None:
            contact = _made(next(ids), user_id, one, region)
            session.add(contact)
            known.by_uid |= {one.card.uid: contact} if one.card.uid else {}
            known.by_key[one.key] = contact
            added.append((contact, one))
            fates.append("added")
        elif contact.deleted_at and contact.id not in revived:
            fates.append("in_trash")
        else:
            fates.append(_update(contact, one, region))
    await session.flush()
    for contact, one in added:
        if aliases := one.card.own.get("alias"):
            await session.execute(NAME, {"id": contact.id, "names": list(aliases)})
    return fates


async def _known(session: AsyncSession, incoming: Sequence[Incoming]) -> Known:
    uids = [one.card.uid for one in incoming if one.card.uid]
    ids = [given for uid in uids if (given := _read_id(uid))]
    keys = [one.key for one in incoming]
    found = await session.scalars(
        select(Contact).where(or_(
            Contact.card_uid.in_(uids), Contact.id.in_(ids),
            (Contact.source == SOURCE) & Contact.source_id.in_(keys),
        )).order_by(Contact.id).with_for_update()
    )  # fmt: skip
    known = Known()
    for contact in found:
        known.add(contact)
    return known


async def _own_points(session: AsyncSession) -> tuple[UUID, set[str]]:
    contact = (await session.scalars(select(Contact).where(Contact.is_self))).one()
    return contact.id, {fold(str(row.get("value", ""))) for row in contact.emails}


async def _undone(session: AsyncSession, known: Known) -> set[UUID]:
    gone = [c.id for c in {*known.by_uid.values(), *known.by_key.values()} if c.deleted_at]
    return set((await session.scalars(UNDONE, {"ids": gone})).all()) if gone else set()


def _is_own(card: Card, contact: Contact | None, mine: tuple[UUID, set[str]]) -> bool:
    own_id, addresses = mine
    if contact is not None:
        return contact.id == own_id
    return card.own.get("is-self") == ("true",) or any(fold(one.value) in addresses for one in card.emails)


def _made(new_id: UUID, user_id: UUID, one: Incoming, region: str) -> Contact:
    fields = _dialled(_said(one), region)
    return Contact(
        id=new_id, user_id=user_id, source=SOURCE, source_id=one.key, synced_at=datetime.now(UTC), is_self=False,
        custom_fields=_properties(one.card) | {DIGEST: digest(one.card)}, **columns_of(fields),
    )  # fmt: skip


def _said(one: Incoming) -> ContactFields:
    """A category that is no group here is kept as what Hearth does not model."""
    others = tuple(word for word in one.card.categories if word not in one.groups)
    fields = fields_of_card(replace(one.card, categories=others))
    known = {membership.group_id for membership in fields.groups}
    now = datetime.now(UTC).isoformat()
    joined = [Membership(str(group_id), now) for group_id in dict.fromkeys(one.groups.values())]
    groups = (*fields.groups, *(membership for membership in joined if membership.group_id not in known))
    return replace(fields, avatar=one.avatar, groups=groups[:MOST_ROWS])


def _update(contact: Contact, one: Incoming, region: str) -> str:
    """What the file says is taken over; what it does not say stays. A card that was brought before changes nothing."""
    was_away, contact.deleted_at = contact.deleted_at is not None, None
    before = fields_of({name: getattr(contact, name) for name in COLUMNS})
    fields = _dialled(_said(one), region)
    columns = columns_of(_taken_over(contact, before, fields))
    moved = {name: value for name, value in columns.items() if getattr(contact, name) != value}
    if not moved or contact.custom_fields.get(DIGEST) == digest(one.card):
        return "changed" if was_away else "unchanged"
    for name, value in moved.items():
        setattr(contact, name, value)
    contact.custom_fields = contact.custom_fields | {DIGEST: digest(one.card)}
    contact.synced_at = datetime.now(UTC)
    return "changed"


def _taken_over(contact: Contact, before: ContactFields, given: ContactFields) -> ContactFields:
    said = {name: value for name in SINGLE
            if (value := getattr(given, name)) not in ("", None, DEFAULTS.get(name))}  # fmt: skip
    lists: dict[str, Any] = {name: _with_more(name, getattr(before, name), getattr(given, name)) for name in ROW_TYPES}
    if days := [one for one in given.dates if one.label == "birthday"]:
        lists["dates"] = tuple(one for one in lists["dates"] if one.label != "birthday" or one in days)
    extra = (*before.card_extra, *(kept for kept in given.card_extra if kept not in before.card_extra))
    return replace(
        before, **said, **lists, card_extra=extra, notes=given.notes.strip("\n") or before.notes,
        is_favourite=before.is_favourite or given.is_favourite,
        card_uid=before.card_uid or _foreign(given.card_uid, contact.id),
    )  # fmt: skip


def _with_more(name: str, before: Sequence[Any], given: Sequence[Any]) -> tuple[Any, ...]:
    known = {same_row(name, row) for row in before}
    return (*before, *(row for row in given if same_row(name, row) not in known))[:MOST_ROWS]


def _foreign(uid: str, contact_id: UUID) -> str:
    """The name that Hearth gives somebody by their id needs no column."""
    return "" if uid == f"{OF_ID}{contact_id}" else uid


def _dialled(fields: ContactFields, region: str) -> ContactFields:
    return replace(fields, phones=with_e164(fields.phones, region)) if fields.phones else fields


def _properties(card: Card) -> dict[str, Any]:
    for given in card.own.get("fields", ())[:1]:
        try:
            found = json.loads(given)
        except (ValueError, RecursionError):
            return {}
        return {str(key): value for key, value in found.items() if key} if isinstance(found, dict) else {}
    return {}


def digest(card: Card) -> str:
    return hashlib.sha256(write_card(replace(card, rev="")).encode("utf-8", "replace")).hexdigest()


def _read_id(uid: str) -> UUID | None:
    try:
        return UUID(uid.removeprefix(OF_ID)) if uid.startswith(OF_ID) else None
    except ValueError:
        return None
