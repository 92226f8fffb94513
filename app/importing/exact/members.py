"""What an export consists of when it comes: the members of its zip, or the files of the folder it was unpacked to."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.exporting.archive import MANIFEST
from app.importing.archives import DAMAGES, check_directory

# A hundred thousand notes with people and files; Python reads the whole directory at once.
LARGEST_DIRECTORY = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Members:
    """Sizes by path, with slashes; `open` raises one of DAMAGES."""

    sizes: Mapping[str, int]
    open: Callable[[str], IO[bytes]]


NONE = Members({}, open=lambda path: _no_such(path))


@contextmanager
def open_members(path: Path, name: str) -> Iterator[Members]:
    """Of nothing that could be an export: none."""
    if path.is_dir():
        yield _list_folder(path) if (path / MANIFEST).is_file() else NONE
        return
    if not zipfile.is_zipfile(path):
        yield NONE
        return
    check_directory(path, name, LARGEST_DIRECTORY)
    try:
        archive = zipfile.ZipFile(path)
    except (*DAMAGES, ValueError):
        yield NONE  # the plain way tells what is wrong with it
        return
    with archive:
        yield Members({info.filename: info.file_size for info in archive.infolist()}, archive.open)


def _list_folder(root: Path) -> Members:
    """Its regular files; no link is followed, neither now nor when one is opened."""
    sizes = {}
    for folder, _folders, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                sizes[path.relative_to(root).as_posix()] = path.stat().st_size

    def open_file(path: str) -> IO[bytes]:
        return os.fdopen(os.open(root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")

    return Members(sizes, open_file)


def _no_such(path: str) -> IO[bytes]:
    raise FileNotFoundError(path)
