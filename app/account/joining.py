"""What an invitation and a reset lead to. Their addresses are keys: no log names them, and no page sends them on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.account import service
from app.core.errors import NotFound
from app.core.words import gettext_noop
from app.web.auth import bind_visit, csrf_token, hash_token, session_cookie, visit_token
from app.web.locale import current_locale, is_time_zone
from app.web.locale import gettext as _
from app.web.shared import Shared

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PUBLIC = {"public": True}
SECRET = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
SPENT = gettext_noop("This link was used already, has run out or was taken back. Ask for another one.")


@dataclass(frozen=True, slots=True)
class DoorPage:
    """`made_by` is who sent the link; `email` is known for a reset."""

    action: str
    csrf_token: str
    made_by: str
    name: str = ""
    email: str = ""
    time_zone: str = "UTC"
    errors: dict[str, str] = field(default_factory=dict)


@get("/join/{token:str}", opt=PUBLIC)
async def show_join(request: Request, token: FromPath[str], shared: Given[Shared]) -> Response:
    return await _show(request, shared, "join", token)


@post("/join/{token:str}", opt=PUBLIC, status_code=303)
async def join(request: Request, token: FromPath[str], data: Form, shared: Given[Shared]) -> Response:
    errors = service.account_errors(data)
    if errors:
        return await _show(request, shared, "join", token, data, errors)
    await _read_link(shared, "join", token)
    zone, hashed = data.get("time_zone", ""), await service.hash_password(data["password"])
    try:
        async with shared.database.anonymous() as connection:
            user_id = await connection.fetchval(
                "select gate_join($1, $2, $3, $4, $5, $6)", hash_token(token), data["email"].strip().lower(),
                data["name"].strip(), hashed, zone if is_time_zone(zone) else "UTC", current_locale(),
            )  # fmt: skip
    except asyncpg.UniqueViolationError:
        user_id = None
    if user_id is None:
        # Taken meanwhile, or the address is somebody's: the page says the one or the other.
        return await _show(request, shared, "join", token, data, {"email": _("This address is in use here already.")})
    opened = await service.open_session(shared.database, user_id, agent=request.headers.get("user-agent", ""))
    return Redirect("/welcome", status_code=303, cookies=[session_cookie(opened, shared.settings)])


@get("/reset/{token:str}", opt=PUBLIC)
async def show_reset(request: Request, token: FromPath[str], shared: Given[Shared]) -> Response:
    return await _show(request, shared, "reset", token)


@post("/reset/{token:str}", opt=PUBLIC, status_code=303)
async def reset(request: Request, token: FromPath[str], data: Form, shared: Given[Shared]) -> Response:
    if problem := service.password_problem(data.get("password", "")):
        return await _show(request, shared, "reset", token, data, {"password": problem})
    await _read_link(shared, "reset", token)
    hashed = await service.hash_password(data["password"])
    async with shared.database.anonymous() as connection:
        if await connection.fetchval("select gate_reset($1, $2)", hash_token(token), hashed) is None:
            raise NotFound(_(SPENT))
    return Redirect("/sign-in", status_code=303)


async def _show(
    request: Request, shared: Shared, purpose: str, token: str, data: Mapping[str, str] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:  # fmt: skip
    link = await _read_link(shared, purpose, token)
    visit, cookie = visit_token(request)
    given = data or {}
    page = DoorPage(
        f"/{purpose}/{token}", csrf_token(request.app.state.csrf_secret, visit), link["made_by"], given.get("name", ""),
        link["email"] or given.get("email", ""), given.get("time_zone", "UTC"), errors or {},
    )  # fmt: skip
    answer = shared.pages.response(
        request, f"account/{purpose}.html", page, shell=None, status=422 if errors else 200, headers=SECRET
    )
    return bind_visit(answer, cookie, shared.settings)


async def _read_link(shared: Shared, purpose: str, token: str) -> asyncpg.Record:
    async with shared.database.anonymous() as connection:
        link = await connection.fetchrow("select * from gate_read_link($1, $2)", purpose, hash_token(token))
    if link is None:
        raise NotFound(_(SPENT))
    return link


ROUTES = [show_join, join, show_reset, reset]
