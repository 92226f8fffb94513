"""One file that holds a whole house: a plain tar whose last member says what all the others must be.

Order: hearth.json (what this is), database.dump, secrets/…, blobs/…, manifest.json (size and SHA-256 of each).
Any tar opens it, so that the files can be had without Hearth.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from app.core.errors import Invalid

FORMAT = 1
HEAD, DUMP, MANIFEST = "hearth.json", "database.dump", "manifest.json"
PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Head:
    """`schema` is the database's revision when the backup was made."""

    format: int
    version: str
    schema: str
    made_at: str


class Archive:
    """An archive being written."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members: dict[str, list[int | str]] = {}

    def add_bytes(self, name: str, content: bytes) -> None:
        self._add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> None:
        with path.open("rb") as file:
            self._add(name, file, path.stat().st_size)

    def add_manifest(self) -> None:
        self.add_bytes(MANIFEST, json.dumps(self._members).encode())

    def _add(self, name: str, source: IO[bytes], size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        hashing = _Hashing(source)
        self._tar.addfile(info, hashing)  # type: ignore[arg-type]  # it reads, which is all that is asked
        self._members[name] = [size, hashing.digest.hexdigest()]


class _Hashing:
    """A file that is hashed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.digest = source, hashlib.sha256()

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        self.digest.update(piece)
        return piece


@contextmanager
def write_archive(file: Path, head: Head) -> Iterator[Archive]:
    """Whole when the block ends well; otherwise what stood at `file` before still stands there."""
    draft = file.with_name(f".{file.name}.draft")
    try:
        draft.touch(mode=0o600)
        with tarfile.open(draft, "w") as tar:
            archive = Archive(tar)
            archive.add_bytes(HEAD, json.dumps(asdict(head)).encode())
            yield archive
            archive.add_manifest()
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)


def check_archive(file: Path) -> Head:
    """Read all of it; raises Invalid with a sentence unless every byte is as it was written."""
    found: dict[str, list[int | str]] = {}
    head, manifest = None, None
    try:
        for name, content in _members(file):
            if name == MANIFEST:
                manifest = json.loads(content.read())
                continue
            if name == HEAD:
                data = content.read()
                head, found[name] = json.loads(data), [len(data), hashlib.sha256(data).hexdigest()]
                continue
            found[name] = _measure(content)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise Invalid(f"{file} is no whole backup of Hearth ({error}); nothing was changed.") from None
    if head is None or set(head) != set(Head.__dataclass_fields__) or head["format"] != FORMAT:
        raise Invalid(f"{file} is no backup that this Hearth can read; nothing was changed.")
    if manifest != found:
        raise Invalid(f"{file} was cut off or altered since it was made; nothing was changed.")
    return Head(**head)


def extract_archive(file: Path, folder: Path) -> None:
    """Lay out a checked archive; only names that Hearth writes are taken, and only below the folder."""
    for name, content in _members(file):
        kind, _, rest = name.partition("/")
        if name == DUMP or (kind in {"secrets", "blobs"} and _is_plain(rest)):
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                while piece := content.read(PIECE):
                    target.write(piece)


def _is_plain(name: str) -> bool:
    return bool(name) and "/" not in name and not name.startswith(".")


def _members(file: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(file, "r:") as tar:
        for info in tar:
            content = tar.extractfile(info)
            if content is not None:
                yield info.name, content


def _measure(content: IO[bytes]) -> list[int | str]:
    digest, size = hashlib.sha256(), 0
    while piece := content.read(PIECE):
        digest.update(piece)
        size += len(piece)
    return [size, digest.hexdigest()]
