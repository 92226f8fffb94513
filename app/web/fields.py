"""What a form or an address names, read as what it must be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from app.core.errors import NotFound


def read_id(given: Any) -> UUID:
    """Raises NotFound: what has no such id is as little there as what is another's."""
    try:
        return UUID(str(given))
    except ValueError:
        raise NotFound from None


def read_ids(given: Iterable[Any]) -> list[UUID]:
    """Each once, in their order; raises NotFound."""
    return list(dict.fromkeys(map(read_id, given)))
