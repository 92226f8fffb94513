"""Searches under a name, and forgetting the last ones, over HTTP."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from litestar import post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Invalid
from app.search.asking import LONGEST
from app.search.kept import drop_saved, forget_searches, save_search
from app.web.auth import Reading
from app.web.locale import gettext as _
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
LONGEST_NAME = 100


@post("/search/saved", status_code=303)
async def save(data: Form, reading: Given[Reading]) -> Redirect:
    q = data.get("q", "").replace("\0", "").strip()[:LONGEST]
    name = data.get("name", "").replace("\0", "").strip()[:LONGEST_NAME] or q[:LONGEST_NAME]
    if not q:
        raise Invalid(_("There is nothing to save yet: type what you look for first."))
    await save_search(reading.connection, name, q)
    return say(Redirect("/search?" + urlencode({"q": q}), status_code=303), _("Saved as “%(name)s”.") % {"name": name})


@post("/search/saved/{search_id:uuid}/drop", status_code=303)
async def drop(search_id: FromPath[UUID], reading: Given[Reading]) -> Redirect:
    await drop_saved(reading.connection, search_id)
    return say(Redirect("/search", status_code=303), _("This search is no longer saved."))


@post("/search/forget", status_code=303)
async def forget(reading: Given[Reading]) -> Redirect:
    await forget_searches(reading.connection)
    return say(Redirect("/search", status_code=303), _("Your last searches are forgotten."))


ROUTES = [save, drop, forget]
