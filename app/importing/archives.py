"""Zip archives of whatever origin: each entry is checked by its listing before a byte of it is unpacked."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path

from app.core.errors import Invalid
from app.importing.sources import Source, SourceFile, UnreadableError, is_ignored
from app.web.locale import gettext as _

# Python reads an archive's whole directory at once; 16 MiB hold 100,000 entries and bound what that takes.
LARGEST_DIRECTORY = 16 * 2**20
LARGEST_TOTAL = 16 * 2**30
# Text seldom shrinks below a tenth; 200 is far beyond what a note or a picture does.
GREATEST_RATIO = 200
HARMLESS = 2**20

DAMAGES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
_UNIX = 3
# What an archive says that knows no time.
_NEVER = (1980, 1, 1, 0, 0, 0)
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
# These two name what lies in them (Logseq), so they are not taken off even when they wrap everything.
_MEANINGFUL = {"pages", "journals"}


@contextmanager
def open_archive(path: Path, zone: tzinfo, name: str) -> Iterator[Source]:
    check_directory(path, name, LARGEST_DIRECTORY)
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, struct.error, OSError) as error:
        raise Invalid(
            _("%(name)s cannot be read as a zip archive: %(error)s.") % {"name": name, "error": error}
        ) from None
    with archive:
        yield _list_archive(archive, zone)


def check_directory(path: Path, name: str, largest: int) -> None:
    """Refuse a directory that would not fit into memory, before it is read."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - 66_000))
        tail = file.read()
    end, end_64 = tail.rfind(_END), tail.rfind(_END_64)
    size = struct.unpack_from("<L", tail, end + 12)[0] if 0 <= end <= len(tail) - 16 else 0
    if size == 0xFFFFFFFF and 0 <= end_64 <= len(tail) - 48:
        size = struct.unpack_from("<Q", tail, end_64 + 40)[0]
    if size > largest:
        raise Invalid(_("%(name)s lists too many files; import a part at a time.") % {"name": name})


def _list_archive(archive: zipfile.ZipFile, zone: tzinfo) -> Source:
    source, seen = Source(), set[str]()
    entries = [(_name(entry), entry) for entry in archive.infolist() if not entry.is_dir()]
    total = sum(entry.file_size for _, entry in entries)
    if total > LARGEST_TOTAL:
        sentence = _("The archive would unpack to %(size)s GiB, which is more than Hearth imports.")
        raise Invalid(sentence % {"size": total // 2**30})
    for name, entry in entries:
        path = "/".join(part for part in name.split("/") if part not in ("", "."))
        if is_ignored(path):
            continue
        problem = _objection(name, entry) or ("the archive holds the same name twice" if path in seen else None)
        if problem:
            source.refused.append((name, problem))
            continue
        seen.add(path)
        source.add(SourceFile(path, entry.file_size, _modified(entry, zone), _reader(archive, entry)))
    source.files = sorted(_unwrapped(source.files), key=lambda file: file.path)
    return source


def _name(entry: zipfile.ZipInfo) -> str:
    name = entry.filename
    if not entry.flag_bits & 0x800:
        # Many tools write UTF-8 without saying so; what is no UTF-8 is the old code page.
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = entry.filename
    return name if entry.create_system == _UNIX else name.replace("\\", "/")


def _objection(name: str, entry: zipfile.ZipInfo) -> str | None:
    mode = entry.external_attr >> 16 if entry.create_system == _UNIX else 0
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        return _("its name is an absolute path")
    if ".." in re.split(r"[\\/]", name):
        return _("its name leads out of the archive")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return _("it is a link or no regular file, and is not followed")
    if entry.flag_bits & 0x1:
        return _("it is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _("it is compressed in a way that Hearth does not read")
    if entry.file_size > HARMLESS and entry.file_size > GREATEST_RATIO * entry.compress_size:
        return _("it would unpack to more than %(times)s times its size") % {"times": GREATEST_RATIO}
    return None


def _unwrapped(files: list[SourceFile]) -> list[SourceFile]:
    """The one folder that wraps everything (as downloads of repositories do) says nothing about the notes."""
    tops = {file.path.partition("/")[0] if "/" in file.path else "" for file in files}
    if len(tops) != 1 or tops & {"", *_MEANINGFUL}:
        return files
    return [replace(file, path=file.path.partition("/")[2]) for file in files]


def _modified(entry: zipfile.ZipInfo, zone: tzinfo) -> datetime | None:
    if entry.date_time == _NEVER:
        return None
    try:
        return datetime(*entry.date_time, tzinfo=zone)
    except ValueError:
        return None


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with archive.open(entry) as file:
                # Never more than the directory announced, whatever the compressed bytes hold.
                content = file.read(entry.file_size + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
        ) as error:
            raise UnreadableError(_("it is damaged: %(error)s") % {"error": error}) from None
        if len(content) != entry.file_size:
            raise UnreadableError(_("it is damaged: its size is not what the archive says"))
        return content

    return read
