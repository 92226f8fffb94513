"""Searches and narrowed lists under a name, and forgetting the last searches, over HTTP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Invalid
from app.search.kept import drop_saved, forget_searches, list_saved, save_search
from app.search.listing import address, read_q
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
LONGEST_NAME = 100
LONGEST_KEPT = 1000
PLACES = ("/search", "/notes", "/people")
KEPT = {
    "topic", "folder", "show", "property", "is", "has", "from", "to", "kind", "pinned", "heat", "linked",
    "created_from", "created_to", "updated_from", "updated_to", "sort", "view",
}  # fmt: skip
"""What an address of a list says besides its query; where it goes on and what is selected are not kept."""


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """`asks` is the query, where it is not the name itself."""

    id: UUID
    name: str
    asks: str
    href: str


@dataclass(frozen=True, slots=True)
class SavedPage:
    saved: tuple[SavedSearch, ...]


@get("/search/saved")
async def show_saved(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """Of one list (`?place=`), for its box; or of all."""
    place = request.query_params.get("place", "")
    rows = await list_saved(reading.connection, place if place in PLACES else "")
    shell = reading.shell("search")
    return shared.pages.response(
        request, "search/saved.html", SavedPage(tell_saved(rows)), shell=shell, blocks=("saved-here",)
    )


def tell_saved(rows: Iterable[asyncpg.Record]) -> tuple[SavedSearch, ...]:
    return tuple(
        SavedSearch(
            row["id"], row["name"], row["query"] if row["query"] != row["name"] else "",
            address(row["place"], row["query"], dict(parse_qsl(row["kept"]))),
        )
        for row in rows
    )  # fmt: skip


@post("/search/saved", status_code=303)
async def save(data: Form, reading: Given[Reading]) -> Redirect:
    q, kept = read_q(data).strip(), _read_kept(data)
    place = data.get("place", "/search")
    if place not in PLACES or not (q or kept):
        raise Invalid(_("There is nothing to save yet: type what you look for first."))
    name = data.get("name", "").replace("\0", "").strip()[:LONGEST_NAME] or q[:LONGEST_NAME] or _("A list")
    await save_search(reading.connection, name, q, place, urlencode(kept))
    return say(Redirect(address(place, q, kept), status_code=303), _("Saved as “%(name)s”.") % {"name": name})


def _read_kept(data: Mapping[str, Any]) -> dict[str, str]:
    given = parse_qsl(str(data.get("kept", ""))[:LONGEST_KEPT].replace("\0", ""))
    kept = {name: value for name, value in given if name in KEPT}
    return kept if len(urlencode(kept)) <= LONGEST_KEPT else {}


@post("/search/saved/{search_id:uuid}/drop", status_code=303)
async def drop(search_id: FromPath[UUID], reading: Given[Reading]) -> Redirect:
    await drop_saved(reading.connection, search_id)
    return say(Redirect("/search", status_code=303), _("This search is no longer saved."))


@post("/search/forget", status_code=303)
async def forget(reading: Given[Reading]) -> Redirect:
    await forget_searches(reading.connection)
    return say(Redirect("/search", status_code=303), _("Your last searches are forgotten."))


ROUTES = [show_saved, save, drop, forget]
