"""What the next page says about a change that was just made, with its Undo.

Carried over the redirect by a cookie of a minute, so that it survives neither a reload nor a second tab.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, unquote
from uuid import UUID

from litestar import Response
from litestar.datastructures import Cookie

COOKIE = "hearth_said"
LONGEST = 300
FORGET = f"{COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"


Answer = TypeVar("Answer", bound=Response[Any])


@dataclass(frozen=True, slots=True)
class Toast:
    """A sentence, and the action that can be undone; None for what has no way back."""

    sentence: str
    action_id: UUID | None


def say(answer: Answer, sentence: str, action_id: UUID | None = None) -> Answer:
    """Let the page that this answer leads to say it."""
    value = f"{action_id or ''}:{quote(sentence[:LONGEST])}"
    answer.set_cookie(Cookie(key=COOKIE, value=value, max_age=60, path="/", httponly=True, samesite="lax"))
    return answer


def read_toast(cookie: str | None) -> Toast | None:
    """The cookie is in its reader's hand: what is no toast is none."""
    if not cookie:
        return None
    action, _, sentence = cookie.partition(":")
    try:
        return Toast(unquote(sentence)[:LONGEST], UUID(action) if action else None)
    except ValueError:
        return None
