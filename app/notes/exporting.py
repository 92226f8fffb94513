"""A note as a Markdown file that Obsidian and its like read: what is known of it as YAML, then its text, unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core.portable import Row, Surroundings, write_head
from app.core.properties import read_properties
from app.core.text import fold, preview

# Columns that other programs have a word for, or that a person wants to see; what is as it always is stands nowhere.
SHOWN = (
    ("is_pinned", "pinned", False), ("is_pinned_home", "pinned_to_today", False), ("is_inbox", "inbox", False),
    ("archived_at", "archived", None), ("note_kind", "kind", "note"), ("date_key", "date_key", None),
    ("content_format", "format", "markdown"), ("icon", "icon", None), ("colour", "colour", None),
    ("preferred_view", "view", "doc"), ("sensitivity", "sensitivity", "normal"), ("source", "source", "local"),
    ("source_id", "source_id", None),
)  # fmt: skip
# Folders whose names make Logseq's importers read a file's name in another way.
_LOGSEQ = {"pages", "journals"}


def name_note(row: Row) -> str:
    return row["title"] or row["date_key"] or preview(row["content"], 60)


def write_note(row: Row, around: Surroundings) -> str:
    content: str = row["content"]
    return write_head(_fields(row, around)) + content


def _fields(row: Row, around: Surroundings) -> Iterator[tuple[str, Any]]:
    own = {key: value for key, value in row["custom_fields"].items() if not key.startswith("_")}
    words = read_properties(own, "")
    said = {key.strip().lower() for key in own}
    yield "id", row["id"]
    if row["title"] != around.stem or around.folder.rpartition("/")[2] in _LOGSEQ or words.title:
        yield "title", row["title"]
    for key, given in (("created", words.created), ("updated", words.updated)):
        # A date that the person wrote there stays the date that other programs see.
        if not given and key not in said:
            yield key, row[f"{key}_at"]
    yield from _names("tags", words.tags, around.tags)
    yield from _names("aliases", words.aliases, around.aliases)
    ours = {"id", "tags", "tag", "aliases", "alias"} | ({"title"} if words.title else set())
    for column, key, usual in SHOWN:
        if row.get(column, usual) != usual and key not in said:
            yield key, row[column]
    yield from ((key, value) for key, value in own.items() if key.strip().lower() not in ours)


def _names(key: str, written: tuple[str, ...], kept: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Those that its own properties say, and those that Hearth knows besides."""
    by_fold = {fold(name): name for name in reversed((*written, *kept))}
    if names := list(reversed(by_fold.values())):
        yield key, names
