"""Several people at once: into a group, or under a topic; one action, so that one Undo takes it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.core.errors import Invalid, NotFound
from app.core.text import fold
from app.groups import queries, service
from app.groups.controllers import say_joined
from app.groups.pages import selection
from app.topics.service import ensure_topic, file_records
from app.web.auth import Reading, Visitor, local_path
from app.web.fields import read_ids
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.shared import Shared
from app.web.toasts import say

LONGEST_Q = 200
OWN = "select count(*) from contacts where id = any($1) and not is_self and deleted_at is null"


@get("/people/select")
async def select_people(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    """`?q=` narrows it, `?group=` is filled in below."""
    q = str(request.query_params.get("q", "")).replace("\0", "")[:LONGEST_Q]
    found = await queries.people_to_select(reading.connection, fold(q))
    group = str(request.query_params.get("group", ""))[: service.LONGEST_NAME]
    names = await queries.group_names(reading.connection)
    page = selection(found, q, group, names, queries.MOST_SELECTED)
    return shared.pages.response(request, "groups/select.html", page, shell=reading.shell("people"))


@post("/people/selected/group", status_code=303)
async def group_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Fields `id`, several, and `group`, its name; one that is not there is made."""
    form, action_id = await request.form(), uuid4()
    people = await _chosen(form, visitor, shared)
    if not people:
        return say(_back(form), _("Nobody was selected."))
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            group_id, _name = await service.ensure_group(connection, visitor.user_id, str(form.get("group", "")))
            joined = await service.join_group(connection, people, group_id)
    except Invalid as error:
        return say(_back(form), str(error))
    return say_joined(_back(form, f"/groups/{group_id}"), joined, action_id)


@post("/people/selected/tag", status_code=303)
async def tag_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Filed by hand under the topic that `topic` names."""
    form, action_id = await request.form(), uuid4()
    people = await _chosen(form, visitor, shared)
    if not people:
        return say(_back(form), _("Nobody was selected."))
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            topic_id, label = await ensure_topic(connection, visitor.user_id, str(form.get("topic", "")))
            filed = await file_records(connection, people, topic_id)
    except Invalid as error:
        return say(_back(form), str(error))
    told = ngettext("%(num)s person filed under #%(label)s.", "%(num)s people filed under #%(label)s.", filed)
    return say(_back(form), told % {"num": number(filed), "label": label}, action_id if filed else None)


async def _chosen(form: FormMultiDict, visitor: Visitor, shared: Shared) -> list[UUID]:
    """In one order for all, so that two at once cannot lock each other out. Raises NotFound for somebody else's."""
    ids = sorted(read_ids(form.getall("id", [])))
    async with shared.database.reading(visitor.user_id) as connection:
        await _check_own(connection, ids)
    return ids


async def _check_own(connection: asyncpg.Connection, ids: list[UUID]) -> None:
    if await connection.fetchval(OWN, ids) < len(ids):
        raise NotFound


def _back(form: FormMultiDict, otherwise: str = "/people/select") -> Redirect:
    back: Any = form.get("back") or otherwise
    return Redirect(local_path(str(back)), status_code=303)


ROUTES = [select_people, group_selected, tag_selected]
