"""Passkeys over HTTP: at the door, and in one's account.

A device's answer comes as a field of a plain form, so that what is wrong with it is said as with any other form; only
what the device is asked (`…/options`) is JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.account import passkeys, service
from app.account.pages import SignInPage, browser_name
from app.account.relying_party import RelyingParty, find_relying_party
from app.core.errors import Invalid, NotFound, TooMany
from app.web.auth import (
    ANONYMOUS_COOKIE,
    COOKIE,
    Reading,
    Visitor,
    csrf_token,
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
NO_STORE = {"Cache-Control": "no-store"}
LIST = "select id, name, relying_party, backed_up, created_at, last_used_at from passkeys order by created_at, id"
ONE = "select id, name, relying_party, backed_up, created_at, last_used_at from passkeys where id = $1"


@dataclass(frozen=True, slots=True)
class Passkey:
    """`elsewhere` is the host's name that it works under, where that is another one than this."""

    id: UUID
    name: str
    elsewhere: str
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class PasskeysPage:
    party: RelyingParty
    passkeys: tuple[Passkey, ...]
    name: str
    error: str = ""
    name_error: str = ""


@dataclass(frozen=True, slots=True)
class PasskeyPage:
    """`typed` is what the form of the name shows: the one it has, or the one that was refused."""

    passkey: Passkey
    typed: str
    name_error: str = ""
    password_error: str = ""


@post("/sign-in/passkey/options", opt=PUBLIC, status_code=200, sync_to_thread=False)
def ask_to_sign_in(request: Request, shared: Given[Shared]) -> Response:
    visit, party = request.cookies.get(ANONYMOUS_COOKIE, ""), find_relying_party(request, shared.settings)
    return Response(passkeys.sign_in_options(request.app.state.csrf_secret, visit, party), headers=NO_STORE)


@post("/sign-in/passkey", opt=PUBLIC, status_code=303)
async def sign_in(request: Request, data: Form, shared: Given[Shared]) -> Response:
    address, party = local_path(data.get("next", "/")), find_relying_party(request, shared.settings)
    try:
        user_id = await passkeys.check_sign_in(
            shared.database, request.app.state.csrf_secret, request.cookies.get(ANONYMOUS_COOKIE, ""), party,
            data.get("credential", ""), address=request.client.host if request.client else "",
        )  # fmt: skip
    except (service.WrongSignIn, TooMany) as error:
        token = csrf_token(request.app.state.csrf_secret, visit_token(request)[0])
        page = SignInPage(token, address, party, error=str(error))
        headers = {"Retry-After": "900"} if isinstance(error, TooMany) else None
        return shared.pages.response(
            request, "account/sign_in.html", page, shell=None, status=error.status, headers=headers
        )
    agent, old = request.headers.get("user-agent", ""), request.cookies.get(COOKIE, "")
    opened = await service.open_session(shared.database, user_id, agent=agent, old_token=old)
    return Redirect(address, status_code=303, cookies=[session_cookie(opened, shared.settings)])


@get("/account/passkeys")
async def show_passkeys(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = await _passkeys_page(reading.connection, request, shared)
    return shared.pages.response(request, "account/passkeys.html", page, shell=reading.shell("account"))


@post("/account/passkeys/options", status_code=200)
async def ask_to_add(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Only after the password: a passkey outlives the session, which somebody may have found open."""
    try:
        await service.check_password(shared.database, visitor.user_id, data.get("password", ""))
    except service.WrongSignIn as error:
        return Response({"sentence": str(error)}, status_code=422, headers=NO_STORE)
    async with shared.database.reading(visitor.user_id) as connection:
        options = await passkeys.new_options(
            connection, request.app.state.csrf_secret, str(visitor.session_id), visitor.user_id,
            find_relying_party(request, shared.settings),
        )  # fmt: skip
    return Response(options, headers=NO_STORE)


@post("/account/passkeys", status_code=303)
async def add_passkey(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    name = data.get("name", "").strip()
    name_error, error = passkeys.name_problem(name), ""
    try:
        if not name_error:
            await passkeys.add(
                shared.database, request.app.state.csrf_secret, str(visitor.session_id), visitor.user_id,
                find_relying_party(request, shared.settings), data.get("credential", ""), name,
            )  # fmt: skip
            return say(Redirect("/account/passkeys", status_code=303), _("You can sign in with it from now on."))
    except Invalid as invalid:
        error = str(invalid)
    async with shared.database.reading(visitor.user_id) as connection:
        page = await _passkeys_page(connection, request, shared, name, error, name_error)
    shell = make_shell(request, visitor, "account")
    return shared.pages.response(request, "account/passkeys.html", page, shell=shell, status=422)


@get("/account/passkeys/{passkey_id:uuid}")
async def show_passkey(
    request: Request, passkey_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    found = await _find(reading.connection, passkey_id, find_relying_party(request, shared.settings))
    page = PasskeyPage(found, found.name)
    return shared.pages.response(request, "account/passkey.html", page, shell=reading.shell("account"))


@post("/account/passkeys/{passkey_id:uuid}/rename", status_code=303)
async def rename(
    request: Request, passkey_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    name = data.get("name", "").strip()
    async with shared.database.reading(visitor.user_id) as connection:
        found = await _find(connection, passkey_id, find_relying_party(request, shared.settings))
        if problem := passkeys.name_problem(name):
            return _refuse(request, visitor, shared, PasskeyPage(found, name, name_error=problem))
        await connection.execute("update passkeys set name = $2 where id = $1", passkey_id, name)
    return say(Redirect("/account/passkeys", status_code=303), _("Saved."))


@post("/account/passkeys/{passkey_id:uuid}/remove", status_code=303)
async def remove(
    request: Request, passkey_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    async with shared.database.reading(visitor.user_id) as connection:
        found = await _find(connection, passkey_id, find_relying_party(request, shared.settings))
    try:
        await service.check_password(shared.database, visitor.user_id, data.get("password", ""))
    except service.WrongSignIn as error:
        return _refuse(request, visitor, shared, PasskeyPage(found, found.name, password_error=str(error)))
    async with shared.database.reading(visitor.user_id) as connection:
        await connection.execute("delete from passkeys where id = $1", passkey_id)
    return say(
        Redirect("/account/passkeys", status_code=303),
        _("Removed. Your device may still offer it; delete it there too."),
    )


def _refuse(request: Request[Any, Any, Any], visitor: Visitor, shared: Shared, page: PasskeyPage) -> Response:
    shell = make_shell(request, visitor, "account")
    return shared.pages.response(request, "account/passkey.html", page, shell=shell, status=422)


async def _passkeys_page(
    connection: asyncpg.Connection, request: Request[Any, Any, Any], shared: Shared, name: str | None = None,
    error: str = "", name_error: str = "",
) -> PasskeysPage:  # fmt: skip
    party = find_relying_party(request, shared.settings)
    rows = tuple(_passkey(row, party) for row in await connection.fetch(LIST))
    suggested = browser_name(request.headers.get("user-agent", "")) if name is None else name
    return PasskeysPage(party, rows, suggested, error, name_error)


async def _find(connection: asyncpg.Connection, passkey_id: UUID, party: RelyingParty) -> Passkey:
    row = await connection.fetchrow(ONE, passkey_id)
    if row is None:
        raise NotFound
    return _passkey(row, party)


def _passkey(row: asyncpg.Record, party: RelyingParty) -> Passkey:
    elsewhere = "" if row["relying_party"] == party.id else row["relying_party"]
    return Passkey(row["id"], row["name"], elsewhere, row["backed_up"], row["created_at"], row["last_used_at"])


ROUTES = [
    ask_to_sign_in, sign_in, show_passkeys, ask_to_add, add_passkey, show_passkey, rename, remove,
]  # fmt: skip
