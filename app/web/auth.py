"""Who is asking, and whether they meant to.

A controller that reads takes `reading: Reading`: one transaction that began by opening the session, so that the
page's queries already run as its user. A controller that writes takes `visitor: Visitor` and opens its own
transaction by `database.writing(visitor.user_id)`. A route with neither is public and must say so (`opt`).

Sessions are our own (the framework's allow fixation and write on every anonymous visit): a random token in the
cookie, its SHA-256 in Postgres, a new one at each sign-in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, urlsplit
from uuid import UUID

import asyncpg
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.di import NamedDependency as Given

from app.core.errors import Forbidden, SignInNeeded
from app.settings import Settings
from app.web.locale import choose_locale, use_locale
from app.web.locale import gettext as _
from app.web.rendering import Look, Shell
from app.web.shared import Shared
from app.web.toasts import COOKIE as TOAST_COOKIE
from app.web.toasts import read_toast

COOKIE = "hearth_session"
ANONYMOUS_COOKIE = "hearth_visit"
CSRF_FIELD = "_csrf_token"
CSRF_HEADER = "x-csrftoken"
# The longest that browsers keep a cookie; how long a session lasts is the server's to say (app/core/house.py).
COOKIE_DAYS = 400
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person who is signed in, as their session says."""

    user_id: UUID
    session_id: UUID
    role: str
    name: str
    locale: str
    time_zone: str
    theme: str = "system"
    density: str = "calm"
    motion: str = "system"
    week_start: int = 0
    leaves_at: datetime | None = None
    waiting: int = 0
    """How much lies in the inbox, up to a hundred."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A transaction as the visitor, for as long as the request is answered."""

    connection: asyncpg.Connection
    visitor: Visitor
    request: Request

    def shell(self, section: str) -> Shell:
        return make_shell(self.request, self.visitor, section)


class CsrfSecret(bytes):
    """The key of this instance's form tokens."""


async def provide_reading(request: Request, shared: Given[Shared]) -> AsyncGenerator[Reading, None]:
    opening = shared.database.open_session(session_hash(request), unattended=is_unattended(request))
    async with opening as (connection, row):
        if row is None:
            raise SignInNeeded
        yield Reading(connection, _greet(request, row), request)


async def provide_visitor(request: Request, shared: Given[Shared]) -> Visitor:
    opening = shared.database.open_session(session_hash(request), unattended=is_unattended(request))
    async with opening as (_connection, row):
        if row is None:
            raise SignInNeeded
        return _greet(request, row)


def is_unattended(request: Request) -> bool:
    """Whether a page asks by itself, with nobody's hand in it: a stream, a piece that is fetched anew after a change or
    from time to time (static/js/shell.js), a page that is kept ahead. A page left open is nobody who is here."""
    if request.scope["route_handler"].opt.get("unattended"):
        return True
    return request.method == "GET" and ("hearth-unattended" in request.headers or "hearth-ahead" in request.headers)


async def read_visitor(request: Request, shared: Shared) -> Visitor | None:
    """For a public page: who is asking, when they are signed in."""
    if COOKIE not in request.cookies:
        return None
    async with shared.database.open_session(session_hash(request)) as (_connection, row):
        return _greet(request, row) if row else None


def _greet(request: Request, row: asyncpg.Record) -> Visitor:
    *who, _stamp = row
    visitor = Visitor(*who)
    use_locale(visitor.locale, visitor.time_zone, visitor.week_start)
    request.state.visitor = visitor
    return visitor


def known_shell(request: Request) -> Shell | None:
    """The frame of an error's page; None where the error came before anybody knew who asks."""
    visitor = getattr(request.state, "visitor", None)
    return make_shell(request, visitor, "") if visitor else None


def session_hash(request: Request) -> bytes:
    return hash_token(request.cookies.get(COOKIE, ""))


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def new_token() -> str:
    return secrets.token_urlsafe(32)


def session_cookie(token: str, settings: Settings) -> Cookie:
    return Cookie(
        key=COOKIE, value=token, max_age=COOKIE_DAYS * 86400, httponly=True, samesite="lax", path="/",
        secure=is_secure(settings),
    )  # fmt: skip


def ended_cookie(settings: Settings) -> Cookie:
    return Cookie(key=COOKIE, value="", max_age=0, httponly=True, samesite="lax", path="/", secure=is_secure(settings))


def visit_cookie(token: str, settings: Settings) -> Cookie:
    """Binds the forms of people who are not signed in to their browser."""
    return Cookie(
        key=ANONYMOUS_COOKIE, value=token, httponly=True, samesite="lax", path="/", secure=is_secure(settings)
    )


def visit_token(request: Request) -> tuple[str, str | None]:
    """The cookie that signed-out forms are bound to, and its value when it has to be set first."""
    known = request.cookies.get(ANONYMOUS_COOKIE)
    token = known or new_token()
    return token, None if known else token


def bind_visit(answer: Response, cookie: str | None, settings: Settings) -> Response:
    if cookie:
        answer.cookies.append(visit_cookie(cookie, settings))
    return answer


def is_secure(settings: Settings) -> bool:
    return settings.serves_tls or bool(settings.base_url and settings.base_url.startswith("https://"))


def is_plain(request: Request, settings: Settings) -> bool:
    """Whether the browser came over plain HTTP from another machine, and so keeps back what needs a secure page."""
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    here = host in LOOPBACK or host.endswith(".localhost") or host.startswith("127.")
    return request.scope["scheme"] != "https" and not is_secure(settings) and not here


@lru_cache(1024)
def csrf_token(secret: bytes, cookie: str) -> str:
    """The token of the forms that this cookie's bearer gets to see.

    The cookie is the bearer's to choose: without the prefix it could be chosen so that its token is our word under
    something else that is sealed with this key (half a sign-in, a challenge).
    """
    return hmac.digest(secret, b"form:" + cookie.encode(), "sha256").hex()


def hear_language(request: Request) -> None:
    """Until the session says who asks (`_greet`), and for an error before that: as their browser wishes."""
    if not request.state.get("heard"):
        request.state.heard = True
        use_locale(choose_locale(request.headers.get("accept-language", "")), "UTC")


async def check_request(request: Request) -> None:
    """Runs before every handler."""
    hear_language(request)
    await check_csrf(request)


async def check_csrf(request: Request) -> None:
    """An unsafe request must come from a page that we sent to this very browser."""
    if request.method in SAFE_METHODS or is_for_programs(request) or is_capability(request):
        return
    if not comes_from_here(request):
        raise Forbidden(_("This form was sent from another site, so nothing was changed."))
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        await _check_session(request)
    if request.scope["route_handler"].opt.get("prefills"):
        return  # it shows a page and changes nothing
    given = request.headers.get(CSRF_HEADER) or await _form_token(request)
    secret: bytes = request.app.state.csrf_secret
    cookies = (request.cookies.get(name) for name in (COOKIE, ANONYMOUS_COOKIE))
    if not any(cookie and hmac.compare_digest(csrf_token(secret, cookie), given) for cookie in cookies):
        raise Forbidden(_("This form is out of date. Go back, reload the page and send it again; nothing was changed."))


async def _check_session(request: Request) -> None:
    """Before a form with files is read: it is spooled to the disk, which no stranger shall fill."""
    async with request.app.state.database.open_session(session_hash(request)) as (_connection, row):
        if row is None:
            raise SignInNeeded


def is_for_programs(request: Request) -> bool:
    """Whether the route answers personal tokens (app/web/bearer.py): it reads no cookie that another site could use."""
    handler = request.scope.get("route_handler")
    return handler is not None and "scope" in handler.opt


def is_capability(request: Request) -> bool:
    """Whether the address itself is the key, as of the link in a mail's head that a mail server calls: no cookie."""
    handler = request.scope.get("route_handler")
    return handler is not None and bool(handler.opt.get("capability"))


def comes_from_here(request: Request) -> bool:
    """By Sec-Fetch-Site where the browser sends it, else by Origin; neither is sent by plain clients."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host", "")


async def _form_token(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith(FORM_TYPES):
        return ""
    value = (await request.form()).get(CSRF_FIELD, "")
    return value if isinstance(value, str) else ""


def make_shell(request: Request, visitor: Visitor, section: str) -> Shell:
    token = csrf_token(request.app.state.csrf_secret, request.cookies.get(COOKIE, ""))
    # A page that is fetched ahead, to be kept, is seen by nobody yet.
    is_ahead = "hearth-ahead" in request.headers
    toast = None if is_ahead else read_toast(request.cookies.get(TOAST_COOKIE))
    look = Look(visitor.theme, visitor.density, visitor.motion)
    return Shell(
        section, visitor.name, token, visitor.locale, visitor.time_zone, visitor.role, toast, look, visitor.leaves_at,
        visitor.waiting, user_key(visitor.user_id),
    )  # fmt: skip


def user_key(user_id: UUID) -> str:
    """By which a browser keeps what is one person's apart from what is another's; it opens nothing."""
    return hash_token(str(user_id)).hex()[:16]


def sign_in_address(request: Request) -> str:
    """Where to sign in, and to come back to this page after it (never to a form's target)."""
    if request.method not in SAFE_METHODS or request.url.path == "/":
        return "/sign-in"
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/sign-in?next={quote(request.url.path + query)}"


def local_path(address: str) -> str:
    """The address when it is a path of this server, else the front page."""
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and "\n" not in address
    return address if safe and not urlsplit(address).netloc else "/"
