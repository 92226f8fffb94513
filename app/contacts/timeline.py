"""All that happened with a person and was written of them, the newest first, of whatever kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.contacts.dossier import PAGE_SIZE
from app.core.record import Kind
from app.core.text import plain_sentence
from app.web.locale import gettext as _
from app.web.paging import encode_cursor


@dataclass(frozen=True, slots=True)
class Entry:
    href: str
    title: str
    soft: str
    at: datetime
    tag: str
    """How it has to do with the person."""


@dataclass(frozen=True, slots=True)
class Timeline:
    entries: tuple[Entry, ...]
    next_href: str | None


@dataclass(frozen=True, slots=True)
class TimelinePage:
    name: str
    href: str
    timeline: Timeline


def read_timeline(rows: Sequence[asyncpg.Record], contact_id: UUID, kinds: Mapping[str, Kind]) -> Timeline:
    following = None
    if len(rows) == PAGE_SIZE:
        following = f"/people/{contact_id}/timeline?after={encode_cursor(rows[-1]['at'].isoformat(), rows[-1]['id'])}"
    return Timeline(tuple(_entry(row, kinds) for row in rows if row["kind"] in kinds), following)


def _entry(row: asyncpg.Record, kinds: Mapping[str, Kind]) -> Entry:
    kind = kinds[row["kind"]]
    title = row["title"] or row["preview"][:80] or _(kind.label)
    soft = plain_sentence(row["evidence"] or "") or (row["preview"] if row["title"] else "")
    return Entry(kind.url(row["id"]), title, soft, row["at"], _how(row["relations"], _(kind.label)))


def _how(relations: Sequence[str], kind: str) -> str:
    known = {"author": _("by them"), "target": _("for them")}
    told = [known[relation] for relation in relations if relation in known]
    return " · ".join([kind, *told])
