"""Whom one is losing, over HTTP."""

from __future__ import annotations

from litestar import Request, Response, get
from litestar.di import NamedDependency as Given

from app.frame.pages import losing_page
from app.frame.queries import losing_touch
from app.web.auth import Reading
from app.web.locale import today
from app.web.shared import Shared


@get("/people/losing-touch")
async def show_losing_touch(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    page = losing_page(await losing_touch(reading.connection, reading.visitor.time_zone, today()))
    return shared.pages.response(request, "frame/losing.html", page, shell=reading.shell("people"))


ROUTES = [show_losing_touch]
