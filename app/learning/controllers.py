"""What I have learned, over HTTP: the page, and what a person says of each."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.folders.queries import read_tree
from app.learning import service
from app.learning.pages import learned_page
from app.learning.reading import read_learned
from app.web.auth import Reading, Visitor
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@get("/learned")
async def show_learned(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    learned = await read_learned(reading.connection, shared.kinds)
    page = learned_page(learned, await read_tree(reading.connection, counted=False))
    return shared.pages.response(request, "learning/index.html", page, shell=reading.shell("learned"))


@post("/learned/{learned_id:uuid}/confirm", status_code=303)
async def confirm(learned_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await service.confirm(connection, learned_id)
    return say(Redirect("/learned", status_code=303), _("Confirmed."))


@post("/learned/{learned_id:uuid}/correct", status_code=303)
async def correct(
    learned_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Redirect:  # fmt: skip
    async with shared.database.reading(visitor.user_id) as connection:
        await service.correct(connection, learned_id, data.get("value", ""))
    return say(Redirect("/learned", status_code=303), _("Noted: no night changes what you said."))


@post("/learned/{learned_id:uuid}/forget", status_code=303)
async def forget(learned_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await service.forget(connection, learned_id)
    return say(Redirect("/learned", status_code=303), _("Forgotten, and not learned again."))


@post("/learned/{learned_id:uuid}/reconsider", status_code=303)
async def reconsider(learned_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        was_forgotten = await service.take_back(connection, learned_id)
    told = _("It is counted again, in a moment.") if was_forgotten else _("As if nothing was said.")
    return say(Redirect("/learned", status_code=303), told)


ROUTES = [show_learned, confirm, correct, forget, reconsider]
