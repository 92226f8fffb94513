"""What was noticed, over HTTP: the day's digest, one insight with its evidence, and what a person says of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import NotFound
from app.digest.service import read_form
from app.insights import reading as insights
from app.insights import service
from app.insights.pages import InsightPage, card_list, insights_page
from app.insights.weighing import read_said
from app.sleep.pages import told_night
from app.sleep.queries import read_night
from app.web.auth import Reading, Visitor, local_path
from app.web.locale import day, today
from app.web.locale import gettext as _
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
NIGHT = timedelta(hours=24)
SNOOZES = {"tomorrow": 1, "week": 7, "month": 30}


@get("/insights")
async def show_insights(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    connection = reading.connection
    night = await read_night(connection, datetime.now(UTC) - NIGHT)
    page = insights_page(
        today(),
        await insights.read_now(connection, shared.kinds, today()),
        await insights.read_judged(connection, shared.kinds, today()),
        await insights.read_weeks(connection, shared.kinds),
        await read_said(connection),
        told_night(night),
        await read_form(connection) if shared.settings.sends_mail else None,
    )
    return shared.pages.response(request, "insights/index.html", page, shell=reading.shell("insights"))


@get("/insights/{insight_id:uuid}")
async def show_insight(
    request: Request, insight_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    shown = await insights.find_shown(reading.connection, shared.kinds, insight_id)
    if shown is None:
        raise NotFound
    page = InsightPage(card_list([shown], f"/insights/{insight_id}"))
    return shared.pages.response(request, "insights/show.html", page, shell=reading.shell("insights"))


@post("/insights/{insight_id:uuid}/verdict", status_code=303)
async def judge(insight_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    verdict = data.get("verdict", "")
    async with shared.database.reading(visitor.user_id) as connection:
        await service.judge(connection, insight_id, verdict)
    return say(_back(data), _("Noted: the house learns from it."))


@post("/insights/{insight_id:uuid}/reconsider", status_code=303)
async def reconsider(
    insight_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await service.take_back(connection, insight_id)
    return say(_back(data), _("As if nothing was said."))


@post("/insights/{insight_id:uuid}/snooze", status_code=303)
async def snooze(insight_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    until = today() + timedelta(days=SNOOZES.get(data.get("by", ""), 1))
    async with shared.database.reading(visitor.user_id) as connection:
        await service.snooze(connection, insight_id, until)
    return say(_back(data), _("Put off until %(day)s.") % {"day": day(until)})


@post("/insights/{insight_id:uuid}/pin", status_code=303)
async def pin(insight_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await service.pin(connection, insight_id, is_pinned=data.get("pinned") == "1")
    return _back(data)


@post("/insights/{insight_id:uuid}/never", status_code=303)
async def never(insight_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id) as connection:
        await service.never(connection, insight_id)
    told = _("This kind is switched off; under “While you slept” it is switched on again.")
    return say(_back(data), told)


@post("/insights/{insight_id:uuid}/link", status_code=303)
async def link(insight_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.link_two(connection, insight_id)
    return say(_back(data), _("Linked."), action_id)


def _back(data: Form) -> Redirect:
    return Redirect(local_path(data.get("back") or "/insights"), status_code=303)


ROUTES = [show_insights, show_insight, judge, reconsider, snooze, pin, never, link]
