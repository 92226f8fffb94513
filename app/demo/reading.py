"""The demo's house as it lies beside this file: Markdown notes in folders, and one list of people.

A note's front matter may hold, besides what an import understands, what the house alone knows: `title` (else the file's
name), `created`, `updated` and `state` (pinned, archived or trashed); these do not become properties of the note.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from app.contacts.fields import ContactFields, Labelled, Phone
from app.demo.moments import fill_in, find_moment, is_relative
from app.importing.dating import Calendar, Dates, whole_day
from app.importing.reading import ImportedNote, read_note
from app.importing.sources import SourceFile

HOUSE = Path(__file__).parent / "house"
PEOPLE = HOUSE / "people.yaml"
_OWN = ("title", "created", "updated", "state")
_RULE = "---\n"


@dataclass(frozen=True, slots=True)
class HouseNote:
    note: ImportedNote
    state: str


@dataclass(frozen=True, slots=True)
class HousePerson:
    """`met` is when the person's page was begun."""

    fields: ContactFields
    met: datetime


def read_people(now: datetime) -> list[HousePerson]:
    """`now` is in the account's time zone, here and below."""
    people = []
    for person in yaml.safe_load(PEOPLE.read_text(encoding="utf-8")):
        met = _moment(person.pop("met"), now)
        people.append(HousePerson(_fields({key: fill_in(person[key], now) for key in person}), met))
    return people


def _fields(said: dict[str, Any]) -> ContactFields:
    lists: dict[str, Any] = {}
    if address := said.pop("email", ""):
        lists["emails"] = (Labelled("", address),)
    if number := said.pop("phone", ""):
        lists["phones"] = (Phone("", number),)
    return ContactFields(**said, **lists)


def read_notes(now: datetime, root: str = "") -> list[HouseNote]:
    """Every note of the house; the paths by which it is known as an import begin with `root`."""
    return [_read(path, now, root) for path in sorted(HOUSE.rglob("*.md"))]


def _read(path: Path, now: datetime, root: str) -> HouseNote:
    own, text = _split(fill_in(path.read_text(encoding="utf-8"), now), now)
    title = own.get("title") or _name_of(path, now)
    folder = path.parent.relative_to(HOUSE).as_posix()
    name = "/".join(part for part in (root, folder.removeprefix("."), f"{title}.md") if part)
    file = SourceFile(name, len(text), None, text.encode)
    note = read_note(file, Calendar([], UTC, now), shared_stem=False)
    return HouseNote(replace(note, dates=_dates(own, title, now)), own.get("state", ""))


def _split(text: str, now: datetime) -> tuple[dict[str, str], str]:
    """The house's own properties, and the text as an import would find it."""
    head, rule, body = text.removeprefix(_RULE).partition("\n" + _RULE)
    own, kept = {}, []
    for line in head.split("\n"):
        key, _, value = line.partition(": ")
        if key in _OWN:
            own[key] = value.strip('"')
        else:
            kept.append(f"{key}: {find_moment(value, now)}" if is_relative(value) else line)
    assert rule, "every note of the house begins with its date"
    return own, (_RULE + "\n".join(kept) + "\n" + _RULE if kept else "") + body


def _name_of(path: Path, now: datetime) -> str:
    day = path.stem.removeprefix("day ")
    return find_moment(day, now).isoformat() if is_relative(day) else path.stem


def _dates(own: dict[str, str], title: str, now: datetime) -> Dates:
    created = _moment(own["created"], now)
    return Dates(created, _moment(own["updated"], now) if "updated" in own else None, whole_day(title))


def _moment(written: str, now: datetime) -> datetime:
    found = find_moment(written, now)
    if not isinstance(found, datetime):
        raise ValueError(f"{written!r} tells no time of day")
    return found
