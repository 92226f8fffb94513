"""Who may be one and the same, with the evidence; and to say that two are two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from app.contacts.duplicates import SHOWN, Duplicate, Evidence, find_duplicates
from app.core.errors import NotFound
from app.web.auth import Reading, Visitor
from app.web.fields import read_id
from app.web.locale import gettext as _
from app.web.locale import ngettext
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
WHO = """
select id, full_name, is_self,
       concat_ws(' · ', nullif(role_title, ''), nullif(company, ''), nullif(location, '')) as soft
  from contacts where id = any($1)"""
BOTH = "select count(*) from contacts where id = any($1)"
TELL_APART = """
insert into distinctions as d (user_id, one, other) values ($1, least($2::uuid, $3), greatest($2::uuid, $3))
on conflict (one, other) do update set deleted_at = null where d.deleted_at is not null"""


@dataclass(frozen=True, slots=True)
class Who:
    id: UUID
    href: str
    name: str
    soft: str


@dataclass(frozen=True, slots=True)
class PairRow:
    """`why` says one thing each, the strongest first."""

    one: Who
    other: Who
    why: tuple[str, ...]
    merge_href: str


@dataclass(frozen=True, slots=True)
class DuplicatesPage:
    pairs: tuple[PairRow, ...]
    more: int


@get("/people/duplicates")
async def show_duplicates(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    found = await find_duplicates(reading.connection, reading.visitor.user_id)
    ids = {one for pair in found[:SHOWN] for one in (pair.one, pair.other)}
    who = {row["id"]: _who(row) for row in await reading.connection.fetch(WHO, list(ids))}
    page = DuplicatesPage(tuple(_pair(pair, who) for pair in found[:SHOWN]), max(len(found) - SHOWN, 0))
    return shared.pages.response(request, "contacts/duplicates.html", page, shell=reading.shell("people"))


@post("/people/duplicates/apart", status_code=303)
async def tell_apart(data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    one, other = read_id(data.get("one", "")), read_id(data.get("other", ""))
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        if one == other or await connection.fetchval(BOTH, [one, other]) != 2:
            raise NotFound
        await connection.execute(TELL_APART, visitor.user_id, one, other)
    answer = Redirect("/people/duplicates", status_code=303)
    return say(answer, _("They stay two; you will not be asked again."), action_id)


def _who(row: asyncpg.Record) -> Who:
    soft = _("you") if row["is_self"] else row["soft"]
    return Who(row["id"], f"/people/{row['id']}", row["full_name"], soft)


def _pair(pair: Duplicate, who: Mapping[UUID, Who]) -> PairRow:
    why = tuple(_tell(evidence) for evidence in pair.evidence)
    return PairRow(who[pair.one], who[pair.other], why, f"/people/merge?id={pair.one}&id={pair.other}")


def _tell(evidence: Evidence) -> str:
    if evidence.kind == "links":
        times = int(evidence.value)
        return ngettext("named together in %(num)s record", "named together in %(num)s records", times) % {"num": times}
    told = {
        "email": _("the same e-mail, %(value)s"), "phone": _("the same number, %(value)s"),
        "handle": _("the same handle, %(value)s"), "url": _("the same address on the net, %(value)s"),
        "same_name": _("the same name"), "like_name": _("nearly the same name"),
        "initials": _("a name that its initials fit"),
    }  # fmt: skip
    return told[evidence.kind] % {"value": evidence.value}


ROUTES = [show_duplicates, tell_apart]
