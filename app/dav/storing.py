"""PUT and DELETE: what a client makes of a card, through the verbs that the pages use, and never a person twice.

Who is in the book already is changed. A UID that lies in the trash brings its person back. A UID that belongs to
somebody else in the book, or to Contact Zero, or to somebody who was merged into another, is refused with the address
of whoever it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.service import discard_contact, restore_contact
from app.core.errors import NotFound
from app.dav import queries
from app.dav.answers import Answer, Refused, uid_conflict
from app.dav.asking import MOST_CARD, Ask, read_body
from app.dav.cards import Sent, read_sent
from app.dav.negotiating import check_content_type, choose_version
from app.dav.people import add_person, change_person, write_people
from app.web.locale import gettext as _

ACTOR = "carddav"
# Two devices that bring the same person at once make one of them.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended('carddav:' || $1::text, 13))"
NAME_CARD = """
insert into card_names (user_id, name, contact_id) values ($1, $2, $3)
on conflict (user_id, name) do update set contact_id = excluded.contact_id"""
FORGET_NAME = "delete from card_names where user_id = $1 and contact_id = $2 and name <> $3"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a card may stand for, in the book or not."""

    id: UUID
    version: int
    etag: str
    name: str
    uid: str
    is_self: bool = False
    is_gone: bool = False
    merged_into: UUID | None = None

    @property
    def is_here(self) -> bool:
        return not (self.is_self or self.is_gone)


@dataclass(frozen=True, slots=True)
class Plan:
    does: Literal["add", "change", "restore"]
    person: Person | None = None


async def get_card(ask: Ask) -> Answer:
    version = choose_version(ask.header("accept"))
    async with ask.shared.database.reading(ask.user_id) as connection:
        meant = await queries.find_meant(connection, ask.user_id, [ask.address.name])
        found = await queries.list_some(connection, ask.user_id, list(meant.values()))
    cards = await write_people(ask.shared, ask.user_id, [row["id"] for row in found], version)
    if not cards:
        raise NotFound(_("There is no such card."))
    etag = f'"{found[0]["etag"]}"'
    headers = {"ETag": etag, "Vary": "Accept, Authorization"}
    if etag in _tags(ask.header("if-none-match")):
        return Answer(304, b"", headers)
    kind = f"text/vcard; charset=utf-8; version={version}"
    return Answer(200, cards[found[0]["id"]].encode(), {**headers, "Content-Type": kind})


async def put_card(ask: Ask) -> Answer:
    check_content_type(ask.header("content-type"))
    sent = read_sent(await read_body(ask.request, MOST_CARD))
    try:
        async with ask.shared.database.writing(ask.user_id, ACTOR, uuid4()) as session:
            return await _put(ask, session, sent)
    except IntegrityError:
        # A page made the same person in this very moment.
        raise uid_conflict(_("Somebody else in the book has this UID."), ask.addresses.book) from None


async def _put(ask: Ask, session: AsyncSession, sent: Sent) -> Answer:
    connection = await plain(session)
    await connection.execute(ONE_AT_A_TIME, str(ask.user_id))
    named = await _named(connection, ask)
    check_conditions(ask.header("if-match"), ask.header("if-none-match"), named)
    by_uid = await _of_uid(connection, ask.user_id, sent.card.uid)
    plan = decide(ask, named, by_uid, sent.card.uid)
    if plan.person is None:
        added = await add_person(ask.shared, session, connection, ask.user_id, sent, ask.addresses.book)
        await _name(connection, ask, added)
        return Answer(201)
    if plan.does == "restore":
        await restore_contact(session, plan.person.id)
        await session.flush()
        await _name(connection, ask, plan.person.id)
    await change_person(ask.shared, session, connection, ask.user_id, sent, plan.person.id)
    return Answer(201 if plan.does == "restore" else 204)


async def delete_card(ask: Ask) -> Answer:
    """Into the trash, from where Hearth's own pages bring it back."""
    async with ask.shared.database.writing(ask.user_id, ACTOR, uuid4()) as session:
        connection = await plain(session)
        await connection.execute(ONE_AT_A_TIME, str(ask.user_id))
        named = await _named(connection, ask)
        if named is None or not named.is_here:
            raise NotFound(_("There is no such card."))
        check_conditions(ask.header("if-match"), ask.header("if-none-match"), named)
        await discard_contact(session, named.id)
    return Answer(204)


def decide(ask: Ask, named: Person | None, by_uid: Person | None, uid: str) -> Plan:
    """Raises Refused where the card would make somebody a second time."""
    here = named if named and named.is_here else None
    if by_uid and (by_uid.is_self or by_uid.merged_into):
        sentence = _("This card is you.") if by_uid.is_self else _("This person was merged into another.")
        raise uid_conflict(sentence, ask.addresses.book)
    if by_uid and by_uid.is_here and (here is None or here.id != by_uid.id):
        raise uid_conflict(_("Somebody else in the book has this UID."), ask.addresses.card(by_uid.name))
    if here:
        if uid and uid != here.uid:
            raise uid_conflict(_("A card keeps its UID."), ask.addresses.card(here.name))
        return Plan("change", here)
    return Plan("restore", by_uid) if by_uid else Plan("add")


def check_conditions(if_match: str, if_none_match: str, person: Person | None) -> None:
    """Raises Refused (412) where the card is not as the client believes."""
    here = person if person and person.is_here else None
    etag = f'"{here.etag}"' if here else ""
    if if_match and (here is None or (if_match.strip() != "*" and etag not in _tags(if_match))):
        raise Refused(412, "{DAV:}lock-token-matches-request-uri", _("The card was changed somewhere else meanwhile."))
    if if_none_match and here and (if_none_match.strip() == "*" or etag in _tags(if_none_match)):
        raise Refused(412, "{DAV:}resource-must-be-null", _("There is such a card already."))


async def plain(session: AsyncSession) -> asyncpg.Connection:
    """The session's own connection, within its transaction."""
    raw = await (await session.connection()).get_raw_connection()
    return cast("asyncpg.Connection", raw.driver_connection)


async def _named(connection: asyncpg.Connection, ask: Ask) -> Person | None:
    meant = await queries.find_meant(connection, ask.user_id, [ask.address.name])
    found = await queries.find_people(connection, ask.user_id, ids=list(meant.values()))
    return Person(*found[0]) if found else None


async def _of_uid(connection: asyncpg.Connection, user_id: UUID, uid: str) -> Person | None:
    found = await queries.find_people(connection, user_id, uid=uid) if uid else []
    return Person(*found[0]) if found else None


async def _name(connection: asyncpg.Connection, ask: Ask, contact_id: UUID) -> None:
    await connection.execute(FORGET_NAME, ask.user_id, contact_id, ask.address.name)
    await connection.execute(NAME_CARD, ask.user_id, ask.address.name, contact_id)


def _tags(header: str) -> set[str]:
    return {part.strip() for part in header.split(",")}
