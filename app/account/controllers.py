"""First run, sign-in, sign-out and the account's own page."""

from __future__ import annotations

import hmac
from typing import Annotated
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.account import second_step, service
from app.account.pages import AccountPage, SessionRow, SetupPage, SignInPage, browser_name
from app.account.relying_party import find_relying_party
from app.account.second_step_pages import half_cookie
from app.core.database import Database
from app.core.errors import NotFound, TooMany
from app.settings import Settings, kept_secret
from app.web.auth import (
    COOKIE,
    LOOPBACK,
    Reading,
    Visitor,
    bind_visit,
    csrf_token,
    ended_cookie,
    is_plain,
    local_path,
    make_shell,
    session_cookie,
    visit_token,
)
from app.web.locale import current_locale, is_time_zone
from app.web.locale import gettext as _
from app.web.rendering import NOBODY, OWNER
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
PUBLIC = {"public": True}


@get("/sign-in", opt=PUBLIC)
async def show_sign_in(
    request: Request,
    shared: Given[Shared],
) -> Response:
    if not await _user_exists(shared.database):
        return Redirect("/setup", status_code=303)
    token, cookie = visit_token(request)
    address = local_path(request.query_params.get("next", "/"))
    party = find_relying_party(request, shared.settings)
    page = SignInPage(csrf_token(request.app.state.csrf_secret, token), address, party)
    answer = shared.pages.response(request, "account/sign_in.html", page, shell=None, headers={OWNER: NOBODY})
    return bind_visit(answer, cookie, shared.settings)


@post("/sign-in", opt=PUBLIC, status_code=303)
async def sign_in(
    request: Request,
    data: Form,
    shared: Given[Shared],
) -> Response:
    address = local_path(data.get("next", "/"))
    try:
        user_id = await service.check_sign_in(
            shared.database, data.get("email", ""), data.get("password", ""),
            address=request.client.host if request.client else "",
        )  # fmt: skip
    except (service.WrongSignIn, TooMany) as error:
        form_token = csrf_token(request.app.state.csrf_secret, visit_token(request)[0])
        party = find_relying_party(request, shared.settings)
        page = SignInPage(form_token, address, party, data.get("email", ""), str(error))
        headers = {"Retry-After": "900"} if isinstance(error, TooMany) else None
        return shared.pages.response(
            request, "account/sign_in.html", page, shell=None, status=error.status, headers=headers
        )
    if await second_step.is_needed(shared.database, user_id):
        half = second_step.seal_half(request.app.state.csrf_secret, user_id)
        where = "/sign-in/code?" + urlencode({"next": address})
        return Redirect(where, status_code=303, cookies=[half_cookie(half, shared.settings)])
    agent, old = request.headers.get("user-agent", ""), request.cookies.get(COOKIE, "")
    token = await service.open_session(shared.database, user_id, agent=agent, old_token=old)
    return Redirect(address, status_code=303, cookies=[session_cookie(token, shared.settings)])


@post("/sign-out", status_code=303)
async def sign_out(visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await connection.execute("delete from sessions where id = $1", visitor.session_id)
    return Redirect("/sign-in", status_code=303, cookies=[ended_cookie(shared.settings)])


@get("/setup", opt=PUBLIC)
async def show_setup(
    request: Request,
    shared: Given[Shared],
) -> Response:
    if await _user_exists(shared.database):
        raise NotFound
    token, cookie = visit_token(request)
    page = SetupPage(csrf_token(request.app.state.csrf_secret, token), needs_code(request))
    return bind_visit(shared.pages.response(request, "account/setup.html", page, shell=None), cookie, shared.settings)


@post("/setup", opt=PUBLIC, status_code=303)
async def set_up(
    request: Request,
    data: Form,
    shared: Given[Shared],
) -> Response:
    if await _user_exists(shared.database):
        raise NotFound
    errors = _setup_errors(request, data, shared.settings)
    if not errors:
        zone = data.get("time_zone", "")
        user_id = await service.make_owner(
            shared.database, email=data["email"], name=data["name"], password=data["password"],
            time_zone=zone if is_time_zone(zone) else "UTC", locale=current_locale(),
        )  # fmt: skip
        if user_id is None:
            return Redirect("/sign-in", status_code=303)
        agent = request.headers.get("user-agent", "")
        token = await service.open_session(shared.database, user_id, agent=agent)
        return Redirect("/welcome", status_code=303, cookies=[session_cookie(token, shared.settings)])
    page = SetupPage(
        csrf_token(request.app.state.csrf_secret, visit_token(request)[0]), needs_code(request), data.get("name", ""),
        data.get("email", ""), data.get("time_zone", "UTC"), errors,
    )  # fmt: skip
    return shared.pages.response(request, "account/setup.html", page, shell=None, status=422)


@get("/account")
async def show_account(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = await _account_page(reading, shared.settings)
    return shared.pages.response(request, "account/show.html", page, shell=reading.shell("account"))


@post("/account/password", status_code=303)
async def change_password(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    problem = service.password_problem(data.get("new", ""))
    errors = {"new": problem} if problem else {}
    try:
        if not errors:
            await service.change_password(
                shared.database, visitor.user_id, visitor.session_id, data.get("current", ""), data["new"]
            )
            return say(Redirect("/account", status_code=303), _("Your password is changed."))
    except service.WrongSignIn as error:
        errors = {"current": str(error)}
    return await _show_errors(request, visitor, shared, errors)


@post("/account/email", status_code=303)
async def change_email(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    try:
        problem = await service.change_email(
            shared.database, visitor.user_id, data.get("password", ""), data.get("email", "")
        )
        errors = {"email": problem} if problem else {}
    except service.WrongSignIn as error:
        errors = {"password": str(error)}
    if not errors:
        return say(Redirect("/account", status_code=303), _("You sign in with your new address now."))
    return await _show_errors(request, visitor, shared, errors, data.get("email", ""))


async def _show_errors(
    request: Request, visitor: Visitor, shared: Shared, errors: dict[str, str], typed: str | None = None
) -> Response:
    async with shared.database.reading(visitor.user_id) as connection:
        page = await _account_page(Reading(connection, visitor, request), shared.settings, errors, typed)
    shell = make_shell(request, visitor, "account")
    return shared.pages.response(request, "account/show.html", page, shell=shell, status=422)


@post("/account/sessions/{session_id:uuid}/end", status_code=303)
async def end_session(session_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        ended = await connection.fetchval("delete from sessions where id = $1 returning id", session_id)
    if ended is None:
        raise NotFound
    return Redirect("/account", status_code=303)


@post("/account/sessions/end-others", status_code=303)
async def end_other_sessions(visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await connection.execute("delete from sessions where id <> $1", visitor.session_id)
    return Redirect("/account", status_code=303)


def needs_code(request: Request) -> bool:
    """Only somebody at this very machine may make the owner without the code from the console."""
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    return forwarded or not request.client or request.client.host not in LOOPBACK or host not in LOOPBACK


def _setup_errors(request: Request, data: dict[str, str], settings: Settings) -> dict[str, str]:
    errors = service.account_errors(data)
    code = settings.setup_code or kept_secret(settings, "setup_code")
    if needs_code(request) and not hmac.compare_digest(data.get("code", "").strip().encode(), code.encode()):
        errors["code"] = _("This is not the code that the console shows where Hearth was started.")
    return errors


async def _user_exists(database: Database) -> bool:
    async with database.anonymous() as connection:
        return bool(await connection.fetchval("select gate_user_exists()"))


async def _account_page(
    reading: Reading, settings: Settings, errors: dict[str, str] | None = None, typed: str | None = None
) -> AccountPage:
    email = await reading.connection.fetchval("select email from users")
    sessions = await reading.connection.fetch(
        "select id, user_agent, last_seen_at from sessions where expires_at > now() order by last_seen_at desc"
    )
    this = reading.visitor.session_id
    rows = tuple(
        SessionRow(s["id"], browser_name(s["user_agent"]), s["last_seen_at"], s["id"] == this) for s in sessions
    )
    plain = is_plain(reading.request, settings)
    return AccountPage(email, typed if typed is not None else email, rows, errors or {}, is_plain=plain)


ROUTES = [
    show_sign_in, sign_in, sign_out, show_setup, set_up, show_account, change_password, change_email,
    end_session, end_other_sessions,
]  # fmt: skip
