"""What the templates of paths see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.core.text import plain_sentence
from app.graph.paths import Path
from app.graph.related_pages import shown_title
from app.graph.wording import tell_relation, why_inferred
from app.web.locale import gettext as _


@dataclass(frozen=True, slots=True)
class Reason:
    """`note` says what to think of it: that it was inferred, or that the name could mean another."""

    told: str
    sentence: str
    note: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A record on the way, with what leads to the next one; the last has no reasons."""

    href: str
    title: str
    kind: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Way:
    stops: tuple[Stop, ...]

    @property
    def steps(self) -> int:
        return len(self.stops) - 1


@dataclass(frozen=True, slots=True)
class End:
    """One end as the form has it. `id` is None where the name is not known, or several are called so: `choices`."""

    name: str = ""
    id: UUID | None = None
    href: str = ""
    error: str = ""
    choices: tuple[tuple[str, str, str], ...] = ()
    """(title, kind, address of this page with that one)."""
    near: tuple[int, int] = (0, 0)
    """How many stand next to it, and within two steps, as far as was counted."""


@dataclass(frozen=True, slots=True)
class PathsPage:
    start: End
    end: End
    ways: tuple[Way, ...] = ()
    was_asked: bool = False
    swap_href: str = ""


def ways_of(
    paths: Iterable[Path], records: Mapping[UUID, asyncpg.Record], evidence: Mapping[UUID, asyncpg.Record],
    kinds: Mapping[str, Kind],
) -> tuple[Way, ...]:  # fmt: skip
    """Without those on which something was thrown away since they were found."""
    return tuple(
        Way(tuple(_stops(path, records, evidence, kinds)))
        for path in paths
        if all(one in records and records[one]["kind"] in kinds for one in path.records)
    )


def _stops(
    path: Path, records: Mapping[UUID, asyncpg.Record], evidence: Mapping[UUID, asyncpg.Record],
    kinds: Mapping[str, Kind],
) -> Iterable[Stop]:  # fmt: skip
    reasons = [
        tuple(_reason(evidence[link], here) for link in links if link in evidence)
        or (Reason(_("Are filed together"), "", ""),)
        for links, (here, _there) in zip(path.by, pairwise(path.records), strict=True)
    ]
    for one, why in zip(path.records, [*reasons, ()], strict=True):
        kind = kinds[records[one]["kind"]]
        yield Stop(kind.url(one), shown_title(records[one]), _(kind.label), why)


def _reason(link: asyncpg.Record, here: UUID) -> Reason:
    told = tell_relation(link["relation"], outgoing=link["source_id"] == here)
    note = ""
    if link["origin"] == "inferred" and not link["is_accepted"]:
        note = _("inferred")
    elif link["is_ambiguous"] and not link["is_accepted"]:
        note = _("perhaps: several are called so")
    return Reason(told, plain_sentence(link["evidence"]) or why_inferred(link["basis"]), note)
