"""How what is to be imported comes here: announced, sent in parts that may break off anywhere, then waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import PurePath
from typing import IO
from uuid import UUID

import asyncpg

from app.core.database import Database
from app.core.errors import Conflict, Invalid, NotFound, TooLarge, Unavailable
from app.importing.staging import Staging
from app.web.locale import gettext as _
from app.web.locale import ngettext

PART = 4 * 2**20
LONGEST_NAME = 200
File = tuple[str, IO[bytes]]

# Two tabs that announce the same at once shall not both begin.
ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended($1, 13))"
KNOWN = """
select id, received from imports
 where state = 'uploading' and fingerprint = $1 and size = $2 and fingerprint <> '' and place = $3
 order by created_at desc limit 1"""
STAGED = "select coalesce(sum(size), 0) from imports where state in ('uploading', 'waiting', 'running')"
BEGIN = "insert into imports (user_id, name, size, fingerprint, place) values ($1, $2, $3, $4, $5) returning id"
LOCK = "select size, received, state from imports where id = $1 for update"
RECEIVED = """
update imports set received = $2, updated_at = now(), state = case when $2 = size then 'waiting' else state end
 where id = $1"""
ARRIVED = "update imports set size = $2, received = $2, state = 'waiting', updated_at = now() where id = $1"
CANCEL = """
update imports set cancel_asked_at = coalesce(cancel_asked_at, now()), updated_at = now(),
       ended_at = case when state = 'running' then null else now() end,
       state = case when state = 'running' then state else 'cancelled' end
 where id = $1 and state in ('uploading', 'waiting', 'running') returning state"""


class WrongPlace(Conflict):
    """The part does not begin where the upload ends, or nothing more is wanted (`is_over`)."""

    def __init__(self, offset: int, is_over: bool) -> None:
        super().__init__(_("This part does not begin where the upload ends."))
        self.offset, self.is_over = offset, is_over


class Uploads:
    """One person's imports until the worker takes over. `most` is how many bytes may wait at once."""

    def __init__(self, database: Database, staging: Staging, user_id: UUID, most: int) -> None:
        self._database, self._staging = database, staging
        self._user_id, self._most = user_id, most

    async def begin(self, name: str, size: int, fingerprint: str = "", place: str = "notes") -> tuple[UUID, int]:
        """Announce an upload, or find the unfinished one of the same thing: its id, and how much of it is here."""
        if size <= 0:
            raise Invalid(_("There is nothing in it."))
        async with self._database.reading(self._user_id) as connection:
            await connection.execute(ONE_AT_A_TIME, str(self._user_id))
            known = await connection.fetchrow(KNOWN, fingerprint[:LONGEST_NAME], size, place)
            if known is not None:
                return known["id"], min(known["received"], self._staging.kept(known["id"]))
            self._check_room(size, await connection.fetchval(STAGED))
            values = (shown_name(name), size, fingerprint[:LONGEST_NAME], place)
            made = await connection.fetchval(BEGIN, self._user_id, *values)
        return made, 0

    def _check_room(self, size: int, staged: int) -> None:
        limit = self._most // 2**20
        if size > self._most:
            raise TooLarge(
                _("This is larger than the %(limit)s MiB that this house takes; bring a part at a time.")
                % {"limit": limit}
            )
        if size + staged > self._most:
            raise TooLarge(
                _("With what still waits it is more than %(limit)s MiB; let that finish, or cancel it.")
                % {"limit": limit}
            )
        if not self._staging.has_room(size):
            raise Unavailable(_("The disk of this house has no room for it."))

    async def receive(self, import_id: UUID, offset: int, content: bytes) -> int:
        """Take a part; returns how much is here now. A part that is here already changes nothing."""
        async with self._database.reading(self._user_id) as connection:
            row = await self._lock(connection, import_id)
            here = self._here(import_id, row)
            end = offset + len(content)
            if end <= here:
                return here
            if offset != here or row["state"] != "uploading":
                raise WrongPlace(here, row["state"] != "uploading")
            if end > row["size"]:
                raise Invalid(_("More was sent than was announced."))
            await asyncio.to_thread(self._staging.write, import_id, offset, content)
            await connection.execute(RECEIVED, import_id, end)
        return end

    async def received(self, import_id: UUID) -> int:
        async with self._database.reading(self._user_id) as connection:
            return self._here(import_id, await self._lock(connection, import_id))

    async def _lock(self, connection: asyncpg.Connection, import_id: UUID) -> asyncpg.Record:
        row = await connection.fetchrow(LOCK, import_id)
        if row is None:
            raise NotFound
        return row

    def _here(self, import_id: UUID, row: asyncpg.Record) -> int:
        """What both the database and the disk know of; what was received stays so when it is no longer needed."""
        received: int = row["received"]
        return min(received, self._staging.kept(import_id)) if row["state"] == "uploading" else received

    async def take(self, files: Sequence[File], place: str = "notes") -> UUID:
        """Whole files, as a form without JavaScript sends them; an archive among them stands for itself."""
        sizes = [_size(source) for _name, source in files]
        import_id, _here = await self.begin(_name_of(files), sum(sizes), place=place)
        try:
            size = await asyncio.to_thread(self._stage, import_id, files)
        except BaseException:
            await self.cancel(import_id)
            raise
        async with self._database.reading(self._user_id) as connection:
            await connection.execute(ARRIVED, import_id, size)
        return import_id

    def _stage(self, import_id: UUID, files: Sequence[File]) -> int:
        (name, source), *others = files
        if is_archive(name) and not others:
            return self._staging.adopt(import_id, source)
        return self._staging.bundle(import_id, files)

    async def cancel(self, import_id: UUID) -> None:
        """What only waits is over at once; what is being brought in is told to stop. What is over stays as it is."""
        async with self._database.reading(self._user_id) as connection:
            await self._lock(connection, import_id)
            state = await connection.fetchval(CANCEL, import_id)
        if state == "cancelled":
            await asyncio.to_thread(self._staging.remove, import_id)


def is_archive(name: str) -> bool:
    return name.lower().endswith(".zip")


def shown_name(name: str) -> str:
    """The last part of a path, without what cannot be shown."""
    last = PurePath(name.replace("\\", "/").replace("\0", "")).name
    return "".join(sign for sign in last if sign.isprintable()).strip()[:LONGEST_NAME] or _("files")


def _name_of(files: Sequence[File]) -> str:
    return (
        files[0][0] if len(files) == 1 else ngettext("%(num)s file", "%(num)s files", len(files)) % {"num": len(files)}
    )


def _size(source: IO[bytes]) -> int:
    size = source.seek(0, 2)
    source.seek(0)
    return size
