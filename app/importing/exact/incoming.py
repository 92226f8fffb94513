"""One row of an archive on its way in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.errors import HearthError


class Unfit(HearthError):
    """This row stays out; the text says why, as the end of a sentence that began with its name."""


@dataclass(slots=True)
class Incoming:
    """`line` is the JSON as it was written; `patch` is what is put over it; `old` is the id that it had."""

    line: str
    row: dict[str, Any]
    old: UUID | None
    patch: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return UUID(self.patch["id"])

    @property
    def patch_json(self) -> str:
        return json.dumps(self.patch)

    @property
    def now(self) -> dict[str, Any]:
        """The row with its patch over it."""
        return self.row | self.patch

    def name(self, table: str) -> str:
        """What a report calls it."""
        title = next((str(self.row[key]) for key in ("title", "full_name", "label", "name") if self.row.get(key)), "")
        return f"{table}: {title[:100]}" if title else f"{table} {self.old or ''}".strip()


def read_line(line: str, has_id: bool) -> Incoming:
    """Raises Unfit."""
    try:
        row = json.loads(line)
        if not isinstance(row, dict):
            raise TypeError
        return Incoming(line, row, UUID(row["id"]) if has_id else None)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Unfit("") from None
