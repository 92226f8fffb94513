"""What the topics' templates see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.core.text import fold
from app.heat.warmth import score, tier
from app.topics.queries import PAGE_SIZE
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.markdown import Targets, render_markdown
from app.web.paging import encode_cursor

LONGEST_Q = 200
Link = tuple[str, str]
"""What is shown, and where it leads."""


@dataclass(frozen=True, slots=True)
class TopicRow:
    href: str
    label: str
    soft: str
    heat: str


@dataclass(frozen=True, slots=True)
class TopicList:
    rows: tuple[TopicRow, ...]
    q: str
    next_href: str | None
    is_empty: bool


@dataclass(frozen=True, slots=True)
class NoteRow:
    href: str
    title: str
    soft: str
    heat: str
    when: datetime
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class TopicPage:
    """`path` are the names above it, the address empty where no topic is called so; `more` counts further notes."""

    id: UUID
    href: str
    label: str
    path: tuple[Link, ...]
    description: Markup
    aliases: tuple[str, ...]
    is_in_trash: bool
    heat: str
    notes: tuple[NoteRow, ...]
    more: int
    list_href: str
    people: tuple[tuple[str, str, str], ...]
    related: tuple[tuple[str, str, str], ...]
    below: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class TopicForm:
    """`label` and `error` are of the form; `name` is what the topic is called. `other`: who is called so already."""

    id: UUID
    name: str
    label: str
    short: str
    description: str
    in_texts: bool
    others: tuple[str, ...]
    into: str = ""
    error: str = ""
    merge_error: str = ""

    @property
    def href(self) -> str:
        return f"/topics/{self.id}"


def topic_list(
    found: Sequence[asyncpg.Record], counts: Mapping[UUID, int], q: str, *, is_first: bool
) -> TopicList:  # fmt: skip
    now = datetime.now(UTC)
    rows = tuple(
        TopicRow(
            f"/topics/{row['id']}", row["label"], _counted(counts.get(row["id"], 0)), tier(score(row["warmth"], now))
        )
        for row in found
    )
    following = None
    if len(found) == PAGE_SIZE:
        cursor = encode_cursor(found[-1]["sort_key"], found[-1]["id"])
        following = "/topics?" + urlencode({**({"q": q} if q else {}), "after": cursor})
    return TopicList(rows, q, following, is_first and not rows)


def topic_page(
    row: asyncpg.Record, *, notes: Iterable[asyncpg.Record], count: int, people: Iterable[asyncpg.Record],
    related: Iterable[asyncpg.Record], above: Mapping[str, UUID], below: Iterable[asyncpg.Record],
) -> TopicPage:  # fmt: skip
    now = datetime.now(UTC)
    rows = tuple(
        NoteRow(f"/notes/{n['id']}", n["title"] or n["preview"][:80] or _("Untitled"), n["preview"],
                tier(score(n["warmth"], now)), n["updated_at"], n["is_pinned"])
        for n in notes
    )  # fmt: skip
    return TopicPage(
        row["id"], f"/topics/{row['id']}", row["label"], _path(row["label"], above),
        render_markdown(row["description"], Targets()), tuple(row["aliases"]), row["deleted_at"] is not None,
        tier(score(row["warmth"], now)), rows, max(0, count - len(rows)), f"/notes?topic={quote(row['slug'])}",
        tuple((one["title"], f"/people/{one['id']}", number(one["times"])) for one in people),
        tuple(("#" + one["label"], f"/topics/{one['id']}", number(one["times"])) for one in related),
        tuple((one["label"], f"/topics/{one['id']}") for one in below),
    )  # fmt: skip


def paths_above(label: str) -> tuple[str, ...]:
    """`a` and `a/b` of `a/b/c`."""
    parts = [part for part in label.split("/") if part]
    return tuple("/".join(parts[:depth]) for depth in range(1, len(parts)))


def _path(label: str, above: Mapping[str, UUID]) -> tuple[Link, ...]:
    links = []
    for path in paths_above(label):
        found = above.get(fold(path))
        links.append((path.rpartition("/")[2], f"/topics/{found}" if found else ""))
    return tuple(links)


def _counted(records: int) -> str:
    return ngettext("%(num)s record", "%(num)s records", records) % {"num": number(records)}
