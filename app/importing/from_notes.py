"""A note about somebody, or a folder of such notes, becomes people: the text, the names and the links come along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from litestar import post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.bringing import NAME
from app.contacts.cards.table import read_day
from app.contacts.fields import LONGEST, ContactFields, ImportantDate, Labelled, Phone, check_fields
from app.contacts.service import add_contact
from app.core.errors import Invalid, NotFound
from app.core.text import fold
from app.importing.front_matter import split_front_matter
from app.web.auth import Visitor
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.shared import Shared
from app.web.toasts import say

MOST = 500
READ = text("""
select id, title, content, content_format, note_kind, created_at, custom_fields from notes
 where id = any(:ids) and deleted_at is null order by title, id for update""")
IN_FOLDER = text("""
select n.id from notes n where n.folder_id = :folder and n.deleted_at is null and n.content_format = 'markdown'
   and n.note_kind = 'note' and n.title ~ '\\S' order by n.title, n.id limit 501""")
FOLDER = text("select 1 from folders where id = :folder and deleted_at is null")
FILE = text("""
insert into filings as f (user_id, record_id, topic_id)
select distinct app_user_id(), cast(:contact as uuid), rt.topic_id from record_topics rt
 where rt.record_id = :note and rt.origin <> 'written'
on conflict (record_id, topic_id) do update set deleted_at = null where f.deleted_at is not null""")
ATTACH = text("update attachments set record_id = :contact where record_id = :note")
BECOME = text("update notes set became_contact_id = :contact, deleted_at = now() where id = :note")

# What front matter calls what a person has a field for.
NAMED = {
    "email": "emails", "e-mail": "emails", "mail": "emails", "emails": "emails", "phone": "phones", "tel": "phones",
    "telephone": "phones", "mobile": "phones", "telefon": "phones", "handy": "phones", "url": "urls",
    "website": "urls", "homepage": "urls", "birthday": "dates", "geburtstag": "dates", "born": "dates",
    "company": "company", "firma": "company", "job": "role_title", "nickname": "nickname", "location": "location",
    "pronouns": "pronouns", "how met": "how_met",
}  # fmt: skip


@post("/notes/{note_id:uuid}/person", status_code=303)
async def make_person(note_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        [made] = await become_people(session, visitor.user_id, [note_id])
    answer = Redirect(f"/people/{made}", status_code=303)
    return say(answer, _("The note is a person now; what linked to it leads here."), action_id)


@post("/folders/{folder_id:uuid}/people", status_code=303)
async def make_people(folder_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.writing(visitor.user_id, action_id=(action_id := uuid4())) as session:
        if not await session.scalar(FOLDER, {"folder": folder_id}):
            raise NotFound
        ids = (await session.scalars(IN_FOLDER, {"folder": folder_id})).all()
        if len(ids) > MOST:
            raise Invalid(_("At most %(most)s notes can become people at once.") % {"most": MOST})
        made = await become_people(session, visitor.user_id, ids) if ids else []
    told = ngettext("%(num)s note is a person now.", "%(num)s notes are people now.", len(made))
    answer = Redirect("/people" if made else f"/folders/{folder_id}", status_code=303)
    return say(answer, told % {"num": number(len(made))}, action_id if made else None)


async def become_people(session: AsyncSession, user_id: UUID, ids: Sequence[UUID]) -> list[UUID]:
    """Raises NotFound, Invalid."""
    rows = (await session.execute(READ, {"ids": list(ids)})).mappings().all()
    if len(rows) != len(ids):
        raise NotFound
    return [await _become(session, user_id, row) for row in rows]


async def _become(session: AsyncSession, user_id: UUID, row: RowMapping) -> UUID:
    if row["content_format"] != "markdown" or row["note_kind"] != "note":
        raise Invalid(_("Only a note in Markdown can become a person."))
    if not row["title"].strip():
        raise Invalid(_("The note has no title, which would be the person's name."))
    front = split_front_matter(row["content"])
    given = {**row["custom_fields"], **front.properties}
    known, others = read_properties(given)
    fields = ContactFields(
        **known, full_name=" ".join(row["title"].split())[:LONGEST], notes=front.body.strip("\n")
    )  # fmt: skip
    if problems := check_fields(fields):
        raise Invalid(next(iter(problems.values())))
    contact = await add_contact(session, user_id, fields, row["created_at"])
    both = {"contact": contact.id, "note": row["id"]}
    contact.custom_fields = others
    await session.flush()
    for statement in (FILE, ATTACH, BECOME):
        await session.execute(statement, both)
    if aliases := _names(given.get("aliases") or given.get("alias")):
        await session.execute(NAME, {"id": contact.id, "names": aliases})
    return contact.id


def read_properties(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a person has a field for, and the rest, which stays a property."""
    fields: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for key, value in given.items():
        field = NAMED.get(fold(key.replace("_", " ")).strip(), "")
        found = _read(field, [str(one) for one in value] if isinstance(value, list) else [str(value)])
        if field and field not in fields and found:
            fields[field] = found
        elif not key.startswith("_") and fold(key) not in ("aliases", "alias", "tags", "title"):
            others[key] = value
    return fields, others


def _names(given: Any) -> list[str]:
    named = given if isinstance(given, list) else [given] if given else []
    return [name for one in named if (name := " ".join(str(one).split())[:LONGEST])]


def _read(field: str, values: Sequence[str]) -> Any:
    values = [value.strip() for value in values if value.strip()]
    if not values or any(len(value) > LONGEST for value in values):
        return None
    if field == "emails":
        return tuple(Labelled("", value) for value in values) if all("@" in value for value in values) else None
    if field == "phones":
        return tuple(Phone("", value) for value in values)
    if field == "urls":
        return tuple(Labelled("", value) for value in values)
    if field == "dates":
        day = read_day(values[0])
        return (ImportantDate("birthday", day),) if day else None
    return ", ".join(values)[:LONGEST] if field else None


ROUTES = [make_person, make_people]
