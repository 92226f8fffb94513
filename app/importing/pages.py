"""What the templates of imports see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from app.importing import queries
from app.importing.doors import Doors
from app.importing.queries import UNFINISHED, told
from app.importing.uploads import PART
from app.web.locale import gettext as _
from app.web.locale import ngettext

OWN_CARD = "select exists (select from own_cards where settled_at is null)"


@dataclass(frozen=True, slots=True)
class WelcomePage:
    csrf_token: str


@dataclass(frozen=True, slots=True)
class ImportRow:
    href: str
    name: str
    soft: str
    when: datetime


@dataclass(frozen=True, slots=True)
class ArrivePage:
    """`unfinished` are uploads that broke off; `part` is how much is sent at once."""

    rows: tuple[ImportRow, ...]
    unfinished: tuple[ImportRow, ...]
    limit_mb: int
    part: int = PART
    error: str = ""


@dataclass(frozen=True, slots=True)
class DropPlace:
    """What `inbox/_drop.html` asks for as `drop`."""

    limit_mb: int
    part: int = PART


@dataclass(frozen=True, slots=True)
class Told:
    """A list of the report: its first entries as (what, why), and how many there are in all."""

    heading: str
    entries: tuple[tuple[str, str], ...]
    more: int


@dataclass(frozen=True, slots=True)
class ImportPage:
    """`done` of `total` (None while nobody knows) are files, or bytes while it is `uploading`."""

    id: UUID
    href: str
    name: str
    place: str
    state: str
    done: int
    total: int | None
    counts: Mapping[str, int]
    files: Mapping[str, int]
    links: Mapping[str, int]
    others: tuple[tuple[str, Mapping[str, int]], ...]
    lists: tuple[Told, ...]
    error: str
    is_stopping: bool
    is_ahead: bool
    worker_lives: bool
    action_id: UUID
    can_undo: bool
    is_undone: bool
    limit_mb: int
    part: int
    doors: Doors | None
    has_own_card: bool = False

    @property
    def people_added(self) -> int:
        return sum(counts["added"] for name, counts in self.others if name == _("People"))

    @property
    def is_at_work(self) -> bool:
        return self.state in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Standing:
    """What an import's page asks besides its row."""

    is_ahead: bool = False
    worker_lives: bool = True
    has_changes: bool = False
    is_undone: bool = False
    has_own_card: bool = False


async def read_standing(connection: asyncpg.Connection, user_id: UUID, row: asyncpg.Record) -> Standing:
    if row["state"] in ("waiting", "running"):
        return Standing(*await queries.read_queue(connection, row["id"]))
    has_changes = await queries.has_changes(connection, user_id, row["action_id"])
    has_own_card = bool(await connection.fetchval(OWN_CARD))
    return Standing(has_changes=has_changes, is_undone=row["is_undone"], has_own_card=has_own_card)


def arrive_page(rows: Sequence[asyncpg.Record], limit_mb: int, error: str = "") -> ArrivePage:
    unfinished = [row for row in rows if row["state"] == "uploading"]
    others = [row for row in rows if row["state"] != "uploading"]
    return ArrivePage(tuple(map(_row, others)), tuple(map(_row, unfinished)), limit_mb, error=error)


def import_page(row: asyncpg.Record, standing: Standing, doors: Doors | None, limit_mb: int) -> ImportPage:
    report, is_uploading = told(row), row["state"] == "uploading"
    notes = {fate: report.get(fate, 0) for fate in ("added", "changed", "unchanged")}
    failed = report.get("lengths", {}).get("failed", 0)
    is_undone = standing.is_undone
    return ImportPage(
        row["id"], f"/imports/{row['id']}", row["name"], row["place"], row["state"],
        row["received"] if is_uploading else row["done"], row["size"] if is_uploading else row["total"],
        {**notes, "failed": failed}, report.get("attachments", {}), report.get("links", {}),
        _others(report), _lists(report),
        row["error"], row["cancel_asked_at"] is not None and row["state"] in UNFINISHED, standing.is_ahead,
        standing.worker_lives, row["action_id"], standing.has_changes and not is_undone, is_undone, limit_mb, PART,
        doors, standing.has_own_card,
    )  # fmt: skip


def _row(row: asyncpg.Record) -> ImportRow:
    return ImportRow(f"/imports/{row['id']}", row["name"], _tell_state(row), row["created_at"])


def _tell_state(row: asyncpg.Record) -> str:
    if row["state"] == "uploading":
        return _("%(share)s %% is here") % {"share": row["received"] * 100 // row["size"]}
    if row["is_undone"]:
        return _("undone")
    if row["state"] == "done":
        added, people = told(row).get("added", 0), told(row).get("others", {}).get("contacts", {}).get("added", 0)
        if row["place"] == "inbox":
            return ngettext("%(num)s thing came into the inbox", "%(num)s things came into the inbox", added) % {
                "num": added
            }
        if people and not added:
            return ngettext("%(num)s person came in", "%(num)s people came in", people) % {"num": people}
        return ngettext("%(num)s note came in", "%(num)s notes came in", added) % {"num": added}
    words = {
        "waiting": _("waits for its turn"), "running": _("is being brought in"), "cancelled": _("cancelled"),
        "failed": _("could not be brought in"),
    }  # fmt: skip
    return words[row["state"]]


def _others(report: Mapping[str, Any]) -> tuple[tuple[str, Mapping[str, int]], ...]:
    """What came besides notes and files, where it was an export of Hearth; what has no name here is not shown."""
    names = {
        "contacts": _("People"), "topics": _("Topics"), "folders": _("Folders"), "entity_links": _("Links"),
        "saved_searches": _("Saved searches and lists"),
    }  # fmt: skip
    told: Mapping[str, Mapping[str, int]] = report.get("others", {})
    fates = ("added", "changed", "unchanged")
    return tuple(
        (name, {fate: told[table].get(fate, 0) for fate in fates}) for table, name in names.items() if table in told
    )


def _lists(report: Mapping[str, Any]) -> tuple[Told, ...]:
    """What failed first: it is what somebody may want to do something about."""
    pairs = (
        ("failed", _("Failed"), "path", "reason"),
        ("conflicts", _("Changed here and in the file; the file's text is beside yours"), "", ""),
        ("in_trash", _("In the trash here, and left there"), "", ""),
        ("missing", _("Shown by a note, but not among the files"), "file", "note"),
        ("notices", _("Read with a remark"), "path", "notice"),
    )
    lists = (_told(report, *pair) for pair in pairs if report.get(pair[0]))
    return tuple(lists)


def _told(report: Mapping[str, Any], key: str, heading: str, what: str, why: str) -> Told:
    entries = tuple((entry[what], entry[why]) if what else (entry, "") for entry in report[key])
    return Told(heading, entries, report["lengths"][key] - len(entries))
