"""The second step over HTTP: at the door, and in one's account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect
from markupsafe import Markup

from app.account import second_step, service
from app.account.second_step import HALF_COOKIE, HALF_SECONDS
from app.core.errors import Invalid, TooMany
from app.settings import Settings
from app.web.auth import (
    COOKIE,
    Reading,
    Visitor,
    bind_visit,
    csrf_token,
    is_secure,
    local_path,
    make_shell,
    session_cookie,
    visit_token,
)
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PUBLIC = {"public": True}
NO_QR = Markup()


@dataclass(frozen=True, slots=True)
class CodePage:
    csrf_token: str
    next: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class SecondStepPage:
    """`qr` and `secret` while it is being set up; `codes` this once, after it was switched on."""

    is_on: bool
    qr: Markup = NO_QR
    secret: str = ""
    codes: tuple[str, ...] = ()
    codes_left: int = 0
    error: str = ""


def half_cookie(value: str, settings: Settings) -> Cookie:
    return Cookie(
        key=HALF_COOKIE, value=value, max_age=HALF_SECONDS if value else 0, httponly=True,
        samesite="lax", path="/sign-in", secure=is_secure(settings),
    )  # fmt: skip


@get("/sign-in/code", opt=PUBLIC)
async def show_code(request: Request, shared: Given[Shared]) -> Response:
    key = request.app.state.csrf_secret
    if second_step.open_half(key, request.cookies.get(HALF_COOKIE, "")) is None:
        return Redirect("/sign-in", status_code=303)
    return _code_page(request, shared, local_path(request.query_params.get("next", "/")))


@post("/sign-in/code", opt=PUBLIC, status_code=303)
async def give_code(request: Request, data: Form, shared: Given[Shared]) -> Response:
    address = local_path(data.get("next", "/"))
    user_id = second_step.open_half(request.app.state.csrf_secret, request.cookies.get(HALF_COOKIE, ""))
    if user_id is None:
        return Redirect("/sign-in", status_code=303)
    try:
        await service.count_code(shared.database, user_id)
        if not await second_step.check_code(shared.database, user_id, data.get("code", "")):
            raise service.WrongSignIn(_("This code is not right, or was used already."))
    except (service.WrongSignIn, TooMany) as error:
        return _code_page(request, shared, address, str(error), error.status)
    agent = request.headers.get("user-agent", "")
    token = await service.open_session(shared.database, user_id, agent=agent, old_token=request.cookies.get(COOKIE, ""))
    cookies = [session_cookie(token, shared.settings), half_cookie("", shared.settings)]
    return Redirect(address, status_code=303, cookies=cookies)


def _code_page(
    request: Request[Any, Any, Any], shared: Shared, address: str, error: str = "", status: int = 200
) -> Response:
    visit, cookie = visit_token(request)
    page = CodePage(csrf_token(request.app.state.csrf_secret, visit), address, error)
    answer = shared.pages.response(request, "account/code.html", page, shell=None, status=status)
    return bind_visit(answer, cookie, shared.settings)


@get("/account/second-step")
async def show_second_step(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = await _second_step_page(reading)
    return shared.pages.response(request, "account/second_step.html", page, shell=reading.shell("account"))


@post("/account/second-step", status_code=200)
async def switch_on(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    shell = make_shell(request, visitor, "account")
    try:
        async with shared.database.reading(visitor.user_id) as connection:
            codes = await second_step.confirm(connection, visitor.user_id, data.get("code", ""))
    except Invalid as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _second_step_page(Reading(connection, visitor, request), str(error))
        return shared.pages.response(request, "account/second_step.html", page, shell=shell, status=422)
    page = SecondStepPage(is_on=True, codes=tuple(codes))
    headers = {"Cache-Control": "no-store"}
    return shared.pages.response(request, "account/second_step.html", page, shell=shell, headers=headers)


@post("/account/second-step/off", status_code=303)
async def switch_off(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    try:
        await service.check_password(shared.database, visitor.user_id, data.get("password", ""))
    except service.WrongSignIn as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = await _second_step_page(Reading(connection, visitor, request), str(error))
        shell = make_shell(request, visitor, "account")
        return shared.pages.response(request, "account/second_step.html", page, shell=shell, status=422)
    async with shared.database.reading(visitor.user_id) as connection:
        await second_step.switch_off(connection, visitor.user_id)
    return say(Redirect("/account", status_code=303), _("The second step is switched off."))


async def _second_step_page(reading: Reading, error: str = "") -> SecondStepPage:
    user_id = reading.visitor.user_id
    known = await reading.connection.fetchrow("select confirmed_at from second_steps where user_id = $1", user_id)
    if known and known["confirmed_at"]:
        left = await reading.connection.fetchval("select count(*) from recovery_codes where user_id = $1", user_id)
        return SecondStepPage(is_on=True, codes_left=left, error=error)
    secret = await second_step.begin(reading.connection, user_id)
    email = await reading.connection.fetchval("select email from users where id = $1", user_id)
    qr = Markup(second_step.draw_qr(secret, email))  # noqa: S704 (drawn here, of squares)
    return SecondStepPage(is_on=False, qr=qr, secret=secret, error=error)


ROUTES = [show_code, give_code, show_second_step, switch_on, switch_off]
