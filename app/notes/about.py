"""What a note is besides its text: icon, colour, format, kind, day, author, for whom, template: one form."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from app.core.errors import Invalid, NotFound
from app.folders.service import COLOURS, LONGEST_ICON
from app.notes.people import find_person, read_targets
from app.web.locale import gettext as _

FORMATS = ("markdown", "html", "plain")
VIEWS = ("doc", "canvas")
KINDS = ("note", "log", "system")
TEMPLATES = ("", "note", "log")
MOST_TARGETS = 1000

READ = """
select n.id, n.title, n.content, n.icon, n.colour, n.content_format, n.preferred_view, n.note_kind, n.date_key,
       n.template_for, n.source, n.source_id, n.created_at, n.deleted_at, n.author_contact_id, n.target_contact_ids,
       n.refused_contact_ids, c.full_name as author
  from notes n left join contacts c on c.id = n.author_contact_id and c.deleted_at is null where n.id = $1"""
LOCK = "select from notes where id = $1 for update"
CHANGE = """
update notes n
   set icon = nullif($2, ''), colour = nullif($3, ''), content_format = $4, preferred_view = $5, note_kind = $6,
       date_key = $7, template_for = nullif($8, ''), author_contact_id = $9, target_contact_ids = $10,
       refused_contact_ids = $11
 where id = $1
   and (icon, colour, content_format, preferred_view, note_kind, date_key, template_for, author_contact_id,
        target_contact_ids, refused_contact_ids)
       is distinct from (nullif($2, ''), nullif($3, ''), $4, $5, $6, $7, nullif($8, ''), $9, $10, $11)"""
# In the trash, too: the day's next line would bring it back.
OTHER_LOG = "select exists (select from notes where note_kind = 'log' and date_key = $2 and id <> $1)"
# One template begins the days; the one before stays a template.
STEP_BACK = "update notes set template_for = 'note' where template_for = 'log' and id <> $1"


@dataclass(frozen=True, slots=True)
class About:
    """The form as it is typed. `author` and `added` are names; `shown` and `kept` are the ticks beside whom it is for,
    those that the form had and those that still stand."""

    icon: str = ""
    colour: str = ""
    content_format: str = "markdown"
    preferred_view: str = "doc"
    note_kind: str = "note"
    date_key: str = ""
    template_for: str = ""
    author: str = ""
    added: str = ""
    shown: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()


def about_of(row: asyncpg.Record) -> About:
    """What the form of this note begins with."""
    return About(
        row["icon"] or "", row["colour"] or "", row["content_format"], row["preferred_view"], row["note_kind"],
        row["date_key"].isoformat() if row["date_key"] else "", row["template_for"] or "", row["author"] or "",
    )  # fmt: skip


async def read_about(connection: asyncpg.Connection, note_id: UUID) -> asyncpg.Record:
    row = await connection.fetchrow(READ, note_id)
    if row is None:
        raise NotFound
    return row


async def change_about(connection: asyncpg.Connection, note_id: UUID, typed: About) -> bool:
    """Whether anything changed. Raises Invalid with a sentence, NotFound."""
    await connection.execute(LOCK, note_id)
    row = await read_about(connection, note_id)
    day = _read_day(typed.date_key)
    _check(typed, day, row["colour"])
    if typed.note_kind == "log" and await connection.fetchval(OTHER_LOG, note_id, day):
        raise Invalid(_("That day has a log already; this note can stand beside it, as a note of that day."))
    author = await _author(connection, row, typed.author)
    targets, refused = await _targets(connection, row, typed)
    if typed.template_for == "log":
        await connection.execute(STEP_BACK, note_id)
    done = await connection.execute(
        CHANGE, note_id, typed.icon.strip(), typed.colour, typed.content_format, typed.preferred_view,
        typed.note_kind, day, typed.template_for, author, targets, refused,
    )  # fmt: skip
    return done != "UPDATE 0"


def _check(typed: About, day: date | None, colour: str | None) -> None:
    if "\0" in typed.icon or len(typed.icon.strip()) > LONGEST_ICON:
        raise Invalid(_("An icon is one sign or emoji, or a short word."))
    # A colour that came from elsewhere may stay.
    chosen = (
        typed.colour in (*COLOURS, colour), typed.content_format in FORMATS, typed.preferred_view in VIEWS,
        typed.note_kind in KINDS, typed.template_for in TEMPLATES,
    )  # fmt: skip
    if not all(chosen):
        raise Invalid(_("The form holds a choice that there is not; reload the page and choose again."))
    if typed.note_kind == "log" and day is None:
        raise Invalid(_("A log is the log of a day: say which."))
    if typed.note_kind == "log" and typed.template_for:
        raise Invalid(_("A day's log cannot be a template as well; make a note of it, or copy its text into one."))


def _read_day(given: str) -> date | None:
    if not given.strip():
        return None
    try:
        day = date.fromisoformat(given.strip())
    except ValueError:
        day = date.min
    if not 1000 <= day.year <= 9000:
        raise Invalid(_("“%(value)s” is no day; write it as 2026-03-12.") % {"value": given[:40]})
    return day


async def _author(connection: asyncpg.Connection, row: asyncpg.Record, typed: str) -> UUID | None:
    """Nobody is oneself. Whoever stood there stays for as long as the name does, namesakes or not."""
    if not typed.strip():
        return None
    if typed.strip() == row["author"]:
        return row["author_contact_id"]  # type: ignore[no-any-return]
    return await find_person(connection, typed)


async def _targets(connection: asyncpg.Connection, row: asyncpg.Record, typed: About) -> tuple[list[UUID], list[UUID]]:
    """Who was added by hand, and who was taken away though the text names them."""
    chosen, refused = list(row["target_contact_ids"]), list(row["refused_contact_ids"])
    named = {target["id"]: target["is_written"] for target in await read_targets(connection, row["id"])}
    for person in _ids(typed.shown - typed.kept):
        chosen = [one for one in chosen if one != person]
        if named.get(person) and person not in refused:
            refused.append(person)
    if typed.added.strip():
        person = await find_person(connection, typed.added)
        refused = [one for one in refused if one != person]
        chosen += [person] if person not in chosen and person not in named else []
    if max(len(chosen), len(refused)) > MOST_TARGETS:
        raise Invalid(_("A note is for at most a thousand people; make a group of them."))
    return chosen, refused


def _ids(given: Collection[str]) -> list[UUID]:
    try:
        return [UUID(value) for value in sorted(given)]
    except ValueError:
        raise Invalid(_("The form holds a choice that there is not; reload the page and choose again.")) from None
