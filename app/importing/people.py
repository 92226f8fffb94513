"""People out of the vCards among the files: read card by card, told by name, each batch one transaction."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.contacts.bringing import Incoming, bring_people, digest, with_keys
from app.contacts.cards.card import Card, Photo, Refused
from app.contacts.cards.reading import read_cards
from app.contacts.own_cards import keep_own_card
from app.contacts.pictures import Portrait, keep_portrait
from app.core.database import Database, plain_connection
from app.core.errors import Unavailable
from app.importing.grouping import group_people
from app.importing.report import Report
from app.importing.sources import SourceFile
from app.ports.blobs import BlobStore
from app.web.locale import gettext
from app.web.locale import gettext as _

AT_ONCE = 200
PAUSES = (0, 0.5, 1, 2, 4, 8, 15, 30)
LARGEST_PHOTO = 10 * 2**20
ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}
# A picture that nobody can draw is kept as a file of its person all the same.
KEEP_PHOTO = text("""
insert into attachments as a (user_id, name, folded, path, sha256, size, media_type, width, height, record_id)
select c.user_id, name, fold_text(name), 'people/' || c.id || '/' || name, c.avatar, :size, :media_type,
       cast(:width as integer), cast(:height as integer), c.id
  from contacts c cross join lateral (select left(c.full_name, 100) || ' ' || left(c.avatar, 8) || :ending as name) n
 where c.user_id = app_user_id() and c.avatar = :sha256 and c.deleted_at is null
   and not exists (select from attachments o
                    where o.record_id = c.id and o.sha256 = c.avatar and o.deleted_at is null)
on conflict (user_id, path) do update set deleted_at = null where a.deleted_at is not null""")

KNOWN_PORTRAIT = """
select a.sha256, a.size, a.media_type, a.width, a.height from attachments a
 where a.sha256 = $1 and a.width is not null and a.deleted_at is null
   and exists (select from contacts c where c.id = a.record_id and c.avatar = a.sha256) limit 1"""

log = structlog.get_logger()


@dataclass(slots=True)
class CardImporter:
    """`advance` hears how many cards more are done; `seen` tells cards apart that say the same."""

    database: Database
    blobs: BlobStore
    user_id: UUID
    action_id: UUID
    report: Report
    advance: Callable[[int], None]
    seen: Counter[str] = field(default_factory=Counter)

    async def run(self, file: SourceFile) -> None:
        try:
            found = await asyncio.to_thread(lambda: list(read_cards(file.read())))
        except Exception as error:  # noqa: BLE001 (whatever a file does to us, it is listed and stops nothing)
            self.report.failed.append((file.path, _("it could not be read (%(error)s)") % {"error": error}))
            return
        for batch in _batches(found):
            await self._bring(file.path, [card for card in batch if isinstance(card, Card)])
            for card in batch:
                if isinstance(card, Refused):
                    self.report.failed.append((f"{file.path}: {card.name or '–'}", gettext(card.reason)))
            self.advance(len(batch))

    async def _bring(self, path: str, cards: Sequence[Card]) -> None:
        incoming = with_keys(cards, self.seen)
        photos = [await self._keep_photo(one.card.photo) for one in incoming]
        whole = [replace(one, avatar=photo.sha256) if photo else one
                 for one, photo in zip(incoming, photos, strict=True)]  # fmt: skip
        await self._write(path, whole, dict(zip((one.key for one in whole), photos, strict=True)))

    async def _write(self, path: str, incoming: Sequence[Incoming], photos: dict[str, Portrait | None]) -> None:
        """All in one transaction; when that fails, one by one, so that only what is at fault stays out."""
        try:
            fates = await self._in_transaction(incoming, photos)
        except (DBAPIError, ValueError, OverflowError) as error:
            if len(incoming) == 1:
                told = _("it could not be stored: %(error)s") % {"error": type(error).__name__}
                self.report.failed.append((f"{path}: {incoming[0].card.full_name}", told))
                return
            for one in incoming:
                await self._write(path, [one], photos)
            return
        self._count(path, incoming, fates)

    async def _in_transaction(self, incoming: Sequence[Incoming], photos: dict[str, Portrait | None]) -> list[str]:
        for pause in PAUSES:
            await asyncio.sleep(pause)
            try:
                async with self.database.writing(self.user_id, "import", self.action_id) as session:
                    grouped = await self._grouped(session, incoming)
                    fates = await bring_people(session, self.user_id, grouped)
                    for one, fate in zip(incoming, fates, strict=True):
                        if (photo := photos[one.key]) and fate in ("added", "changed"):
                            await session.execute(KEEP_PHOTO, _row_of(photo))
                        elif fate == "own":
                            await keep_own_card(session, self.user_id, one.card, digest(one.card), photos[one.key])
                return fates
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                log.info("import.waiting", error=type(error).__name__)
            except OSError as error:
                log.info("import.waiting", error=type(error).__name__)
        raise Unavailable(_("The database is away and did not come back in time; run the import again to go on."))

    async def _grouped(self, session: AsyncSession, incoming: Sequence[Incoming]) -> list[Incoming]:
        words = dict.fromkeys(word for one in incoming for word in one.card.categories)
        if not words:
            return list(incoming)
        groups = await group_people(await plain_connection(session), self.user_id, words)
        return [replace(one, groups={word: groups[word] for word in one.card.categories if word in groups})
                for one in incoming]  # fmt: skip

    async def _keep_photo(self, photo: Photo | None) -> Portrait | None:
        if photo is None or photo.media_type not in ENDINGS or len(photo.content) > LARGEST_PHOTO:
            return None
        sha256 = hashlib.sha256(photo.content).hexdigest()
        async with self.database.reading(self.user_id, "import") as connection:
            known = await connection.fetchrow(KNOWN_PORTRAIT, sha256)
        # What went out of here comes in again as it is: drawn anew each time, it would be another picture each time.
        return Portrait(*known) if known else await keep_portrait(self.blobs, photo.content)

    def _count(self, path: str, incoming: Sequence[Incoming], fates: Sequence[str]) -> None:
        told = self.report.others.setdefault("contacts", {"added": 0, "changed": 0, "unchanged": 0})
        for one, fate in zip(incoming, fates, strict=True):
            told[{"in_trash": "unchanged", "own": "unchanged"}.get(fate, fate)] += 1
            if fate == "in_trash":
                self.report.in_trash.append(f"{path}: {one.card.full_name}")
            elif fate == "own":
                self.report.notices.append((f"{path}: {one.card.full_name}", own_card()))


def _row_of(photo: Portrait) -> dict[str, str | int | None]:
    return asdict(photo) | {"ending": ENDINGS.get(photo.media_type, "")}


def own_card() -> str:
    return _("this is your own card: your page was left as it is, and offers what the card knows better")


def _batches(found: Sequence[Card | Refused]) -> list[Sequence[Card | Refused]]:
    return [found[place : place + AT_ONCE] for place in range(0, len(found), AT_ONCE)]


def count_cards(content: bytes) -> int:
    return max(content.upper().count(b"BEGIN:VCARD"), 1)
