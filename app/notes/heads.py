"""What a note's page shows around its title: icon, colour, whom it is by and for, and what else it is."""

from __future__ import annotations

import json
from dataclasses import dataclass

import asyncpg

from app.folders.service import COLOURS
from app.web.locale import gettext as _
from app.web.locale import whole_day

Link = tuple[str, str]


@dataclass(frozen=True, slots=True)
class NoteAbout:
    """People and `marks` are (label, address); a mark without one leads nowhere."""

    icon: str
    colour: str
    author: Link | None
    targets: tuple[Link, ...]
    marks: tuple[Link, ...]
    is_on_today: bool


def note_about(row: asyncpg.Record) -> NoteAbout:
    author = json.loads(row["author"]) if row["author"] else None
    return NoteAbout(
        row["icon"] or "",
        row["colour"] if row["colour"] in COLOURS else "",
        _person(author) if author else None,
        tuple(_person(one) for one in json.loads(row["targets"] or "[]")),
        tuple(_marks(row)),
        row["is_pinned_home"],
    )


def _person(row: list[str]) -> Link:
    return row[1], f"/people/{row[0]}"


def _marks(row: asyncpg.Record) -> list[Link]:
    marks = []
    if row["date_key"]:
        marks.append((whole_day(row["date_key"]), f"/day?on={row['date_key'].isoformat()}"))
    if row["template_for"]:
        begins = _("template of each day's log") if row["template_for"] == "log" else _("template")
        marks.append((begins, "/notes/templates"))
    if row["note_kind"] == "system":
        marks.append((_("behind the scenes"), ""))
    if row["is_pinned_home"]:
        marks.append((_("on Today"), "/"))
    return marks
