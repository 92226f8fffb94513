"""What the groups' templates see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.core.text import plain_sentence
from app.groups.service import GroupFields
from app.heat.warmth import score, tier
from app.web.file_rows import file_href, thumbnail_href
from app.web.locale import brief, ngettext, number
from app.web.locale import gettext as _
from app.web.markdown import Targets, render_markdown


@dataclass(frozen=True, slots=True)
class GroupRow:
    href: str
    name: str
    soft: str
    heat: str


@dataclass(frozen=True, slots=True)
class GroupList:
    rows: tuple[GroupRow, ...]


@dataclass(frozen=True, slots=True)
class MemberRow:
    id: UUID
    href: str
    name: str
    soft: str
    heat: str


@dataclass(frozen=True, slots=True)
class GroupPage:
    id: UUID
    href: str
    name: str
    description: Markup
    banner: str | None
    wished: int | None
    heat: str
    is_in_trash: bool
    members: tuple[MemberRow, ...]
    suggested: tuple[str, ...]
    typed: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class GroupForm:
    action: str
    back: str
    values: GroupFields
    has_banner: bool
    is_new: bool
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Selection:
    """Everybody who matches, to be ticked. `group` is where the page was opened from."""

    q: str
    rows: tuple[MemberRow, ...]
    group: str
    groups: tuple[str, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True)
class GroupsPanel:
    """On a person's page: which groups they are in."""

    person_id: UUID
    back: str
    groups: tuple[tuple[str, str], ...]
    names: tuple[str, ...]


def group_list(found: Iterable[asyncpg.Record]) -> GroupList:
    now = datetime.now(UTC)
    return GroupList(tuple(
        GroupRow(f"/groups/{row['id']}", row["name"], _soft(row), tier(score(row["warmth"], now))) for row in found
    ))  # fmt: skip


def group_page(
    row: asyncpg.Record, members: Iterable[asyncpg.Record], suggested: Sequence[str], typed: str = "", error: str = ""
) -> GroupPage:
    now = datetime.now(UTC)
    banner = thumbnail_href(file_href(row["banner_id"], row["banner_name"]), 960) if row["banner_id"] else None
    return GroupPage(
        row["id"], f"/groups/{row['id']}", row["name"], render_markdown(row["description"], Targets()), banner,
        row["wished_days"], tier(score(row["warmth"], now)), row["deleted_at"] is not None,
        tuple(_member(one, now) for one in members), tuple(suggested), typed, error,
    )  # fmt: skip


def selection(found: Sequence[asyncpg.Record], q: str, group: str, groups: tuple[str, ...], most: int) -> Selection:
    now = datetime.now(UTC)
    rows = tuple(
        MemberRow(row["id"], f"/people/{row['id']}", row["full_name"], row["soft"], tier(score(row["warmth"], now)))
        for row in found
    )
    return Selection(q, rows, group, groups, len(found) == most)


def groups_panel(contact_id: UUID, found: Iterable[asyncpg.Record], names: tuple[str, ...]) -> GroupsPanel:
    groups = tuple((row["name"], f"/groups/{row['id']}") for row in found)
    return GroupsPanel(contact_id, f"/people/{contact_id}", groups, names)


def fields_of(row: asyncpg.Record) -> GroupFields:
    return GroupFields(row["name"], row["description"], str(row["wished_days"] or ""))


def _soft(row: asyncpg.Record) -> str:
    told = ngettext("%(num)s person", "%(num)s people", row["members"]) % {"num": number(row["members"])}
    said = plain_sentence(row["description"][:200]) if row["description"] else ""
    return f"{told} · {said}" if said else told


def _member(row: asyncpg.Record, now: datetime) -> MemberRow:
    last = row["last_contact_at"]
    told = _("Last contact %(when)s") % {"when": brief(last)} if last else _("No contact logged")
    return MemberRow(row["id"], f"/people/{row['id']}", row["full_name"], told, tier(score(row["warmth"], now)))
