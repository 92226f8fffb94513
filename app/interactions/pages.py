"""What the interactions' templates see."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.core.local_time import as_typed
from app.core.text import plain_sentence
from app.heat.warmth import score, tier
from app.interactions.queries import PAGE_SIZE
from app.interactions.service import InteractionFields
from app.web.file_rows import FileRow, file_rows
from app.web.locale import gettext as _
from app.web.markdown import Targets, render_markdown
from app.web.paging import encode_cursor

Link = tuple[str, str]
"""What is shown, and where it leads."""


@dataclass(frozen=True, slots=True)
class InteractionRow:
    href: str
    title: str
    soft: str
    when: datetime
    is_notable: bool


@dataclass(frozen=True, slots=True)
class InteractionList:
    name: str
    href: str
    log_href: str
    rows: tuple[InteractionRow, ...]
    next_href: str | None
    is_empty: bool


@dataclass(frozen=True, slots=True)
class InteractionPanel:
    """On a person's page: the last few, and a word for each that one tap logs."""

    person_id: UUID
    back: str
    log_href: str
    all_href: str
    rows: tuple[InteractionRow, ...]
    quick: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InteractionPage:
    id: UUID
    href: str
    title: str
    people: tuple[Link, ...]
    when: datetime
    direction: str
    author: Link | None
    is_notable: bool
    html: Markup
    heat: str
    is_in_trash: bool
    files: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True)
class InteractionForm:
    """`people` are (id, name) to tick; `back` is where Cancel leads."""

    action: str
    back: str
    version: int
    values: InteractionFields
    people: tuple[tuple[str, str], ...]
    suggested: tuple[str, ...]
    types: Mapping[str, str]
    directions: Mapping[str, str]
    is_new: bool
    errors: Mapping[str, str] = field(default_factory=dict)


def type_names() -> dict[str, str]:
    return {
        "call": _("Call"), "meeting": _("Meeting"), "message": _("Message"), "email": _("E-mail"),
        "dm": _("Direct message"), "other": _("Something else"),
    }  # fmt: skip


def direction_names() -> dict[str, str]:
    return {"both": _("Both of us"), "me": _("I reached out"), "them": _("They reached out")}


def make_row(row: asyncpg.Record) -> InteractionRow:
    title = type_names()[row["interaction_type"]]
    if row["others"]:
        title = _("%(kind)s, with %(people)s too") % {"kind": title, "people": row["others"]}
    said = plain_sentence(row["summary"][:400]) if row["summary"] else ""
    soft = said or ("" if row["direction"] == "both" else direction_names()[row["direction"]])
    return InteractionRow(f"/interactions/{row['id']}", title, soft, row["occurred_at"], row["is_notable"])


def make_list(person: asyncpg.Record, found: Sequence[asyncpg.Record], *, is_first: bool) -> InteractionList:
    base = f"/people/{person['id']}/interactions"
    following = None
    if len(found) == PAGE_SIZE:
        following = f"{base}?after={encode_cursor(found[-1]['occurred_at'], found[-1]['id'])}"
    return InteractionList(
        person["full_name"], f"/people/{person['id']}", log_href(person["id"]), tuple(map(make_row, found)), following,
        is_first and not found,
    )  # fmt: skip


def make_interaction_panel(contact_id: UUID, found: Iterable[asyncpg.Record]) -> InteractionPanel:
    names = type_names()
    href = f"/people/{contact_id}"
    return InteractionPanel(
        contact_id, href, log_href(contact_id), f"{href}/interactions", tuple(map(make_row, found)),
        {name: names[name] for name in ("call", "meeting", "message")},
    )  # fmt: skip


def log_href(contact_id: UUID) -> str:
    return f"/interactions/new?person={contact_id}"


def interaction_page(row: asyncpg.Record) -> InteractionPage:
    people = tuple((one["name"], f"/people/{one['id']}") for one in json.loads(row["people"] or "[]"))
    author = (row["author"], f"/people/{row['author_contact_id']}") if row["author"] else None
    return InteractionPage(
        row["id"], f"/interactions/{row['id']}", type_names()[row["interaction_type"]], people, row["occurred_at"],
        direction_names()[row["direction"]], author, row["is_notable"], render_markdown(row["summary"], Targets()),
        tier(score(row["warmth"], datetime.now(UTC))), row["deleted_at"] is not None,
        file_rows(json.loads(row["files"] or "[]")),
    )  # fmt: skip


def fields_of(row: asyncpg.Record, zone: str) -> InteractionFields:
    people = tuple(one["id"] for one in json.loads(row["people"] or "[]"))
    return InteractionFields(
        row["interaction_type"], *as_typed(row["occurred_at"], zone), row["direction"], row["summary"],
        "1" if row["is_notable"] else "", row["author"] or "", people,
    )  # fmt: skip
