"""Programs at the door: a personal token instead of a session.

A route of theirs says which scope it needs (`opt=needs("read")`). It reads no cookie and asks for no form's token, so
no other site can make a browser call it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
from litestar import Request, Response
from litestar.di import NamedDependency as Given

from app.core.errors import Forbidden, TokenNeeded
from app.web.auth import hash_token
from app.web.locale import gettext as _
from app.web.locale import use_locale
from app.web.shared import Shared

PREFIX = "hearth_"
SCHEME = "bearer "


@dataclass(frozen=True, slots=True)
class Bearer:
    """A transaction as whoever the token belongs to, for as long as the request is answered."""

    connection: asyncpg.Connection
    user_id: UUID
    token_id: UUID
    token_name: str
    scopes: frozenset[str]
    expires_at: datetime
    name: str


def needs(scope: str) -> dict[str, str]:
    """What a route that programs call says about itself."""
    return {"scope": scope}


async def provide_bearer(request: Request, shared: Given[Shared]) -> AsyncGenerator[Bearer, None]:
    async with shared.database.anonymous() as connection:
        row = await connection.fetchrow("select * from gate_open_token($1)", hash_token(_given(request)))
        if row is None:
            raise TokenNeeded(_("Send a token that is still good: Authorization: Bearer hearth_…"))
        use_locale(row["locale"], row["time_zone"])
        bearer = Bearer(
            connection, row["user_id"], row["token_id"], row["token_name"], frozenset(row["scopes"]),
            row["expires_at"], row["name"],
        )  # fmt: skip
        if (scope := request.route_handler.opt["scope"]) not in bearer.scopes:
            raise Forbidden(_("This token may not do that: it lacks the scope “%(scope)s”.") % {"scope": scope})
        yield bearer


def show_problem(status: int, sentence: str) -> Response[dict[str, str]]:
    headers = {"WWW-Authenticate": SCHEME.strip()} if status == 401 else {}
    return Response({"error": sentence}, status_code=status, headers=headers, media_type="application/json")


def _given(request: Request) -> str:
    value = request.headers.get("authorization", "")
    return value[len(SCHEME) :].strip() if value.lower().startswith(SCHEME) else ""
