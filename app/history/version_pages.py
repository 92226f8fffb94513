"""Versions over HTTP: a record's texts, any two of them word by word, and one of them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, Invalid, NotFound
from app.core.record import Kind
from app.history import queries
from app.history.comparing import Span, compare_words
from app.history.versions import Version, list_versions, read_version, restore_version
from app.history.wording import tell_who
from app.web.auth import Reading, Visitor
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@dataclass(frozen=True, slots=True)
class VersionRow:
    seq: int
    who: str
    at: datetime
    changes: int
    is_undone: bool
    is_now: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """`title` and `text` are None where a side was too large to be kept."""

    old: int
    new: int
    title: tuple[Span, ...] | None
    text: tuple[Span, ...] | None


@dataclass(frozen=True, slots=True)
class VersionsPage:
    id: UUID
    title: str
    href: str
    rows: tuple[VersionRow, ...]
    comparison: Comparison | None

    @property
    def here(self) -> str:
        return f"/records/{self.id}/versions"


@get("/records/{record_id:uuid}/versions")
async def show_versions(
    request: Request, record_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    """The newest version against the one before it, or the two that `?old=&new=` name."""
    record, kind = await _find(reading, record_id, shared)
    versions = await list_versions(reading.connection, reading.visitor.user_id, record_id, kind)
    asked = _read_pair(request, versions)
    comparison = await _compare(reading, record_id, kind, *asked) if asked else None
    title = record["title"] or record["preview"][:80] or _("Untitled")
    page = VersionsPage(record_id, title, kind.url(record_id), _rows(versions), comparison)
    return shared.pages.response(
        request, "history/versions.html", page, shell=reading.shell("history"), blocks=("comparison",)
    )


@post("/records/{record_id:uuid}/versions/restore", status_code=303)
async def restore(record_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    here = Redirect(f"/records/{record_id}/versions", status_code=303)
    async with shared.database.reading(visitor.user_id) as connection:
        if await queries.read_kind(connection, record_id) is None:
            raise NotFound
    try:
        action_id = await restore_version(
            shared.database, visitor.user_id, record_id, _read_seq(data.get("seq", "")), dict(shared.kinds)
        )
    except Conflict as error:
        return say(here, str(error))
    return say(here, _("The text is as it was then."), action_id)


async def _find(reading: Reading, record_id: UUID, shared: Shared) -> tuple[dict[str, str], Kind]:
    name = await queries.read_kind(reading.connection, record_id)
    if name is None:
        raise NotFound
    kind = shared.kinds[name]
    row = await queries.read_record(reading.connection, record_id, kind.table)
    if row is None:
        raise NotFound
    return {"title": row["title"], "preview": row["preview"]}, kind


def _rows(versions: Sequence[Version]) -> tuple[VersionRow, ...]:
    return tuple(
        VersionRow(version.seq, tell_who(version.actor), version.at, version.changes, version.is_undone, at == 0)
        for at, version in enumerate(versions)
    )


def _read_pair(request: Request, versions: Sequence[Version]) -> tuple[int, int] | None:
    given = request.query_params
    if "old" in given or "new" in given:
        pair = [_read_seq(given.get(name, "")) for name in ("old", "new")]
        return min(pair), max(pair)
    return (versions[1].seq, versions[0].seq) if len(versions) > 1 else None


def _read_seq(value: str) -> int:
    if not (value.isdecimal() and len(value) < 19):
        raise Invalid(_("This address names no version."))
    return int(value)


async def _compare(reading: Reading, record_id: UUID, kind: Kind, old: int, new: int) -> Comparison:
    me = reading.visitor.user_id
    before = await read_version(reading.connection, me, record_id, old, kind)
    after = await read_version(reading.connection, me, record_id, new, kind)
    title, text = (
        None if was is None or now is None else compare_words(was, now) for was, now in zip(before, after, strict=True)
    )
    return Comparison(old, new, title, text)


ROUTES = [show_versions, restore]
