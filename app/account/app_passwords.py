"""Phones and address books: a password for each device, made here, shown once, taken back at any time.

It is a personal token of a form that can be typed on a phone, for people alone, and it ends a year after its last use.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.account.tokens import LONGEST_NAME, MOST
from app.core.errors import NotFound
from app.web.auth import Reading, Visitor, is_plain, make_shell
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
SCOPE = "people"
# Neither 0 nor 1, which are taken for letters: 30 of these are 150 bits.
ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
LENGTH = 30
LIST = """
select id, name, created_at, last_used_at from personal_tokens
 where user_id = $1 and scopes = array['people'] and expires_at > now() order by created_at desc"""
KEEP = """
insert into personal_tokens (user_id, name, token_hash, scopes, expires_at)
select $1, $2, $3, array['people'], now() + interval '1 year'
 where (select count(*) from personal_tokens where user_id = $1) < $4 returning id"""
TAKE_BACK = "delete from personal_tokens where id = $1 and scopes = array['people'] returning true"


@dataclass(frozen=True, slots=True)
class Device:
    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class PhonesPage:
    """`password` this once, after it was made. `server` is the house's name alone, as an iPhone asks for it."""

    address: str
    server: str
    email: str
    devices: tuple[Device, ...]
    is_plain: bool
    password: str = ""
    name: str = ""
    error: str = ""


def new_app_password() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))
    return "-".join(letters[at : at + 5] for at in range(0, LENGTH, 5))


def hash_app_password(typed: str) -> bytes:
    """The same however it was typed; and a personal token, which may hold people too, stays what it is."""
    letters = re.sub(r"[\s-]", "", typed).lower()
    is_ours = len(letters) == LENGTH and set(letters) <= set(ALPHABET)
    return hashlib.sha256((letters if is_ours else typed).encode(errors="replace")).digest()


@get("/account/phones")
async def show_phones(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = await _phones_page(request, reading.connection, reading.visitor, shared)
    return shared.pages.response(request, "account/phones.html", page, shell=reading.shell("account"))


@post("/account/phones", status_code=200)
async def add_phone(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    name, password = str(data.get("name", "")).replace("\0", "").strip(), new_app_password()
    error = "" if 0 < len(name) <= LONGEST_NAME else _("Say which device it is for, in at most a hundred letters.")
    async with shared.database.reading(visitor.user_id) as connection:
        kept = not error and await connection.fetchval(KEEP, visitor.user_id, name, hash_app_password(password), MOST)
        if not error and not kept:
            error = _("There are fifty already; take one back that nobody uses.")
        shown = {"name": name, "error": error} if error else {"name": name, "password": password}
        page = await _phones_page(request, connection, visitor, shared, **shown)
    return shared.pages.response(
        request, "account/phones.html", page, shell=make_shell(request, visitor, "account"),
        status=422 if error else 200, headers={"Cache-Control": "no-store"},
    )  # fmt: skip


@post("/account/phones/{token_id:uuid}/revoke", status_code=303)
async def revoke_phone(token_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        if not await connection.fetchval(TAKE_BACK, token_id):
            raise NotFound
    return say(Redirect("/account/phones", status_code=303), _("That device gets in no more."))


async def _phones_page(
    request: Request, connection: asyncpg.Connection, visitor: Visitor, shared: Shared, **shown: Any
) -> PhonesPage:
    base = shared.settings.base_url or f"{request.scope['scheme']}://{request.headers.get('host', '')}"
    email = await connection.fetchval("select email from users where id = $1", visitor.user_id)
    devices = tuple(Device(*row) for row in await connection.fetch(LIST, visitor.user_id))
    address = base.rstrip("/") + "/dav/"
    server = urlsplit(address).netloc + urlsplit(base).path.rstrip("/")
    return PhonesPage(address, server, email, devices, is_plain(request, shared.settings), **shown)


ROUTES = [show_phones, add_phone, revoke_phone]
