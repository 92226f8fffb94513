"""What happened to the accounts of this house, for those who look after it; it outlives them without their names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import asyncpg
from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.core.errors import Forbidden
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.shared import Shared

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Event:
    """`by` is empty where nobody was signed in (a link, a command), or where they did it themselves."""

    at: datetime
    what: str
    who: str
    by: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    events: tuple[Event, ...]


@get("/members/audit")
async def show_audit(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    if reading.visitor.role not in {"owner", "admin"}:
        raise Forbidden(_("Only who looks after this Hearth sees its members."))
    rows = await reading.connection.fetch("select * from gate_read_audit($1)", SHOWN)
    page = AuditPage(tuple(map(_event, rows)))
    return shared.pages.response(request, "account/audit.html", page, shell=reading.shell("members"))


def _event(row: asyncpg.Record) -> Event:
    what = {
        "joined": _("Came to live here"),
        "left": _("An account was deleted"),
        "became owner": _("Became the owner"),
        "became admin": _("Became an administrator"),
        "became member": _("Became a member"),
        "suspended": _("Was suspended"),
        "active": _("Was readmitted"),
        "address": _("Has another e-mail address"),
        "password": _("Has another password"),
        "asked to leave": _("Asked for the account to be deleted"),
        "stays": _("Stays after all"),
        "join link": _("An invitation was made"),
        "reset link": _("A link to a new password was made"),
    }[row["event"]]
    by = row["by_name"] or ""
    return Event(row["at"], what, row["of_name"] or "", "" if by == row["of_name"] else by)


ROUTES = [show_audit]
