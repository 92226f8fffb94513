"""Keyset cursors: where a page of a list ended, so that the next one is an index look-up however deep it is."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.core.errors import Invalid
from app.web.locale import gettext as _


def encode_cursor(*values: bool | str | datetime | UUID) -> str:
    plain = msgspec.json.encode([str(value) if isinstance(value, UUID) else value for value in values])
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The values, each read by its kind (bool, str, UUID, datetime.fromisoformat). Raises Invalid."""
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if len(values) != len(kinds):
            raise ValueError(cursor)
        return tuple(kind(value) for kind, value in zip(kinds, values, strict=True))
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise Invalid(_("This address of a list's next page is not one that Hearth made.")) from None
