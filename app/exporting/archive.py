"""An export as a file: a zip whose readable part (notes/, people/, files/) any program opens, and whose exact part
(hearth/) holds every row as it stands here, one JSON object a line, with a checksum of each member."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from app.core.words import gettext_noop
from app.web.locale import gettext as _

FORMAT = 1
PIECE = 1 << 20
# Readers take what unpacks to two hundred times its size for a bomb.
LIKE_A_BOMB, SMALL = 100, 1 << 20
MANIFEST, INDEX, README = "hearth/manifest.json", "hearth/files.jsonl", "hearth/README.txt"

READ_ME = gettext_noop("""\
This is everything of one account in Hearth.

notes/    each note as Markdown, in its folders; what is known about it stands at its head (YAML)
people/   each person as a vCard
files/    the files that the notes show
hearth/   the same and all the rest exactly, one JSON object a line: `hearth import` makes the account of it again

A note that you change here comes back with its change. Without this folder, hearth/, the others can still be brought
into Hearth, or into any program that reads Markdown.
""")


class ExportArchive:
    """A zip being written, one member after the other."""

    def __init__(self, archive: zipfile.ZipFile, index: IO[bytes]) -> None:
        self._zip, self._index = archive, index
        self.members: dict[str, dict[str, Any]] = {}

    def add_text(self, path: str, table: str, row_id: str, text: str, at: str | None = None) -> None:
        """A readable member, whose checksum tells an import whether somebody changed it."""
        content = text.encode("utf-8", "replace")
        info = _entry(path, at)
        if len(content) > SMALL and len(zlib.compress(content, 1)) * LIKE_A_BOMB < len(content):
            info.compress_type = zipfile.ZIP_STORED
        self._zip.writestr(info, content)
        self._tell(path, table, row_id, len(content), hashlib.sha256(content).hexdigest())

    def add_file(self, path: str, row_id: str, source: Path, at: str | None = None) -> None:
        info = _entry(path, at)
        info.compress_type = zipfile.ZIP_STORED
        info.file_size = source.stat().st_size
        digest, size = hashlib.sha256(), 0
        with source.open("rb") as file, self._zip.open(info, "w", force_zip64=True) as member:
            while piece := file.read(PIECE):
                digest.update(piece)
                size += member.write(piece)
        self._tell(path, "attachments", row_id, size, digest.hexdigest())

    @contextmanager
    def lines(self, name: str, columns: tuple[str, ...]) -> Iterator[Lines]:
        """hearth/NAME.jsonl, whose rows have these columns."""
        with self._zip.open(_entry(f"hearth/{name}.jsonl"), "w", force_zip64=True) as member:
            lines = Lines(member)
            yield lines
        self.members[f"hearth/{name}.jsonl"] = {
            "rows": lines.rows, "columns": list(columns), "sha256": lines.digest.hexdigest()
        }  # fmt: skip

    def close(self, told: dict[str, Any]) -> None:
        """The index of the readable part, and last the manifest: without it the archive was cut off."""
        self._zip.writestr(_entry(README), _(READ_ME))
        self._index.seek(0)
        digest = hashlib.sha256()
        with self._zip.open(_entry(INDEX), "w", force_zip64=True) as member:
            while piece := self._index.read(PIECE):
                digest.update(piece)
                member.write(piece)
        index = {"sha256": digest.hexdigest()}
        manifest = {"format": FORMAT, **told, "members": self.members | {INDEX: index}}
        self._zip.writestr(_entry(MANIFEST), json.dumps(manifest, indent=1, ensure_ascii=False))

    def _tell(self, path: str, table: str, row_id: str, size: int, sha256: str) -> None:
        row = {"path": path, "table": table, "id": row_id, "size": size, "sha256": sha256}
        self._index.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


class Lines:
    """A member of JSON Lines being written."""

    def __init__(self, member: IO[bytes]) -> None:
        self._member = member
        self.rows, self.digest = 0, hashlib.sha256()

    def add(self, rows: list[str]) -> None:
        content = "".join(f"{row}\n" for row in rows).encode()
        self.rows += len(rows)
        self.digest.update(content)
        self._member.write(content)


@contextmanager
def write_export(file: Path, *, force: bool = False) -> Iterator[ExportArchive]:
    """At `file` when the block ends well, readable by its owner alone; else nothing is left of it.

    Raises FileExistsError rather than take another's place, unless forced.
    """
    draft = file.with_name(f".{file.name[:200]}.{os.getpid()}.draft")
    try:
        draft.touch(mode=0o600)
        draft.chmod(0o600)
        with (
            tempfile.TemporaryFile(dir=file.parent) as index,
            zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive,
        ):
            yield ExportArchive(archive, index)
        if force:
            draft.replace(file)
        else:
            os.link(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _entry(path: str, at: str | None = None) -> zipfile.ZipInfo:
    """Dated by its record, so that an unpacked note is as old as it is."""
    info = zipfile.ZipInfo(path, _moment(at))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o100600 << 16
    info.create_system = 3
    return info


def _moment(at: str | None) -> tuple[int, int, int, int, int, int]:
    """What a zip can say: no year before 1980, which stands for no date at all, and none of Postgres's infinities."""
    if not at or not "1980" <= at[:4] <= "2107" or at[4:5] != "-":
        return 1980, 1, 1, 0, 0, 0
    return datetime.fromisoformat(at).timetuple()[:6]
