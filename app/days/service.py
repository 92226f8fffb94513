"""Writing into a day's log: a line more, never a line less."""

from __future__ import annotations

import re
from datetime import date, datetime
from uuid import UUID

import asyncpg

from app.core.errors import Invalid
from app.notes.templates import read_log_template
from app.web.locale import gettext as _
from app.web.locale import number

LONGEST = 20_000
ENDS_IN_LIST = re.compile(r"(?:^|\n)- [^\n]*(?:\n  [^\n]*)*\Z")
OWN_TIME = re.compile(r"(?:[01]?\d|2[0-3])[:.][0-5]\d\b")

# One statement: two lines that come at once both stay. A list goes on in the next line, other text is set off from it.
# $4 is what a new log begins with, the line within it: whichever of two first lines comes second is added to it.
APPEND = r"""
insert into notes as n (user_id, title, content, note_kind, date_key)
values (app_user_id(), $1, $4, 'log', $3)
on conflict (user_id, date_key) where note_kind = 'log' do update
   set deleted_at = null, archived_at = null,
       content = rtrim(n.content, E' \n') || case
           when rtrim(n.content, E' \n') = '' then ''
           when rtrim(n.content, E' \n') ~ '(^|\n)- [^\n]*(\n  [^\n]*)*$' then E'\n'
           else E'\n\n' end || $2
returning id"""


async def append_entry(connection: asyncpg.Connection, day: date, text: str, now: datetime) -> UUID:
    """Add a line to a day's log, which is made with its first one; the log's id.

    `now`, in the writer's own zone, is set before a line of today that has no time of its own.
    """
    line = _indented(text)
    if now.date() == day and not OWN_TIME.match(line):
        line = f"{now:%H:%M} {line}"
    return await _append(connection, day, line, now)


async def append_task(connection: asyncpg.Connection, day: date, text: str, now: datetime) -> UUID:
    """A line with a box to tick; the log's id."""
    return await _append(connection, day, f"[ ] {_indented(text)}", now)


def _indented(text: str) -> str:
    return "\n  ".join(part.rstrip() for part in check_entry(text).splitlines() if part.strip())


async def _append(connection: asyncpg.Connection, day: date, line: str, now: datetime) -> UUID:
    opening = await open_log(connection, day, now)
    begun = f"{opening}{'' if not opening else _between(opening)}- {line}"
    made: UUID = await connection.fetchval(APPEND, day.isoformat(), f"- {line}", day, begun)
    return made


async def open_log(connection: asyncpg.Connection, day: date, now: datetime) -> str:
    """What a log of this day begins with, if it is made now: its template, filled in for that day."""
    at = datetime.combine(day, now.timetz())
    return (await read_log_template(connection, day.isoformat(), at)).rstrip(" \n")


def _between(opening: str) -> str:
    """What stands between a text and a line that is added to it; the statement above knows the same."""
    return "\n" if ENDS_IN_LIST.search(opening) else "\n\n"


def check_entry(text: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid(_("There is nothing to write down yet."))
    if "\0" in text:
        raise Invalid(_("The text holds a NUL character, which cannot be stored; take it out and save again."))
    if len(text) > LONGEST:
        raise Invalid(_("A line has at most %(most)s characters; make a note of this one.") % {"most": number(LONGEST)})
    return text
