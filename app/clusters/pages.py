"""What the clusters' templates see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.clusters.picture import Picture, draw_map
from app.core.record import Kind
from app.web.locale import day, ngettext, number
from app.web.locale import gettext as _
from app.web.paging import encode_cursor

A_PAGE = 60
SHOWN_WORDS = 3


@dataclass(frozen=True, slots=True)
class Member:
    """`deeds_href` is where what can be done to it is sent."""

    record_id: UUID
    href: str
    title: str
    soft: str
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class ClusterRow:
    href: str
    name: str
    soft: str
    marks: tuple[str, ...]
    first: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class ClustersPage:
    """`told` says how many there are, of how much, and since when."""

    rows: tuple[ClusterRow, ...]
    picture: Picture | None
    told: str
    is_without_meaning: bool


@dataclass(frozen=True, slots=True)
class Other:
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Deed:
    told: str
    href: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ClusterPage:
    """`unnamed` is what it is called without a label; `words` are empty where they are its name."""

    href: str
    id: UUID
    name: str
    label: str
    unnamed: str
    words: tuple[str, ...]
    told: str
    is_locked: bool
    members: tuple[Member, ...]
    removed: tuple[Member, ...]
    more_href: str
    others: tuple[Other, ...]
    deed: Deed | None
    error: str = ""


def clusters_page(
    rows: Sequence[tuple[asyncpg.Record, int]], first: Mapping[UUID, Sequence[asyncpg.Record]],
    kinds: Mapping[str, Kind], finding: asyncpg.Record | None, loose: int, *, is_without_meaning: bool,
) -> ClustersPage:  # fmt: skip
    shown = tuple(
        ClusterRow(
            _href(row["id"]), cluster_name(row), _told_size(size), _marks(row),
            tuple(_member(one, kinds) for one in first.get(row["id"], ())),
        )
        for row, size in rows
    )  # fmt: skip
    picture = draw_map([(row, size, cluster_name(row), _href(row["id"])) for row, size in rows if size])
    return ClustersPage(shown, picture, _told_finding(finding, loose), is_without_meaning)


def cluster_page(
    row: asyncpg.Record, size: int, members: Sequence[asyncpg.Record], removed: Sequence[asyncpg.Record],
    others: Sequence[tuple[asyncpg.Record, int]], deed: asyncpg.Record | None, kinds: Mapping[str, Kind],
    error: str = "",
) -> ClusterPage:  # fmt: skip
    following = ""
    if len(members) > A_PAGE:
        last = members[A_PAGE - 1]
        key = encode_cursor(last["pinned_at"] is None, str(-last["confidence"]), last["record_id"])
        following = f"{_href(row['id'])}?after={key}"
    return ClusterPage(
        _href(row["id"]), row["id"], cluster_name(row), row["label"], _unnamed(row),
        tuple(row["words"]) if row["label"] or row["title"] else (), _told_size(size),
        row["is_locked"], tuple(_sure(one, kinds) for one in members[:A_PAGE]),
        tuple(_member(one, kinds) for one in removed), following,
        tuple(Other(other["id"], cluster_name(other)) for other, _size in others if other["id"] != row["id"]),
        _deed(deed), error,
    )  # fmt: skip


def cluster_name(row: asyncpg.Record) -> str:
    """What a person called it, else a language model, else its words."""
    return row["label"] or _unnamed(row)


def _unnamed(row: asyncpg.Record) -> str:
    return row["title"] or ", ".join(row["words"][:SHOWN_WORDS]) or _("Without a name yet")


def _href(cluster_id: UUID) -> str:
    return f"/clusters/{cluster_id}"


def _marks(row: asyncpg.Record) -> tuple[str, ...]:
    return tuple(
        word for word, holds in ((_("locked"), row["is_locked"]), (_("shaped by you"), row["is_shaped"])) if holds
    )


def _told_size(size: int) -> str:
    return ngettext("%(num)s record", "%(num)s records", size) % {"num": number(size)}


def _told_finding(finding: asyncpg.Record | None, loose: int) -> str:
    if finding is None:
        return ""
    told = ngettext(
        "Found among %(num)s record on %(day)s.", "Found among %(num)s records on %(day)s.", finding["records"]
    )
    told %= {"num": number(finding["records"]), "day": day(finding["found_at"])}
    if not loose:
        return told
    rest = ngettext("%(num)s belongs nowhere.", "%(num)s belong nowhere.", loose) % {"num": number(loose)}
    return f"{told} {rest}"


def _member(row: asyncpg.Record, kinds: Mapping[str, Kind]) -> Member:
    kind = kinds[row["kind"]]
    title = row["title"] or row["preview"][:80] or _("Untitled")
    return Member(row["record_id"], kind.url(row["record_id"]), title, _(kind.label), False)


def _sure(row: asyncpg.Record, kinds: Mapping[str, Kind]) -> Member:
    member = _member(row, kinds)
    is_pinned = row["pinned_at"] is not None
    sure = _("pinned") if is_pinned else _("%(share)s %% sure") % {"share": number(round(row["confidence"] * 100))}
    return Member(member.record_id, member.href, member.title, f"{member.soft} · {sure}", is_pinned)


def _deed(row: asyncpg.Record | None) -> Deed | None:
    if row is None:
        return None
    told = {
        "rename": _("You renamed it."), "lock": _("You locked it."), "unlock": _("You unlocked it."),
        "merge": _("You merged two."), "split": _("You split it in two."), "pin": _("You pinned a record."),
        "unpin": _("You unpinned a record."), "remove": _("You took a record out."),
    }[row["verb"]]  # fmt: skip
    return Deed(told, f"/clusters/deeds/{row['id']}/take-back", row["at"])
