"""Birthdays over HTTP: the next twelve months, and a calendar's feed behind an address that is a key."""

from __future__ import annotations

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath
from litestar.response import Redirect

from app.birthdays import queries
from app.birthdays.calendar import write_calendar
from app.birthdays.pages import birthdays_page
from app.core.errors import NotFound
from app.web.auth import Reading, Visitor, hash_token, make_shell, new_token
from app.web.locale import gettext as _
from app.web.locale import today, use_locale
from app.web.shared import Shared
from app.web.toasts import say

TEMPLATE = "birthdays/index.html"
HEADERS = {"Cache-Control": "private, max-age=3600", "Referrer-Policy": "no-referrer"}


@get("/people/birthdays")
async def show_birthdays(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    found = await queries.read_birthdays(reading.connection)
    page = birthdays_page(found, today(), await queries.find_feed(reading.connection))
    return shared.pages.response(request, TEMPLATE, page, shell=reading.shell("people"))


@post("/people/birthdays/feed", status_code=200)
async def make_feed(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """A new address, shown this once; the one before ends."""
    token = new_token()
    async with shared.database.reading(visitor.user_id) as connection:
        await queries.keep_feed(connection, visitor.user_id, hash_token(token))
        found, feed = await queries.read_birthdays(connection), await queries.find_feed(connection)
    page = birthdays_page(found, today(), feed, f"{_origin(request, shared)}/feeds/birthdays/{token}")
    shell = make_shell(request, visitor, "people")
    return shared.pages.response(request, TEMPLATE, page, shell=shell, headers={"Cache-Control": "no-store"})


@post("/people/birthdays/feed/revoke", status_code=303)
async def revoke_feed(visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        ended = await queries.end_feed(connection)
    back = Redirect("/people/birthdays", status_code=303)
    return say(back, _("The address opens nothing any more.")) if ended else back


@get("/feeds/birthdays/{token:str}", opt={"public": True})
async def show_feed(token: FromPath[str], shared: Given[Shared]) -> Response[bytes]:
    """As a calendar asks for it: without a session, since the address is the key."""
    async with shared.database.anonymous() as connection:
        whose = await queries.open_feed(connection, hash_token(token))
        if whose is None:
            raise NotFound
        use_locale(whose["locale"], whose["time_zone"])
        found = await queries.read_birthdays(connection)
    people = ((row["id"], row["full_name"], row["updated_at"], birthday) for row, birthday in found)
    return Response(write_calendar(people), media_type="text/calendar; charset=utf-8", headers=HEADERS)


def _origin(request: Request, shared: Shared) -> str:
    return (shared.settings.base_url or f"{request.url.scheme}://{request.headers.get('host', '')}").rstrip("/")


ROUTES = [show_birthdays, make_feed, revoke_feed, show_feed]
