"""From the inbox to a person: somebody new, or what is known of somebody."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from uuid import UUID

import asyncpg

from app.contacts.fields import LONGEST
from app.core.errors import Invalid, NotFound
from app.core.filing import Item, Target
from app.core.words import gettext_noop
from app.web.locale import gettext as _

MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w+])\+?\d[\d ()/.-]{5,20}\d(?!\w)")
MAKE = "insert into contacts (user_id, full_name, emails, phones, notes) values ($1, $2, $3, $4, $5) returning id"
APPEND = r"""
update contacts set notes = case when notes ~ '\S' then rtrim(notes, E' \n') || E'\n\n' else '' end || $2
 where id = $1 and deleted_at is null returning id"""


async def make_contact(connection: asyncpg.Connection, user_id: UUID, item: Item, _choices: Mapping[str, str]) -> UUID:
    """Its first line without what is an address in it is the name."""
    mail, phone = MAIL.search(item.content), PHONE.search(item.content)
    name = item.heading
    for found in (mail, phone):
        name = name.replace(found[0], " ") if found else name
    name = " ".join(name.strip(" @,;:<>()-–—·|").split())[:LONGEST]
    if not name:
        name = mail[0].partition("@")[0] if mail else ""
    if not name:
        raise Invalid(_("There is no name in it; file it as something else."))
    rest = "" if item.content.strip() == name else item.content.strip("\n")
    made: UUID = await connection.fetchval(MAKE, user_id, name, _listed(mail), _listed(phone), rest)
    return made


def _listed(found: re.Match[str] | None) -> str:
    return json.dumps([{"label": "", "value": found[0]}] if found else [])


async def join_contact(connection: asyncpg.Connection, contact_id: UUID, item: Item) -> None:
    text = f"[[{item.title}]]" if item.kind == "note" and item.title else item.content.strip("\n")
    if item.url and item.url not in text:
        text = f"{text}\n<{item.url}>".strip("\n")
    if not await connection.fetchval(APPEND, contact_id, text):
        raise NotFound


CONTACT_TARGET = Target(
    "contact", "c", gettext_noop("Person"), gettext_noop("Made a person."), "contact", make_contact, join_contact
)
