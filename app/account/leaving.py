"""Leaving: asked for with the password, taken back for seven days, then done by the worker and complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from app.account import service
from app.core.errors import NotFound
from app.web.auth import Reading, Visitor, make_shell
from app.web.fields import read_id
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
GRACE_DAYS = 7
HEIRS = """
select id, name from gate_list_members() where id <> $1 and status = 'active'
 order by role = 'member', name"""


@dataclass(frozen=True, slots=True)
class LeavePage:
    """`is_needed`: they own a house in which others live, so one of `heirs` (id and name) must take it over first."""

    leaves_at: datetime | None
    is_needed: bool
    heirs: Sequence[tuple[UUID, str]] = ()
    days: int = GRACE_DAYS
    error: str = ""


@get("/account/leave")
async def show_leave(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = await _leave_page(reading.connection, reading.visitor)
    return shared.pages.response(request, "account/leave.html", page, shell=reading.shell("account"))


@post("/account/leave", status_code=303)
async def ask_to_leave(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    try:
        await service.check_password(shared.database, visitor.user_id, data.get("password", ""))
    except service.WrongSignIn as error:
        return await _show_again(request, visitor, shared, str(error))
    async with shared.database.reading(visitor.user_id) as connection:
        if await connection.fetchval("select gate_ask_to_leave($1)", GRACE_DAYS) is None:
            raise NotFound
    return Redirect("/account/leave", status_code=303)


@post("/account/stay", status_code=303)
async def stay(visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await connection.execute("select gate_stay()")
    return say(Redirect("/account", status_code=303), _("Your account stays."))


@post("/account/hand-over", status_code=303)
async def hand_over(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    try:
        await service.check_password(shared.database, visitor.user_id, data.get("password", ""))
    except service.WrongSignIn as error:
        return await _show_again(request, visitor, shared, str(error))
    async with shared.database.reading(visitor.user_id) as connection:
        if not await connection.fetchval("select gate_hand_over($1)", read_id(data.get("heir", ""))):
            raise NotFound
    return say(Redirect("/account/leave", status_code=303), _("The house is theirs now; you still help look after it."))


async def _show_again(request: Request, visitor: Visitor, shared: Shared, error: str) -> Response:
    async with shared.database.reading(visitor.user_id) as connection:
        page = await _leave_page(connection, visitor, error)
    shell = make_shell(request, visitor, "account")
    return shared.pages.response(request, "account/leave.html", page, shell=shell, status=422)


async def _leave_page(connection: asyncpg.Connection, visitor: Visitor, error: str = "") -> LeavePage:
    is_needed = await connection.fetchval("select gate_is_needed($1)", visitor.user_id)
    heirs = await connection.fetch(HEIRS, visitor.user_id) if is_needed else []
    return LeavePage(visitor.leaves_at, is_needed, [(row["id"], row["name"]) for row in heirs], error=error)


ROUTES = [show_leave, ask_to_leave, stay, hand_over]
