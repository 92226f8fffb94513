"""What was sent and waits to be imported: one archive per import, in a folder that only the house can read."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import zipfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import UUID

from app.core.database import Database

PIECE = 1 << 20
LONGEST_NAME = 2_000
# What the rest of the house needs of the disk while an upload fills it.
ROOM_LEFT = 256 * 2**20
KEPT = timedelta(days=7)
GIVE_UP = "select gate_give_up_imports($1)"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Staging:
    """A folder of folders by import; several processes may work on it at once."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, import_id: UUID) -> Path:
        return self.root / str(import_id) / "source.zip"

    def has_room(self, size: int) -> bool:
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return shutil.disk_usage(self.root).free >= size + ROOM_LEFT

    def kept(self, import_id: UUID) -> int:
        """How many bytes of it are here."""
        try:
            return self.path(import_id).stat().st_size
        except FileNotFoundError:
            return 0

    def write(self, import_id: UUID, offset: int, content: bytes) -> None:
        """Durable when it returns: what the database then counts as received survives the power."""
        path = self._make_folder(import_id)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.seek(offset)
            file.write(content)
            file.truncate()
            file.flush()
            os.fsync(file.fileno())

    def adopt(self, import_id: UUID, source: IO[bytes]) -> int:
        """Keep an archive that came in one piece; returns its size."""
        path = self._make_folder(import_id)
        with path.open("xb") as file:
            shutil.copyfileobj(source, file, PIECE)
        return self.kept(import_id)

    def bundle(self, import_id: UUID, files: Iterable[tuple[str, IO[bytes]]]) -> int:
        """Keep single files as an archive, so that there is one way in; returns its size."""
        path, names = self._make_folder(import_id), set[str]()
        with zipfile.ZipFile(path, "x") as archive:
            for name, source in files:
                with archive.open(_entry(name, names), "w", force_zip64=True) as file:
                    shutil.copyfileobj(source, file, PIECE)
        return self.kept(import_id)

    def remove(self, import_id: UUID) -> None:
        shutil.rmtree(self.root / str(import_id), ignore_errors=True)

    def ids(self) -> set[UUID]:
        """Of every import that has something here."""
        if not self.root.is_dir():
            return set()
        return {UUID(path.name) for path in self.root.iterdir() if _ID.fullmatch(path.name)}

    def _make_folder(self, import_id: UUID) -> Path:
        path = self.path(import_id)
        for folder in (self.root, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path


def _entry(name: str, names: set[str]) -> zipfile.ZipInfo:
    """As it was sent, since the reading of the archive judges names; a second of the same name gets a number."""
    name = name.partition("\0")[0][:LONGEST_NAME] or "nameless"
    stem, dot, ending = name.rpartition(".")
    number = 1
    while name in names:
        number += 1
        name = f"{stem} ({number}){dot}{ending}" if dot else f"{ending} ({number})"
    names.add(name)
    return zipfile.ZipInfo(name)  # a form tells no times, which a zip says as 1980


async def give_up_uploads(database: Database, staging: Staging, now: datetime) -> int:
    """Remove what nobody went on sending, or what a crash left behind; returns how many there were."""
    here = staging.ids()  # listed first, so that one which begins meanwhile is not taken for left behind
    async with database.anonymous() as connection:
        needed = {row[0] for row in await connection.fetch(GIVE_UP, now - KEPT)}
    for import_id in here - needed:
        await asyncio.to_thread(staging.remove, import_id)
    return len(here - needed)
