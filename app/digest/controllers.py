"""The digest by mail, over HTTP: wished for or not, and ended by the link in each of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import NotFound
from app.digest import service
from app.web.auth import Visitor, hash_token
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
SECRET = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class StopPage:
    """`action` ends the mails; empty once they are ended."""

    action: str


@post("/digest", status_code=303)
async def change_digest(data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    if not shared.settings.sends_mail:
        raise NotFound
    async with shared.database.reading(visitor.user_id) as connection:
        is_on = await service.ask(connection, data, datetime.now(UTC), visitor.time_zone)
    told = _("It comes by e-mail from now on.") if is_on else _("No more e-mails.")
    return say(Redirect("/insights#mail", status_code=303), told)


@get("/digest/stop/{token:str}", opt={"public": True})
async def show_stop(request: Request, token: FromPath[str], shared: Given[Shared]) -> Response:
    """It changes nothing: whoever looks through mails for what is dangerous opens links, too."""
    page = StopPage(f"/digest/stop/{token}")
    return shared.pages.response(request, "digest/stop.html", page, shell=None, headers=SECRET)


@post("/digest/stop/{token:str}", opt={"public": True, "capability": True}, status_code=200)
async def stop_digest(request: Request, token: FromPath[str], shared: Given[Shared]) -> Response:
    """As the button says it, and as a mail program does by itself (RFC 8058). One that was known no more than one that
    was ended is told apart."""
    async with shared.database.anonymous() as connection:
        await connection.execute("select gate_stop_digest($1)", hash_token(token))
    return shared.pages.response(request, "digest/stop.html", StopPage(""), shell=None, headers=SECRET)


ROUTES = [change_digest, show_stop, stop_digest]
