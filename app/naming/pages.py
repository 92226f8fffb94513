"""What the templates of names see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.core.text import plain_sentence
from app.graph.entities import TYPES, type_label
from app.graph.related_pages import shown_title
from app.naming.queries import PAGE_SIZE
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.markdown import Targets, render_markdown
from app.web.paging import encode_cursor


@dataclass(frozen=True, slots=True)
class NameRow:
    href: str
    name: str
    soft: str


@dataclass(frozen=True, slots=True)
class NameList:
    rows: tuple[NameRow, ...]
    next_href: str | None
    is_empty: bool


@dataclass(frozen=True, slots=True)
class MentionRow:
    href: str
    title: str
    sentence: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """Who could be the same, and what speaks for it."""

    id: UUID
    href: str
    title: str
    soft: str
    evidence: str


@dataclass(frozen=True, slots=True)
class NamePage:
    id: UUID
    name: str
    label: str
    type: str
    description: Markup
    aliases: tuple[str, ...]
    is_in_trash: bool
    mentions: tuple[MentionRow, ...]
    more: bool
    beside: tuple[tuple[str, str, str], ...]
    alike: tuple[Candidate, ...]

    @property
    def href(self) -> str:
        return f"/names/{self.id}"


@dataclass(frozen=True, slots=True)
class NameForm:
    id: UUID
    former: str
    name: str
    type: str
    description: str
    types: tuple[tuple[str, str], ...]
    error: str = ""

    @property
    def href(self) -> str:
        return f"/names/{self.id}"


def name_list(found: Sequence[asyncpg.Record], *, is_first: bool) -> NameList:
    rows = tuple(
        NameRow(f"/names/{row['id']}", row["name"], f"{_(TYPES[row['entity_type']].label)} · {_records(row['times'])}")
        for row in found
    )
    following = None
    if len(found) == PAGE_SIZE:
        following = "/names?" + urlencode({"after": encode_cursor(found[-1]["sort_key"], found[-1]["id"])})
    return NameList(rows, following, is_first and not rows)


def name_page(
    row: asyncpg.Record, kinds: Mapping[str, Kind], mentions: Sequence[asyncpg.Record],
    beside: Iterable[asyncpg.Record], alike: Iterable[asyncpg.Record],
) -> NamePage:  # fmt: skip
    return NamePage(
        row["id"], row["name"], type_label(row["entity_type"]), row["entity_type"],
        render_markdown(row["description"], Targets()), tuple(row["aliases"]), row["deleted_at"] is not None,
        tuple(MentionRow(kinds[m["kind"]].url(m["id"]), shown_title(m), plain_sentence(m["evidence"]), m["created_at"])
              for m in mentions[:100]),
        len(mentions) > 100,
        tuple((shown_title(one), kinds[one["kind"]].url(one["id"]), number(one["times"])) for one in beside),
        tuple(_candidate(one, kinds) for one in alike),
    )  # fmt: skip


def _candidate(one: asyncpg.Record, kinds: Mapping[str, Kind]) -> Candidate:
    evidence = _("A similar name")
    if one["shared"]:
        told = ngettext(
            "A similar name, and %(num)s neighbour in common", "A similar name, and %(num)s neighbours in common",
            one["shared"],
        )  # fmt: skip
        evidence = told % {"num": number(one["shared"])}
    label = _(kinds[one["kind"]].label)
    return Candidate(one["id"], kinds[one["kind"]].url(one["id"]), shown_title(one), label, evidence)


def name_form(row: asyncpg.Record, given: Mapping[str, str] | None = None, error: str = "") -> NameForm:
    values = given or {}
    return NameForm(
        row["id"], row["name"], values.get("name", row["name"]), values.get("type", row["entity_type"]),
        values.get("description", row["description"]),
        tuple((name, _(one.label)) for name, one in TYPES.items()), error,
    )  # fmt: skip


def _records(count: int) -> str:
    return ngettext("%(num)s record", "%(num)s records", count) % {"num": number(count)}
