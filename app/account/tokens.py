"""Personal tokens: made for one program, with as much as it needs and an end; shown once, taken back at any time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import NotFound
from app.web.auth import Reading, Visitor, hash_token, make_shell, new_token
from app.web.bearer import PREFIX, Bearer, needs
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
SCOPES = ("read", "write", "capture", "people")
LIFETIMES = (7, 30, 90, 365)
USUAL_DAYS = 90
LONGEST_NAME = 100
MOST = 50
LIST = "select * from personal_tokens where user_id = $1 and scopes <> array['people'] order by created_at desc"


@dataclass(frozen=True, slots=True)
class TokenRow:
    id: UUID
    name: str
    scopes: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class TokensPage:
    """`token` this once, after it was made. `chosen` and `days` are what the form shows."""

    tokens: tuple[TokenRow, ...]
    scopes: dict[str, str]
    lifetimes: dict[int, str]
    name: str = ""
    chosen: tuple[str, ...] = ("read",)
    days: int = USUAL_DAYS
    errors: dict[str, str] = field(default_factory=dict)
    token: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    name: str
    scopes: tuple[str, ...]
    days: int

    def errors(self) -> dict[str, str]:
        found = {}
        if not 0 < len(self.name) <= LONGEST_NAME:
            found["name"] = _("Say what it is for, in at most a hundred letters.")
        if not self.scopes:
            found["scopes"] = _("Choose at least one thing that it may do.")
        if self.days not in LIFETIMES:
            found["days"] = _("Choose how long it is good.")
        return found


@get("/account/tokens")
async def show_tokens(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = await _tokens_page(reading.connection, reading.visitor)
    return shared.pages.response(request, "account/tokens.html", page, shell=reading.shell("account"))


@post("/account/tokens", status_code=200)
async def make_token(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    wish, token = _read_wish(data), PREFIX + new_token()
    errors = wish.errors()
    async with shared.database.reading(visitor.user_id) as connection:
        if not errors and not await _keep(connection, visitor, wish, token):
            errors["name"] = _("There are fifty already; take one back that nobody uses.")
        shown: dict[str, Any] = {"errors": errors, "name": wish.name, "chosen": wish.scopes, "days": wish.days}
        page = await _tokens_page(connection, visitor, **(shown if errors else {"token": token}))
    shell = make_shell(request, visitor, "account")
    return shared.pages.response(
        request, "account/tokens.html", page, shell=shell, status=422 if errors else 200,
        headers={"Cache-Control": "no-store"},
    )  # fmt: skip


@post("/account/tokens/{token_id:uuid}/revoke", status_code=303)
async def revoke_token(token_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        if not await connection.fetchval("delete from personal_tokens where id = $1 returning true", token_id):
            raise NotFound
    return say(Redirect("/account/tokens", status_code=303), _("The token opens nothing any more."))


@get("/api/me", opt=needs("read"))
async def tell_bearer(bearer: Given[Bearer]) -> dict[str, Any]:
    """Whose token this is and what it may do: what a program asks first."""
    return {
        "name": bearer.name, "token": bearer.token_name, "scopes": sorted(bearer.scopes),
        "expires_at": bearer.expires_at.isoformat(),
    }  # fmt: skip


def _read_wish(data: dict[str, Any]) -> Wish:
    given = data.get("scopes", ())
    chosen = (given,) if isinstance(given, str) else given
    days, name = str(data.get("days", "")), str(data.get("name", "")).replace("\0", "").strip()
    return Wish(name, tuple(s for s in SCOPES if s in chosen), int(days) if days.isascii() and days.isdigit() else 0)


async def _keep(connection: asyncpg.Connection, visitor: Visitor, wish: Wish, token: str) -> bool:
    """False when there are too many already."""
    await connection.execute("delete from personal_tokens where expires_at < now() - interval '30 days'")
    if await connection.fetchval("select count(*) from personal_tokens where user_id = $1", visitor.user_id) >= MOST:
        return False
    await connection.execute(
        "insert into personal_tokens (user_id, name, token_hash, scopes, expires_at) values ($1, $2, $3, $4, $5)",
        visitor.user_id, wish.name, hash_token(token), wish.scopes, datetime.now(UTC) + timedelta(days=wish.days),
    )  # fmt: skip
    return True


async def _tokens_page(connection: asyncpg.Connection, visitor: Visitor, **shown: Any) -> TokensPage:
    rows = await connection.fetch(LIST, visitor.user_id)
    now = datetime.now(UTC)
    tokens = tuple(
        TokenRow(
            row["id"], row["name"], ", ".join(_scope_labels()[scope] for scope in row["scopes"]), row["created_at"],
            row["expires_at"], row["last_used_at"], row["expires_at"] <= now,
        )
        for row in rows
    )  # fmt: skip
    return TokensPage(tokens, _scope_labels(), _lifetimes(), **shown)


def _scope_labels() -> dict[str, str]:
    return {
        "read": _("read everything of yours"),
        "write": _("write and change"),
        "capture": _("only bring new things in"),
        "people": _("read and change people, as an address book"),
    }


def _lifetimes() -> dict[int, str]:
    return {7: _("a week"), 30: _("thirty days"), 90: _("ninety days"), 365: _("a year")}


ROUTES = [show_tokens, make_token, revoke_token, tell_bearer]
