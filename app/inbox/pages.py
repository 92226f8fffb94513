"""What the inbox's templates see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.captures.kind import TYPE_LABELS, TYPES
from app.core.filing import Item, Target
from app.core.text import plain_sentence
from app.importing.pages import DropPlace
from app.inbox.queries import PAGE_SIZE
from app.inbox.suggesting import Suggestion
from app.search.listing import Chip, ListBox, address
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.paging import encode_cursor

Choice = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    href: str
    title: str
    soft: str
    kind: str
    age: str
    created_at: datetime
    has_returned: bool
    until: datetime | None
    key: str = "n"
    """Of the target that its type suits best."""


@dataclass(frozen=True, slots=True)
class Flow:
    captured: int
    filed: int
    median: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    rows: tuple[Row, ...]
    next_href: str | None
    chips: tuple[Chip, ...]
    box: ListBox
    flow: Flow
    targets: tuple[Choice, ...]
    """(name, key, label)"""

    snoozes: tuple[tuple[str, str], ...]
    waiting: int
    asleep: int
    is_first: bool
    shows_asleep: bool
    here: str
    drop: DropPlace
    error: str = ""

    @property
    def is_zero(self) -> bool:
        return self.is_first and not self.waiting and not self.box.q and not self.shows_asleep


@dataclass(frozen=True, slots=True)
class JoinPage:
    """`items` are (id, heading) of those that wait; `found` are (id, title, kind) of what they can be added to."""

    items: tuple[tuple[UUID, str], ...]
    back: str
    q: str
    found: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class OnePage:
    """`item` is None when nothing waits (any more). `told` is what was just done."""

    item: Row | None
    html: Markup
    url: str
    site: str
    files: tuple[tuple[UUID, str], ...]
    topics: tuple[str, ...]
    types: tuple[tuple[str, str, bool], ...]
    targets: tuple[Choice, ...]
    suggestions: tuple[Suggestion, ...]
    snoozes: tuple[tuple[str, str], ...]
    found: tuple[tuple[str, str, str], ...]
    """(id, title, kind) of what it can be added to."""

    q: str
    left: int
    before: str
    after: str
    told: str = ""
    error: str = ""
    can_undo: bool = False
    flow: Flow | None = None


def make_row(row: asyncpg.Record, targets: Mapping[str, Target]) -> Row:
    item = Item(
        row["id"], row["kind"], row["title"], row["content"], row["url"], row["capture_type"], row["created_at"]
    )
    rest = plain_sentence(item.content[:400])
    soft = rest.removeprefix(plain_sentence(item.heading)).strip(" .:–—-")
    return Row(
        item.id, f"/inbox/one?at={item.id}", plain_sentence(item.heading) or _("Untitled"), soft or _address(item),
        type_label(item.capture_type), age(item.created_at), item.created_at, bool(row["has_returned"]),
        row["snoozed_until"], next((t.key for t in targets.values() if item.capture_type in t.suits), "n"),
    )  # fmt: skip


def _address(item: Item) -> str:
    return item.url if item.url and item.url != item.heading else ""


def type_label(capture_type: str) -> str:
    return _("Note") if capture_type == "note" else _(TYPE_LABELS[capture_type])


def age(then: datetime) -> str:
    """The longest whole part of it."""
    return duration(datetime.now(UTC) - then)


def duration(past: timedelta) -> str:
    minutes = int(past.total_seconds() // 60)
    if minutes < 1:
        return _("a moment")
    if minutes < 60:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes) % {"num": number(minutes)}
    if minutes < 48 * 60:
        return ngettext("%(num)s hour", "%(num)s hours", minutes // 60) % {"num": number(minutes // 60)}
    days = minutes // 1440
    if days < 60:
        return ngettext("%(num)s day", "%(num)s days", days) % {"num": number(days)}
    months = days // 30
    return ngettext("%(num)s month", "%(num)s months", months) % {"num": number(months)}


def read_flow(row: asyncpg.Record) -> Flow:
    median = row["median_seconds"]
    return Flow(row["captured"], row["filed"], duration(timedelta(seconds=median)) if median is not None else "")


def type_chips(
    counts: Mapping[str, tuple[int, int]], chosen: str, asleep: bool, q: str
) -> tuple[Chip, ...]:  # fmt: skip
    """All, then each type that is there, then what sleeps; each with its count."""
    awake, sleeping = (sum(count[part] for count in counts.values()) for part in (0, 1))
    chips = [Chip(_("All %(num)s") % {"num": number(awake)}, address("/inbox", q), not chosen and not asleep)]
    for one in (*TYPES, "note"):
        if counts.get(one, (0, 0))[0]:
            label = f"{type_label(one)} {number(counts[one][0])}"
            chips.append(Chip(label, address("/inbox", q, {"type": one}), chosen == one and not asleep))
    if sleeping or asleep:
        label = _("Asleep %(num)s") % {"num": number(sleeping)}
        chips.append(Chip(label, address("/inbox", "", {"show": "asleep"}), asleep))
    return tuple(chips)


def target_choices(targets: Mapping[str, Target]) -> tuple[Choice, ...]:
    return tuple((target.name, target.key, _(target.label)) for target in targets.values())


def snooze_choices(now: datetime) -> tuple[tuple[str, str], ...]:
    """(moment, label), the soonest first."""
    nine = now.replace(hour=9, minute=0, second=0, microsecond=0)
    evening = now.replace(hour=19, minute=0, second=0, microsecond=0)
    choices = [(evening, _("This evening"))] if now < evening - timedelta(hours=1) else []
    choices += [
        (nine + timedelta(days=1), _("Tomorrow morning")),
        (nine + timedelta(days=(0 - now.weekday()) % 7 or 7), _("Next Monday")),
        (nine + timedelta(days=30), _("In a month")),
    ]
    return tuple((moment.isoformat(), label) for moment, label in choices)


def next_href(found: Sequence[asyncpg.Record], q: str, capture_type: str) -> str | None:
    if len(found) < PAGE_SIZE:
        return None
    last = found[-1]
    cursor = encode_cursor(last["snoozed_until"] is None, last["created_at"], last["id"])
    return address("/inbox", q, {**({"type": capture_type} if capture_type else {}), "after": cursor})
