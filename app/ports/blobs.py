"""Files by their content: the SHA-256 is the name, so the same file is kept once and never changes."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from app.core.errors import NotFound
from app.settings import Settings

NAME = re.compile(r"[0-9a-f]{64}")
PIECE = 1 << 20
SENT = 1 << 18
"""How much of a file is in memory at once for each reader, who may be slow."""


@dataclass(frozen=True, slots=True)
class Blob:
    sha256: str
    size: int


class BlobStore:
    """A folder of files in 256 × 256 subfolders, readable by its owner alone.

    Not obstore's own local store, which lies below advanced-alchemy's file objects: it writes nothing out to the disk
    before it answers, so that a power cut would take files whose rows are there. Those file objects keep a name in each
    row and delete with the row; here a content belongs to all the rows, of whomever, that name it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes | BinaryIO) -> Blob:
        """Keep the content; it is durable, and whole or not there at all, when this returns or raises."""
        if isinstance(content, bytes):
            blob = Blob(hashlib.sha256(content).hexdigest(), len(content))
            return blob if self._touch(blob.sha256) else self._put_stream(BytesIO(content))
        return self._put_stream(content)

    def adopt(self, path: Path) -> Blob:
        """Keep a file's content, as `put` does, from where it lies."""
        with path.open("rb") as file:
            return self._put_stream(file)

    def path(self, sha256: str) -> Path:
        """Where the content of that name is, or would be. Raises NotFound for what is no name."""
        if not NAME.fullmatch(sha256):
            raise NotFound
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def open(self, sha256: str) -> BinaryIO:
        """Raises NotFound for a name that is not kept."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise NotFound from None

    def size(self, sha256: str) -> int:
        """Raises NotFound for a name that is not kept."""
        try:
            return self.path(sha256).stat().st_size
        except FileNotFoundError:
            raise NotFound from None

    def pieces(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to, not including, `end`."""
        with self.open(sha256) as file:
            file.seek(start)
            while start < end and (piece := file.read(min(SENT, end - start))):
                start += len(piece)
                yield piece

    def at_hand(self, sha256: str) -> AbstractContextManager[Path]:
        """The content as a file on this machine, for as long as the block lasts. Raises NotFound."""
        self.size(sha256)
        return nullcontext(self.path(sha256))

    def delete(self, sha256: str) -> None:
        """With what was derived from it. Deleting what is not there is no error: two who do it at once both get what
        they want."""
        path = self.path(sha256)
        self._forget_derived(sha256)
        path.unlink(missing_ok=True)

    def kept_before(self, moment: float, at_once: int) -> Iterator[list[str]]:
        """Names of what was last put before a moment (seconds since 1970), in batches; old drafts are deleted."""
        self._forget_drafts(moment)
        names = (blob.sha256 for blob in self if self.path(blob.sha256).stat().st_mtime < moment)
        while batch := list(islice(names, at_once)):
            yield batch

    def _forget_drafts(self, moment: float) -> None:
        for draft in self.root.glob("draft-*"):
            if draft.stat().st_mtime < moment:
                draft.unlink(missing_ok=True)

    def delete_if_kept_before(self, sha256: str, moment: float) -> bool:
        """Delete it unless it was put again meanwhile; whether it was deleted."""
        with self._locked(fcntl.LOCK_EX):
            if not self._is_kept(sha256) or self.path(sha256).stat().st_mtime >= moment:
                return False
            self.delete(sha256)
        return True

    def derived(self, sha256: str, name: str) -> Path:
        """Where something lies that was made of a content and can be made again (a thumbnail): in no backup."""
        return self.drafts() / sha256[:2] / sha256[2:4] / f"{self.path(sha256).name}.{name}"

    def drafts(self) -> Path:
        """A folder for what is about to be derived, in one file system with where it will be."""
        folder = self.root / "derived"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def forget_derived_of_none(self, moment: float) -> int:
        """Delete what was derived from contents that are gone, and drafts from before a moment; returns how many."""
        for draft in self.drafts().glob("draft-*"):
            if draft.stat().st_mtime >= moment:
                continue
            if draft.is_dir():
                shutil.rmtree(draft, ignore_errors=True)
            else:
                draft.unlink(missing_ok=True)
        gone = [path for path in self.drafts().glob("??/??/*") if not self._is_kept(path.name.partition(".")[0])]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _is_name(self, name: str) -> bool:
        return NAME.fullmatch(name) is not None

    def _is_kept(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def _forget_derived(self, sha256: str) -> None:
        place = self.derived(sha256, "")
        for path in place.parent.glob(f"{place.name}*"):
            path.unlink(missing_ok=True)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Between the look at when a content was put and its deletion nobody puts it again, in no process."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)  # which ends the lock

    def __iter__(self) -> Iterator[Blob]:
        """All that is kept, in no particular order; drafts that a crash left behind are none of it."""
        for path in self.root.glob("??/??/*"):
            if self._is_name(path.name):
                yield Blob(path.name, path.stat().st_size)

    def _touch(self, sha256: str) -> bool:
        """Whether it is kept; then it counts as put now, so that no sweep takes it from under its new owner."""
        try:
            with self._locked(fcntl.LOCK_SH):
                os.utime(self.path(sha256))
        except FileNotFoundError:
            return False
        return True

    def _put_stream(self, source: BinaryIO) -> Blob:
        draft, blob = self._write_draft(source)
        try:
            if not self._touch(blob.sha256):
                self._settle(draft, blob.sha256)
        finally:
            draft.unlink(missing_ok=True)
        return blob

    def _settle(self, draft: Path, sha256: str) -> None:
        path = self.path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.rename(path)
        _sync_folders(path.parent, self.root)

    def _write_draft(self, source: BinaryIO) -> tuple[Path, Blob]:
        """Beside its later place, for a rename is atomic only within one file system."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=self.root, prefix="draft-")  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                blob = _copy(iter(lambda: source.read(PIECE), b""), file)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            Path(name).unlink()
            raise
        return Path(name), blob


def open_blobs(settings: Settings) -> BlobStore:
    """The place of this house's files, as it is configured."""
    if settings.blobs_url is None:
        return BlobStore(settings.blobs_dir)
    # Its library takes 7 MB, which a house that keeps its files itself shall not give.
    from app.ports.remote_blobs import open_remote

    return open_remote(settings)


def _copy(pieces: Iterable[bytes], file: BinaryIO) -> Blob:
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += file.write(piece)
    return Blob(digest.hexdigest(), size)


def _sync_folders(folder: Path, root: Path) -> None:
    """A new name, and each new folder above it, is durable only when its own folder is written out."""
    for place in (folder, folder.parent, root):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
