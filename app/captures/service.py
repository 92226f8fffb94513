"""Catching a thought: once, however often it is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.captures.guessing import guess_type
from app.captures.kind import TYPES, Capture
from app.core.database import plain_connection
from app.core.errors import Invalid, NotFound
from app.topics.service import ensure_topic, file_records
from app.web.locale import gettext as _
from app.web.locale import number

LONGEST = 5_000_000
LONGEST_TITLE = 500
LONGEST_URL = 8_000
MOST_TAGS = 50
SOURCES = ("local", "page", "dialog", "share", "api", "cli", "mail", "file", "bookmarklet", "outbox", "import")


@dataclass(frozen=True, slots=True)
class CaptureFields:
    """What is caught. Without a `capture_type` it is guessed.

    `client_id` was made by whoever sends it: the same one catches nothing twice. `source_id` does the same within one
    `source` (a mail's Message-ID). `dated` is when it came to be, where that was before now.
    """

    content: str
    capture_type: str | None = None
    url: str | None = None
    tags: Iterable[str] = ()
    source: str = "page"
    client_id: UUID | None = None
    title: str = ""
    source_id: str | None = None
    dated: datetime | None = None


async def capture(session: AsyncSession, user_id: UUID, fields: CaptureFields) -> Capture:
    """Keep it; one that was sent before is answered with what is there, whatever became of it since."""
    values = _checked(fields)
    made = await session.scalar(
        insert(Capture).values(user_id=user_id, **values).on_conflict_do_nothing().returning(Capture.id)
    )
    if made is None:
        return await _sent_before(session, user_id, fields)
    if tags := [tag for tag in fields.tags if tag.strip(" #")][:MOST_TAGS]:
        await _file_under(session, user_id, made, tags)
    return await session.get_one(Capture, made)


async def read_capture(session: AsyncSession, capture_id: UUID) -> Capture:
    """Locked until the transaction ends; raises NotFound."""
    found = await session.scalar(select(Capture).where(Capture.id == capture_id).with_for_update())
    if found is None:
        raise NotFound
    return found


async def rewrite_capture(
    session: AsyncSession, capture_id: UUID, content: str, capture_type: str | None = None
) -> Capture:  # fmt: skip
    """Other words, or another type; a type that nobody chose follows the words."""
    found = await read_capture(session, capture_id)
    found.content = check_content(content, found.url or found.title)
    if capture_type in TYPES:
        found.capture_type, found.is_type_chosen = capture_type, True
    elif not found.is_type_chosen:
        found.capture_type = guess_type(found.content or found.url or "")
    return found


def check_content(content: str, besides: str = "") -> str:
    """As it is stored; raises Invalid for nothing at all."""
    text = content.replace("\r\n", "\n")
    if "\0" in text:
        raise Invalid(_("The text holds a NUL character, which cannot be stored; take it out and save again."))
    if len(text) > LONGEST:
        raise Invalid(_("A capture holds at most %(most)s characters.") % {"most": number(LONGEST)})
    if not text.strip() and not besides.strip():
        raise Invalid(_("There is nothing to write down yet."))
    return text


def _checked(fields: CaptureFields) -> dict[str, object]:
    url = " ".join((fields.url or "").replace("\0", "").split())[:LONGEST_URL] or None
    title = " ".join(fields.title.replace("\0", "").split())[:LONGEST_TITLE]
    content = check_content(fields.content, url or title)
    is_chosen = fields.capture_type in TYPES
    if fields.capture_type and not is_chosen:
        raise Invalid(_("There is no type “%(name)s” of captures.") % {"name": fields.capture_type[:40]})
    dated = {"created_at": fields.dated, "updated_at": fields.dated} if fields.dated else {}
    return {
        "title": title, "content": content, "url": url or _only_url(content), "is_type_chosen": is_chosen,
        "capture_type": fields.capture_type if is_chosen else guess_type(content if content.strip() else url or ""),
        "source": fields.source if fields.source in SOURCES else "local", "source_id": fields.source_id,
        "client_id": fields.client_id, **dated,
    }  # fmt: skip


def _only_url(content: str) -> str | None:
    """A text that is an address, or names one on a line of its own, is about that address."""
    lines = (line.strip() for line in content[:LONGEST_URL].splitlines())
    return next((line for line in lines if line.startswith(("https://", "http://")) and " " not in line), None)


async def _sent_before(session: AsyncSession, user_id: UUID, fields: CaptureFields) -> Capture:
    same = [Capture.client_id == fields.client_id] if fields.client_id else []
    if fields.source_id is not None:
        same.append((Capture.source == fields.source) & (Capture.source_id == fields.source_id))
    return (await session.scalars(select(Capture).where(Capture.user_id == user_id, or_(*same)).limit(1))).one()


async def _file_under(session: AsyncSession, user_id: UUID, capture_id: UUID, tags: Iterable[str]) -> None:
    connection = await plain_connection(session)
    for tag in tags:
        topic_id, _label = await ensure_topic(connection, user_id, tag)
        await file_records(connection, [capture_id], topic_id)
