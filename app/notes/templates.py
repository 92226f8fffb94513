"""Templates: any note can be one, and its `{{date}}`, `{{time}}`, `{{weekday}}` and `{{title}}` are filled in.

`{{date}}` is written as a day's log is called (2026-11-22), so that `[[{{date}}]]` leads to it; any other form is asked
for by the letters that note apps share: `{{date:dddd, D MMMM YYYY}}`, `{{time:HH:mm:ss}}`, names in
the reader's language. What is none of these stays as it is: braces are also somebody's code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from babel.dates import format_datetime

from app.core.errors import NotFound
from app.web.locale import current_locale

MOST = 200
LONGEST_FORMAT = 100
FIELD = re.compile(r"\{\{[ \t]*(date|time|weekday|title)(?:[ \t]*:([^{}\n]{1,100}))?[ \t]*\}\}", re.IGNORECASE)
PLAIN = {"date": "YYYY-MM-DD", "time": "HH:mm", "weekday": "dddd"}
LETTERS = re.compile(r"\[([^\[\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DDDD|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|A|a|WW|W|Q")
# By the Unicode CLDR, whose letters these are not.
PATTERNS = {
    "YYYY": "yyyy", "YY": "yy", "MMMM": "MMMM", "MMM": "MMM", "MM": "MM", "M": "M", "DDDD": "DDD", "DD": "dd",
    "D": "d",
    "dddd": "EEEE", "ddd": "EEE", "HH": "HH", "H": "H", "hh": "hh", "h": "h", "mm": "mm", "m": "m", "ss": "ss",
    "s": "s",
    "A": "a", "a": "a", "WW": "ww", "W": "w", "Q": "Q",
}  # fmt: skip

LIST = """
select id, title, content, template_for, updated_at from notes
 where template_for is not null and deleted_at is null and archived_at is null
 order by lower(title), id limit 200"""
FIND = "select title, content from notes where id = $1 and template_for is not null and deleted_at is null"
FOR_LOGS = """
select content from notes where template_for = 'log' and deleted_at is null order by updated_at desc, id desc limit 1"""


def fill_template(text: str, title: str, at: datetime) -> str:
    """`at` is in the reader's own zone."""
    return FIELD.sub(lambda field: _value(field, title, at), text)


def _value(field: re.Match[str], title: str, at: datetime) -> str:
    name, form = field[1].lower(), field[2]
    if name == "title":
        return field[0] if form else title
    return write_moment(at, (form or PLAIN[name]).strip())


def write_moment(at: datetime, form: str) -> str:
    """`[…]` stands for itself, and so does what is no letter of a date."""
    return LETTERS.sub(lambda part: part[1] if part[0][0] == "[" else _part(at, PATTERNS[part[0]]), form)


def _part(at: datetime, pattern: str) -> str:
    return str(format_datetime(at, pattern, tzinfo=at.tzinfo, locale=current_locale()))


async def list_templates(connection: asyncpg.Connection) -> Sequence[asyncpg.Record]:
    """(id, title, content, template_for, updated_at), by title."""
    return await connection.fetch(LIST)


async def read_template(connection: asyncpg.Connection, template_id: str, title: str, at: datetime) -> str:
    """A template's text, filled in. Raises NotFound for what is none of this person's."""
    try:
        row = await connection.fetchrow(FIND, UUID(template_id))
    except ValueError:
        raise NotFound from None
    if row is None:
        raise NotFound
    return fill_template(row["content"], title, at)


async def read_log_template(connection: asyncpg.Connection, title: str, at: datetime) -> str:
    """What a day's log begins with; nothing where there is no template for it."""
    text = await connection.fetchval(FOR_LOGS)
    return fill_template(text, title, at) if text else ""
