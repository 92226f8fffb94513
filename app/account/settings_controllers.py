"""The settings page: a person's own, and for administrators the house's."""

from __future__ import annotations

from typing import Annotated

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from app.account.settings_page import build_page, choices
from app.core.errors import NotFound
from app.core.house import BOUNDS, change_house, read_house
from app.enriching.service import READ_LINKS
from app.search.preferences import CHOOSE, KEEP_SEARCHES, read_search_settings
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.locale import use_locale
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
LONGEST_NAME = 500
CHANGE = {
    "locale": "update users set locale = $2, updated_at = now() where id = $1",
    "time_zone": "update users set time_zone = $2, updated_at = now() where id = $1",
    "week_start": "update users set week_start = $2::text::smallint, updated_at = now() where id = $1",
    "theme": "update users set theme = $2, updated_at = now() where id = $1",
    "density": "update users set density = $2, updated_at = now() where id = $1",
    "motion": "update users set motion = $2, updated_at = now() where id = $1",
    "asks_mood": "update users set asks_mood = $2::text::boolean, updated_at = now() where id = $1",
    "reads_links": READ_LINKS,
    "search_language": CHOOSE,
    "keeps_searches": KEEP_SEARCHES,
}


@get("/settings")
async def show_settings(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    house = await read_house(reading.connection)
    search = await read_search_settings(reading.connection, reading.visitor.user_id)
    q = request.query_params.get("q", "")[:200]
    page = build_page(reading.visitor, house, shared.settings, q, search=search)
    return shared.pages.response(request, "account/settings.html", page, shell=reading.shell("settings"))


@post("/settings/you", status_code=303)
async def change_you(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    """Only what the form has is changed, so that a page that shows three settings saves three."""
    allowed = choices()
    errors = {name: _("Choose one of these.") for name in CHANGE if name in data and data[name] not in allowed[name]}
    name = data.get("name", visitor.name).replace("\0", "").strip()
    if not 0 < len(name) <= LONGEST_NAME:
        errors["name"] = _("Say how you are called.")
    if errors:
        return await _show_again(request, data, visitor, shared, errors)
    async with shared.database.reading(visitor.user_id) as connection:
        for setting in CHANGE.keys() & data.keys():
            await connection.execute(CHANGE[setting], visitor.user_id, data[setting])
        await connection.execute("update contacts set full_name = $1 where is_self and full_name <> $1", name)
    # What is said about it is said in the new one.
    use_locale(data.get("locale", visitor.locale), data.get("time_zone", visitor.time_zone))
    return say(Redirect("/settings", status_code=303), _("Saved."))


@post("/settings/house", status_code=303)
async def change_the_house(request: Request, data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Response:
    if visitor.role not in {"owner", "admin"}:
        raise NotFound
    given = {name: _read_number(data[name]) for name in BOUNDS if name in data}
    errors = {
        name: _("From %(least)s to %(most)s.") % {"least": BOUNDS[name][0], "most": BOUNDS[name][1]}
        for name, value in given.items()
        if not BOUNDS[name][0] <= value <= BOUNDS[name][1]
    }
    if errors:
        return await _show_again(request, data, visitor, shared, errors)
    async with shared.database.reading(visitor.user_id) as connection:
        for name, value in given.items():
            if not await change_house(connection, name, value):
                raise NotFound
    return say(Redirect("/settings", status_code=303), _("Saved."))


async def _show_again(
    request: Request, data: dict[str, str], visitor: Visitor, shared: Shared, errors: dict[str, str]
) -> Response:
    async with shared.database.reading(visitor.user_id) as connection:
        house = await read_house(connection)
        search = await read_search_settings(connection, visitor.user_id)
    page = build_page(visitor, house, shared.settings, errors=errors, typed=data, search=search)
    shell = make_shell(request, visitor, "settings")
    return shared.pages.response(request, "account/settings.html", page, shell=shell, status=422)


def _read_number(text: str) -> int:
    """-1, which no setting takes, for what is no whole number."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1


ROUTES = [show_settings, change_you, change_the_house]
