"""What the templates of account and sign-in see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.account.relying_party import RelyingParty
from app.web.locale import gettext as _


@dataclass(frozen=True, slots=True)
class SignInPage:
    """`party` is what passkeys are made for here, if they can be."""

    csrf_token: str
    next: str
    party: RelyingParty
    email: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class SetupPage:
    csrf_token: str
    needs_code: bool
    name: str = ""
    email: str = ""
    time_zone: str = "UTC"
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SessionRow:
    id: UUID
    user_agent: str
    last_seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """`typed_email` is what the form of the address shows: the one in use, or the one that was refused; `is_plain`:
    reached without HTTPS."""

    email: str
    typed_email: str
    sessions: tuple[SessionRow, ...]
    errors: dict[str, str] = field(default_factory=dict)
    is_plain: bool = False


def browser_name(agent: str) -> str:
    """A browser and a system as a person would say it, from a User-Agent header."""
    browsers = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
               ("Mac OS", "Mac"), ("Linux", "Linux"))  # fmt: skip
    browser = next((name for mark, name in browsers if mark in agent), "")
    system = next((name for mark, name in systems if mark in agent), "")
    return ", ".join(part for part in (browser, system) if part) or agent[:60] or _("unknown")
