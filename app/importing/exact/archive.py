"""An export of Hearth, read: its manifest is checked before a row is, and every line has its bounds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from app.core.errors import Invalid
from app.exporting.archive import FORMAT, INDEX, MANIFEST
from app.importing.archives import DAMAGES, LARGEST_TOTAL
from app.importing.exact.members import Members, open_members
from app.importing.sources import LARGEST_ATTACHMENT, LARGEST_TEXT, UnreadableError
from app.web.locale import gettext as _

LARGEST_MANIFEST, LONGEST_LINE = 8 * 2**20, 64 * 2**20
# The head of a file grows a little over its text.
LARGEST_FILE = LARGEST_TEXT * 3
AT_ONCE, BYTES_AT_ONCE = 200, 8 * 2**20


@dataclass(frozen=True, slots=True)
class Member:
    """What the index says of a readable member: whose row it shows, and its checksum when it was written."""

    path: str
    table: str
    id: UUID
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    account: UUID
    columns: dict[str, tuple[str, ...]]
    rows: dict[str, int]
    sums: dict[str, str]
    has_history: bool


class ExactArchive:
    """`prefix` is the folder that somebody packed it in again with, empty as a rule."""

    def __init__(self, members: Members, prefix: str, name: str) -> None:
        self._members, self._prefix, self.name = members, prefix, name
        self.manifest = self._read_manifest()

    def check(self) -> None:
        """Read the exact part to its end: raises Invalid unless it is as it was written."""
        if sum(self._members.sizes.values()) > LARGEST_TOTAL:
            raise Invalid(_("%(name)s would unpack to more than Hearth imports.") % {"name": self.name})
        for path, expected in self.manifest.sums.items():
            digest = hashlib.sha256()
            for line in self._lines(path):
                digest.update(line)
            if digest.hexdigest() != expected:
                raise self._altered()

    def rows(self, table: str) -> Iterator[list[str]]:
        """Batches of the lines of a table, none at all where the archive has no such table."""
        path = f"hearth/{table}.jsonl"
        if path not in self.manifest.sums:
            return
        batch: list[str] = []
        size = 0
        for line in self._lines(path):
            batch.append(line.decode("utf-8", "replace"))
            size += len(line)
            if len(batch) == AT_ONCE or size > BYTES_AT_ONCE:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def index(self) -> Iterator[Member]:
        for line in self._lines(INDEX):
            try:
                row = json.loads(line)
                yield Member(str(row["path"]), str(row["table"]), UUID(row["id"]), str(row["sha256"]))
            except (ValueError, TypeError, KeyError, AttributeError):
                continue  # of a kind that shares one file, or nothing that was ever written here

    def has(self, path: str) -> bool:
        return self._prefix + path in self._members.sizes

    def read(self, path: str) -> bytes:
        """A text. Raises UnreadableError."""
        with self._open(path, LARGEST_FILE, _("it is too large for a note")) as file:
            try:
                return file.read(LARGEST_FILE)
            except DAMAGES as error:
                raise UnreadableError(_("it is damaged: %(error)s") % {"error": error}) from None

    def open(self, path: str) -> IO[bytes]:
        """A file; never more of it is read than its listing announces. Raises UnreadableError."""
        too_large = _("it is larger than %(most)s MiB") % {"most": LARGEST_ATTACHMENT // 2**20}
        return self._open(path, LARGEST_ATTACHMENT, too_large)

    def _open(self, path: str, largest: int, too_large: str) -> IO[bytes]:
        size = self._members.sizes.get(self._prefix + path)
        if size is None:
            raise UnreadableError(_("its content is not in the archive"))
        if size > largest:
            raise UnreadableError(too_large)
        try:
            return self._members.open(self._prefix + path)
        except DAMAGES as error:
            raise UnreadableError(_("it is damaged: %(error)s") % {"error": error}) from None

    def _lines(self, path: str) -> Iterator[bytes]:
        if not self.has(path):
            raise self._altered()
        try:
            with self._members.open(self._prefix + path) as file:
                while line := file.readline(LONGEST_LINE):
                    if len(line) == LONGEST_LINE:
                        raise self._altered()
                    yield line
        except DAMAGES:
            raise self._altered() from None

    def _read_manifest(self) -> Manifest:
        try:
            with self._members.open(self._prefix + MANIFEST) as file:
                content = file.read(LARGEST_MANIFEST + 1)
            if len(content) > LARGEST_MANIFEST:
                raise self._altered()
            told = json.loads(content)
            if isinstance(told["format"], int) and told["format"] > FORMAT:
                raise newer(self.name)
            return _parse(told)
        except (*DAMAGES, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise self._altered() from None

    def _altered(self) -> Invalid:
        sentence = _(
            "%(name)s was cut off or altered in its folder hearth/ since it was written; nothing was changed. "
            "Without that folder, its notes come in as Markdown."
        )
        return Invalid(sentence % {"name": self.name})


def newer(name: str) -> Invalid:
    sentence = _("%(name)s was written by a newer Hearth, which knows more than this one; bring this one up to date.")
    return Invalid(sentence % {"name": name})


def _parse(told: dict[str, Any]) -> Manifest:
    if told["format"] != FORMAT:
        raise ValueError
    members = {str(path): dict(member) for path, member in told["members"].items()}
    tables = {path[len("hearth/") : -len(".jsonl")]: member for path, member in members.items() if "rows" in member}
    return Manifest(
        UUID(told["account"]),
        {table: tuple(map(str, member["columns"])) for table, member in tables.items()},
        {table: int(member["rows"]) for table, member in tables.items()},
        {path: str(member["sha256"]) for path, member in members.items()} | {INDEX: str(members[INDEX]["sha256"])},
        bool(told["history"]),
    )


@contextmanager
def open_exact(path: Path, name: str) -> Iterator[ExactArchive | None]:
    """None where it is no export of Hearth, but a zip or a folder of something else."""
    with open_members(path, name) as members:
        found = [entry for entry in members.sizes if entry.endswith(MANIFEST) and entry.count("/") <= 2]
        prefix = min(found, key=len)[: -len(MANIFEST)] if found else None
        yield ExactArchive(members, prefix, name) if prefix is not None else None
