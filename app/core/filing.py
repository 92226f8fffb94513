"""How a source of records declares that things from the inbox can be filed as one of its own (app/inbox)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'»”]", re.IGNORECASE)
_MARKS = re.compile(r"^\s*(?:(?:[-*+>]|#{1,6})\s+|\[[ xX]?\]\s+)*")
LONGEST_HEADING = 120


@dataclass(frozen=True, slots=True)
class Item:
    """What lies in the inbox: a capture, or a note that was left there. `row` is all of its columns."""

    id: UUID
    kind: str
    title: str
    content: str
    url: str | None
    capture_type: str
    created_at: datetime
    row: Mapping[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """What it points at; empty where it points at nothing."""
        found = ADDRESS.search(self.content)
        return self.url or (found[0] if found else "")

    @property
    def heading(self) -> str:
        """Its title, else its first line without the marks of a list or a heading."""
        first = next((line for line in self.content.splitlines() if line.strip()), "")
        return (self.title or _MARKS.sub("", first).strip() or self.url or "")[:LONGEST_HEADING]


Make = Callable[[asyncpg.Connection, UUID, Item, Mapping[str, str]], Awaitable[UUID]]
"""As this user; the last are what else the form said (a folder). Gives the record that it became, made or known."""

Join = Callable[[asyncpg.Connection, UUID, Item], Awaitable[None]]
"""Adds the item to a record that is there; raises Invalid where that cannot be."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an item can become.

    `key` is pressed for it, `label` says what it is and `told` what was done, both marked by `gettext_noop`; `kind` is
    that of the record which it becomes. `suits` are the types of captures that it is suggested for. `join` is how items
    are added to a record of that kind, declared by one target of each kind.
    """

    name: str
    key: str
    label: str
    told: str
    kind: str
    make: Make
    join: Join | None = None
    suits: frozenset[str] = frozenset()


def by_target(targets: tuple[Target, ...]) -> dict[str, Target]:
    return {target.name: target for target in targets}
