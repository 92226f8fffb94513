"""What a browser kept until it could be sent (static/pages/outbox.js): whose, when written, and the answer.

It may arrive hours later, twice, or while somebody else is signed in at the same browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response

from app.core.errors import Conflict, Invalid
from app.web.auth import Visitor, user_key
from app.web.locale import gettext as _


@dataclass(frozen=True, slots=True)
class Sent:
    """`client_id` was made with what was written, None for a plain form; `at`: when that was, never after now."""

    client_id: UUID | None
    at: datetime


def read_sent(form: Mapping[str, Any], visitor: Visitor) -> Sent:
    """Raises Conflict for what another person wrote, before anything else is looked at."""
    owner = form.get("owner")
    if owner and owner != user_key(visitor.user_id):
        raise Conflict(_("Somebody else wrote this at this browser; it waits until they sign in again."))
    return Sent(_read_id(str(form.get("client_id") or "")), _read_moment(str(form.get("at") or "")))


def wants_json(request: Request[Any, Any, Any]) -> bool:
    return request.headers.get("accept", "") == "application/json"


def arrived(href: str, prefix: str, *, is_same: bool = True) -> Response[dict[str, Any]]:
    """`is_same`: False where the same id had brought other words before, which are the ones that stand."""
    return Response({"href": prefix + href, "is_same": is_same}, status_code=201)


def _read_id(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        raise Invalid(_("This form is broken; reload the page and write it again.")) from None


def _read_moment(given: str) -> datetime:
    """The sender's clock may be wrong, and may be no clock at all."""
    now = datetime.now(UTC)
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        return now
    return min(at, now) if at.tzinfo else now
