"""How a source of records declares what its records can be filtered by: the `name:value` of searches and lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.text import fold


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """`clause` is SQL that holds or not for a row `r` of records; `{v}` in it is the value, as `read` gives it.

    With a `choice` that is the only value which this filter stands for (`has:picture`), and `clause` has no `{v}`.
    Without one, `complete` is SQL that takes the folded beginning of a value as $1 and gives up to ten values.
    `label` is marked by `gettext_noop` and says what a record is or has that passes.
    """

    name: str
    label: str
    clause: str
    choice: str = ""
    complete: str = ""
    read: Callable[[str], Any] = fold
