"""Which part of a file is asked for, and whether its asker has it already (RFC 9110: one range, strong tags)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})", re.IGNORECASE | re.ASCII)
_TAG = re.compile(r'(?:W/)?("[^"]*")')


class OutOfRange(Exception):
    """Nothing of the file lies in what is asked for."""


def find_range(headers: Mapping[str, str], tag: str, size: int) -> tuple[int, int] | None:
    """From which byte up to, not including, which; None: all of it, as for several ranges and what is no range."""
    asked = _RANGE.fullmatch(headers.get("range", "").strip())
    if asked is None or asked.groups() == ("", "") or headers.get("if-range", tag).strip() != tag:
        return None
    first, last = asked.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None  # no range at all, by the standard
    if start >= end:
        raise OutOfRange
    return start, end


def is_known(headers: Mapping[str, str], tag: str) -> bool:
    """Whether If-None-Match says that the asker has it."""
    given = headers.get("if-none-match", "").strip()
    return given == "*" or tag in _TAG.findall(given)
