"""Files by their content: the SHA-256 is the name, so the same file is kept once and never changes."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from app.core.errors import NotFound

NAME = re.compile(r"[0-9a-f]{64}")
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Blob:
    sha256: str
    size: int


class BlobStore:
    """A folder of files in 256 × 256 subfolders, readable by its owner alone."""

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

    def delete(self, sha256: str) -> None:
        """Deleting what is not there is no error: two who do it at once both get what they want."""
        self.path(sha256).unlink(missing_ok=True)

    def kept_before(self, moment: float, at_once: int) -> Iterator[list[str]]:
        """Names of what was last put before a moment (seconds since 1970), in batches; old drafts are deleted."""
        for draft in self.root.glob("draft-*"):
            if draft.stat().st_mtime < moment:
                draft.unlink(missing_ok=True)
        names = (blob.sha256 for blob in self if self.path(blob.sha256).stat().st_mtime < moment)
        while batch := list(islice(names, at_once)):
            yield batch

    def delete_if_kept_before(self, sha256: str, moment: float) -> bool:
        """Delete it unless it was put again meanwhile; whether it was deleted."""
        if self.path(sha256).stat().st_mtime >= moment:
            return False
        self.delete(sha256)
        return True

    def __iter__(self) -> Iterator[Blob]:
        """All that is kept, in no particular order; drafts that a crash left behind are none of it."""
        for path in self.root.glob("??/??/*"):
            if NAME.fullmatch(path.name):
                yield Blob(path.name, path.stat().st_size)

    def _touch(self, sha256: str) -> bool:
        """Whether it is kept; then it counts as put now, so that no sweep takes it from under its new owner."""
        try:
            os.utime(self.path(sha256))
        except FileNotFoundError:
            return False
        return True

    def _put_stream(self, source: BinaryIO) -> Blob:
        draft, blob = self._write_draft(source)
        try:
            path = self.path(blob.sha256)
            if not self._touch(blob.sha256):
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                draft.rename(path)
                _sync_folders(path.parent, self.root)
        finally:
            draft.unlink(missing_ok=True)
        return blob

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
