"""The people of this house, for those who look after it: invite, change a role, suspend, help back in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Forbidden, NotFound
from app.core.house import read_house
from app.settings import Settings
from app.web.auth import Reading, Visitor, hash_token, make_shell, new_token
from app.web.locale import gettext as _
from app.web.locale import ngettext
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
RANKS = {"owner": 2, "admin": 1, "member": 0}
WAITING = """
select id, role, expires_at from account_links where purpose = 'join' and expires_at > now()
 order by created_at desc"""


@dataclass(frozen=True, slots=True)
class Member:
    """`can_change`: whether whoever looks may do something about this person."""

    id: UUID
    name: str
    email: str
    role: str
    role_label: str
    is_suspended: bool
    last_login_at: datetime | None
    can_change: bool
    can_promote: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    id: UUID
    role_label: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MembersPage:
    members: tuple[Member, ...]
    invitations: tuple[Invitation, ...]
    can_promote: bool


@dataclass(frozen=True, slots=True)
class LinkPage:
    """A link that is shown this once; only its hash is kept."""

    title: str
    sentence: str
    link: str


@get("/members")
async def show_members(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    _check(reading.visitor)
    rows = await reading.connection.fetch("select * from gate_list_members()")
    waiting = await reading.connection.fetch(WAITING)
    page = MembersPage(
        tuple(_member(row, reading.visitor) for row in rows),
        tuple(Invitation(row["id"], _role_label(row["role"]), row["expires_at"]) for row in waiting),
        reading.visitor.role == "owner",
    )  # fmt: skip
    return shared.pages.response(request, "account/members.html", page, shell=reading.shell("members"))


@post("/members/invite", status_code=200)
async def invite(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    _check(visitor)
    role = "admin" if data.get("role") == "admin" else "member"
    link, days = await _make_link(shared, visitor, request, "join", role, None)
    sentence = ngettext(
        "Send this to the person you invite. It works once, for %(num)s day, and is shown only now.",
        "Send this to the person you invite. It works once, for %(num)s days, and is shown only now.", days,
    ) % {"num": days}  # fmt: skip
    page = LinkPage(_("Invitation"), sentence, link)
    return _show_once(
        shared.pages.response(request, "account/link.html", page, shell=make_shell(request, visitor, "members"))
    )


@post("/members/{member_id:uuid}/reset", status_code=200)
async def make_reset(
    request: Request, member_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    if visitor.role not in {"owner", "admin"}:
        raise NotFound
    link, days = await _make_link(shared, visitor, request, "reset", None, member_id)
    sentence = ngettext(
        "Whoever opens this sets a new password; their second step is lifted, their passkeys and tokens are removed. "
        "It works once, for %(num)s day, and is shown only now.",
        "Whoever opens this sets a new password; their second step is lifted, their passkeys and tokens are removed. "
        "It works once, for %(num)s days, and is shown only now.", days,
    ) % {"num": days}  # fmt: skip
    page = LinkPage(_("A way back in"), sentence, link)
    return _show_once(
        shared.pages.response(request, "account/link.html", page, shell=make_shell(request, visitor, "members"))
    )


@post("/members/invitations/{link_id:uuid}/revoke", status_code=303)
async def revoke(link_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        if not await connection.fetchval("delete from account_links where id = $1 returning true", link_id):
            raise NotFound
    return say(Redirect("/members", status_code=303), _("The invitation works no more."))


@post("/members/{member_id:uuid}/suspend", status_code=303)
async def suspend(member_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(shared, visitor, member_id, None, "suspended", _("Suspended, and signed out everywhere."))


@post("/members/{member_id:uuid}/readmit", status_code=303)
async def readmit(member_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(shared, visitor, member_id, None, "active", _("Readmitted."))


@post("/members/{member_id:uuid}/make-admin", status_code=303)
async def make_admin(member_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(shared, visitor, member_id, "admin", None, _("Now an administrator."))


@post("/members/{member_id:uuid}/make-member", status_code=303)
async def make_member(member_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(shared, visitor, member_id, "member", None, _("Now a member."))


async def _change(
    shared: Shared, visitor: Visitor, member_id: UUID, role: str | None, status: str | None, sentence: str
) -> Redirect:
    """The database decides by rank: for whoever may not, there is nobody there."""
    async with shared.database.reading(visitor.user_id) as connection:
        if not await connection.fetchval("select gate_change_member($1, $2, $3)", member_id, role, status):
            raise NotFound
    return say(Redirect("/members", status_code=303), sentence)


async def _make_link(
    shared: Shared, visitor: Visitor, request: Request, purpose: str, role: str | None, for_user: UUID | None
) -> tuple[str, int]:
    """Its address, and the days that it works."""
    token = new_token()
    async with shared.database.reading(visitor.user_id) as connection:
        house = await read_house(connection)
        made = await connection.fetchval(
            "select gate_make_link($1, $2, $3, $4, $5)", purpose, hash_token(token), role, for_user, house.link_days
        )
    if made is None:
        raise NotFound
    return f"{_address(request, shared.settings)}/{purpose}/{token}", house.link_days


def _address(request: Request, settings: Settings) -> str:
    return (settings.base_url or f"{request.url.scheme}://{request.headers.get('host', '')}").rstrip("/")


def _show_once(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _check(visitor: Visitor) -> None:
    if visitor.role not in {"owner", "admin"}:
        raise Forbidden(_("Only who looks after this Hearth sees its members."))


def _member(row: asyncpg.Record, visitor: Visitor) -> Member:
    above = RANKS[visitor.role] > RANKS[row["role"]]
    return Member(
        row["id"], row["name"], row["email"], row["role"], _role_label(row["role"]), row["status"] == "suspended",
        row["last_login_at"], above, above and visitor.role == "owner",
    )  # fmt: skip


def _role_label(role: str) -> str:
    return {"owner": _("owner"), "admin": _("administrator"), "member": _("member")}[role]


ROUTES = [show_members, invite, make_reset, revoke, suspend, readmit, make_admin, make_member]
