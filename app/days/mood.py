"""Mood and weather of a day, for those who want them.

Two properties of the day's log, `mood` from 1 to 5 and `weather` in words, and no columns: a daily file that comes with
`mood:` or `weather:` in its front matter has them at once, in whatever words, and lists, search, history, undo and
export of properties are theirs without another line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from app.core.errors import Invalid
from app.core.text import fold
from app.days.service import open_log
from app.properties.values import read_json
from app.web.locale import gettext as _
from app.web.locale import number

LONGEST_WEATHER = 200
FACES = {"1": "😞", "2": "🙁", "3": "😐", "4": "🙂", "5": "😄"}

# One statement, and none that changes nothing: two that come at once both find the one log.
KEEP = """
insert into notes as n (user_id, title, content, note_kind, date_key, custom_fields)
values (app_user_id(), $1, $2, 'log', $3, $5::jsonb)
on conflict (user_id, date_key) where note_kind = 'log' do update
   set deleted_at = null, archived_at = null, custom_fields = (n.custom_fields - $4::text[]) || $5::jsonb
 where n.deleted_at is not null or (n.custom_fields - $4::text[]) || $5::jsonb <> n.custom_fields
returning id"""
FIELDS = "select custom_fields from notes where note_kind = 'log' and date_key = $1 and deleted_at is null"


@dataclass(frozen=True, slots=True)
class Mood:
    """As the form shows it: `value` is 1 to 5 where it is one of ours, else it is told in its own words."""

    value: str = ""
    weather: str = ""
    error: str = ""

    @property
    def choices(self) -> tuple[tuple[str, str, str], ...]:
        """(value, face, word)."""
        return tuple((value, FACES[value], word) for value, word in mood_words().items())

    @property
    def is_own(self) -> bool:
        """Said in words that some other app knows."""
        return self.value not in ("", *FACES)

    @property
    def told(self) -> str:
        """What a day was like, in one line; nothing where nobody said."""
        shown = f"{FACES[self.value]} {mood_words()[self.value]}" if self.value in FACES else self.value
        return " · ".join(part for part in (shown, self.weather) if part)


def mood_words() -> dict[str, str]:
    return {"1": _("awful"), "2": _("bad"), "3": _("so-so"), "4": _("good"), "5": _("great")}


def read_mood(custom_fields: str) -> Mood:
    fields = read_json(custom_fields)
    keys = _spelled(fields)
    return Mood(*(_text(fields.get(keys[name])) for name in ("mood", "weather")))


async def keep_mood(connection: asyncpg.Connection, day: date, mood: str, weather: str, now: datetime) -> bool:
    """Whether anything changed. A log is made for it where there is none; nothing said is nothing kept."""
    weather = " ".join(weather.split())
    fields = read_json(await connection.fetchval(FIELDS, day) or "{}")
    keys = _spelled(fields)
    before = {name: _text(fields.get(key)) for name, key in keys.items()}
    _check(mood, before["mood"], weather)
    given = {"mood": mood, "weather": weather}
    # What is as it was stays as it was brought here, digit for digit.
    said = {keys[name]: _typed(name, value) for name, value in given.items() if value != before[name]}
    gone, kept = [key for key, value in said.items() if value == ""], {k: v for k, v in said.items() if v != ""}
    if not fields and not kept:
        return False
    opening = await open_log(connection, day, now)
    return await connection.fetchval(KEEP, day.isoformat(), opening, day, gone, json.dumps(kept)) is not None


def _typed(name: str, value: str) -> str | int:
    return int(value) if name == "mood" and value in FACES else value


def _check(mood: str, before: str, weather: str) -> None:
    if mood not in ("", before, *FACES):
        raise Invalid(_("A mood goes from 1 to 5; choose one of the faces."))
    if "\0" in weather:
        raise Invalid(_("The text holds a NUL character, which cannot be stored; take it out and save again."))
    if len(weather) > LONGEST_WEATHER:
        raise Invalid(_("The weather has at most %(most)s characters.") % {"most": number(LONGEST_WEATHER)})


def _spelled(fields: Mapping[str, Any]) -> dict[str, str]:
    """How this log spells the two names: an app may have written `Mood`."""
    found = {fold(key): key for key in fields}
    return {name: found.get(name, name) for name in ("mood", "weather")}


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, dict | list | bool) else str(value)
