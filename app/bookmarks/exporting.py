"""All bookmarks in one file that every browser reads."""

from __future__ import annotations

from app.bookmarks.netscape import FOOT, HEAD, write_entry
from app.core.portable import Row, Surroundings

FRAME = (HEAD, FOOT)


def write_bookmark(row: Row, around: Surroundings) -> str:
    return write_entry(dict(row), around.tags)
