"""What an import reads: the files of a folder or of a zip archive, listed first and read one at a time.

Nothing is ever unpacked to disk and no link is followed, so a hostile archive can at most be refused.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from app.core.errors import Invalid
from app.web.locale import gettext as _
from app.web.locale import number

LARGEST_TEXT = 5_000_000
LARGEST_ATTACHMENT = 256 * 2**20
MOST_FILES = 100_000
LONGEST_PATH = 1_000
DEEPEST = 40

CARDS = (".vcf", ".vcard")
MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
# What tools keep beside the notes: their own state, older versions, what was thrown away.
_TOOLS = {"node_modules", "__MACOSX", "__pycache__", "$RECYCLE.BIN"}
_LITTER = {"thumbs.db", "desktop.ini"}
_OLD_VERSIONS = re.compile(r"(?:^|/)logseq/(?:bak|version-files)(?:/|$)")


class UnreadableError(Exception):
    """One file cannot be read; the text says why, as the end of a sentence that began with its name."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """`path` is relative to what is imported, with slashes; `read` gives the bytes or raises."""

    path: str
    size: int
    modified: datetime | None
    read: Callable[[], bytes]

    @property
    def is_note(self) -> bool:
        return self.path.lower().endswith(MARKDOWN)

    @property
    def is_cards(self) -> bool:
        return self.path.lower().endswith(CARDS)

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """The name without its ending; a file that is called `.md` has no other name."""
        return self.name.rpartition(".")[0] or self.name


@dataclass(slots=True)
class Source:
    files: list[SourceFile] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Path and reason of what is not read, in the language of whoever imports (a console: English)."""

    def add(self, file: SourceFile) -> None:
        if problem := _objection(file):
            self.refused.append((file.path, problem))
        else:
            self.files.append(file)
        if len(self.files) > MOST_FILES:
            raise Invalid(
                _("There are more than %(most)s files in it; import a part at a time.") % {"most": number(MOST_FILES)}
            )


@contextmanager
def open_source(path: Path, zone: tzinfo = UTC, name: str = "") -> Iterator[Source]:
    """The files of a folder or of a zip archive, its times read in `zone` (a zip knows none).

    `name` is what its owner calls it, when it lies here under another name.
    """
    if path.is_dir():
        yield list_folder(path)
    elif path.is_file() and path.suffix.lower() == ".zip":
        from app.importing.archives import open_archive

        with open_archive(path, zone, name or path.name) as source:
            yield source
    elif path.is_file() and path.suffix.lower() in CARDS:
        source = Source()
        source.add(SourceFile(path.name, path.stat().st_size, None, _reader(path)))
        yield source
    elif path.is_file() and path.suffix.lower() == ".csv":
        from app.importing.tables import as_cards

        source = Source()
        read = _reader(path)
        source.add(SourceFile(f"{path.stem}.vcf", path.stat().st_size, None, lambda: as_cards(read())))
        yield source
    elif path.exists():
        raise Invalid(
            _("Hearth imports a folder, a .zip, a .vcf or a .csv file; %(path)s is none of them.") % {"path": path}
        )
    else:
        raise Invalid(_("There is nothing at %(path)s.") % {"path": path})


def list_folder(root: Path) -> Source:
    source = Source()
    for path, entry in _walk(root, "", source):
        status = entry.stat(follow_symlinks=False)
        modified = datetime.fromtimestamp(status.st_mtime, UTC)
        source.add(SourceFile(path, status.st_size, modified, _reader(Path(entry.path))))
    return source


def is_ignored(path: str) -> bool:
    """Whether the path lies in a folder that tools keep for themselves, or is their litter."""
    *folders, name = path.split("/")
    return (
        any(folder in _TOOLS or re.match(r"\.\w", folder) for folder in folders)
        or name.lower() in _LITTER
        or (re.match(r"\.\w", name) is not None and not name.lower().endswith(MARKDOWN))
        or _OLD_VERSIONS.search(path) is not None
    )


def _walk(folder: Path, prefix: str, source: Source) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        entries: Sequence[os.DirEntry[str]] = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        source.refused.append((prefix, _("the folder cannot be opened: %(error)s") % {"error": error.strerror}))
        return
    for entry in entries:
        path = prefix + _readable(entry.name)
        if is_ignored(path + "/-" if entry.is_dir(follow_symlinks=False) else path):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path), path + "/", source)
        elif entry.is_file(follow_symlinks=False):
            yield path, entry
        else:
            source.refused.append((path, _("it is a link or no regular file, and is not followed")))


def _readable(name: str) -> str:
    """A file name that is not UTF-8 is most likely older than UTF-8: Western European."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("cp1252", "replace")
    return name


def _objection(file: SourceFile) -> str | None:
    if len(file.path.encode()) > LONGEST_PATH or file.path.count("/") > DEEPEST:
        return _("its path is too long")
    if file.is_note and file.size > LARGEST_TEXT:
        return too_large_for_a_note()
    if file.size > LARGEST_ATTACHMENT:
        return _("it is larger than %(most)s MiB") % {"most": LARGEST_ATTACHMENT // 2**20}
    return None


def too_large_for_a_note() -> str:
    return _("it is larger than %(most)s MB, too large for a note") % {"most": LARGEST_TEXT // 1_000_000}


def _reader(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            # The listing is a moment old: what has become a link since then is not followed either.
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                content = file.read(LARGEST_ATTACHMENT + 1)
        except OSError as error:
            raise UnreadableError(_("it cannot be opened: %(error)s") % {"error": error.strerror}) from None
        if len(content) > LARGEST_ATTACHMENT:
            raise UnreadableError(_("it has grown too large"))
        return content

    return read
