"""A capture as a Markdown file: what is known of it as YAML, then its text, unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core.portable import Row, Surroundings, write_head
from app.core.text import preview

SHOWN = (
    ("capture_type", "type"), ("url", "url"), ("processed_at", "filed"), ("processed_as", "filed_as"),
    ("snoozed_until", "snoozed_until"), ("archived_at", "archived"), ("source", "source"), ("source_id", "source_id"),
)  # fmt: skip


def name_capture(row: Row) -> str:
    return row["title"] or preview(row["content"], 60)


def write_capture(row: Row, around: Surroundings) -> str:
    content: str = row["content"]
    return write_head(_fields(row, around)) + content


def _fields(row: Row, around: Surroundings) -> Iterator[tuple[str, Any]]:
    yield "id", row["id"]
    if row["title"]:
        yield "title", row["title"]
    yield "created", row["created_at"]
    yield "updated", row["updated_at"]
    if around.tags:
        yield "tags", around.tags
    for column, key in SHOWN:
        if row.get(column) is not None:
            yield key, row[column]
    taken = {key for _column, key in SHOWN} | {"id", "title", "created", "updated", "tags"}
    yield from ((key, value) for key, value in row["custom_fields"].items() if key.strip().lower() not in taken)
