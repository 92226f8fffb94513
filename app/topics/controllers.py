"""Topics over HTTP: the list, a topic's page, and what can be done to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, Invalid, NotFound
from app.core.text import fold, slug
from app.topics import queries, service
from app.topics.pages import LONGEST_Q, TopicForm, TopicPage, paths_above, topic_list, topic_page
from app.topics.texts import rewrite_texts
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.paging import decode_cursor
from app.web.shared import Shared
from app.web.toasts import say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
HAS_CHANGED = "select exists (select from change_log where user_id = app_user_id() and action_id = $1)"


@get("/topics")
async def list_topics(request: Request, reading: Given[Reading], shared: Given[Shared]) -> Response:
    after = request.query_params.get("after")
    cursor = decode_cursor(after, str, UUID) if after else queries.FIRST
    q = str(request.query_params.get("q", "")).replace("\0", "")[:LONGEST_Q]
    found = await queries.list_topics(reading.connection, (cursor[0], cursor[1]), fold(q.lstrip("# ")))
    counts = await queries.count_records(reading.connection, [row["id"] for row in found])
    page, shell = topic_list(found, counts, q, is_first=not after), reading.shell("topics")
    if request.headers.get("hx-target") == "pager":
        return shared.pages.response(request, "topics/_more.html", page, shell=shell, blocks=("pager",))
    return shared.pages.response(request, "topics/index.html", page, shell=shell, blocks=("topic-list",))


@get("/topics/{topic_id:uuid}")
async def show_topic(
    request: Request, topic_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    row = await _find(reading.connection, topic_id)
    if row["merged_into"]:
        return Redirect(f"/topics/{row['merged_into']}", status_code=303)
    page = await _read_page(reading.connection, row)
    return shared.pages.response(request, "topics/show.html", page, shell=reading.shell("topics"))


async def _read_page(connection: asyncpg.Connection, row: asyncpg.Record) -> TopicPage:
    family = row["family"]
    return topic_page(
        row,
        notes=await queries.topic_notes(connection, family),
        count=await queries.count_notes(connection, family),
        people=await queries.topic_people(connection, family),
        related=await queries.related_topics(connection, family),
        above=await queries.topics_above(connection, paths_above(row["label"])),
        below=await queries.topics_below(connection, row["label"]),
    )


@get("/topics/{topic_id:uuid}/edit")
async def edit_topic(
    request: Request, topic_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    form = await _form(reading.connection, topic_id)
    return shared.pages.response(request, "topics/edit.html", form, shell=reading.shell("topics"))


@post("/topics/{topic_id:uuid}", status_code=303)
async def change(
    request: Request, topic_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Its name, short name and description; with `texts`, the texts that use the old name too."""
    action_id = uuid4()
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            await service.describe_topic(connection, topic_id, data.get("description", ""))
            renamed = await service.rename_topic(connection, topic_id, data.get("label", ""), data.get("short", ""))
            texts = await rewrite_texts(connection, visitor.user_id, renamed) if data.get("texts") else 0
            has_changed = await connection.fetchval(HAS_CHANGED, action_id)
    except (Invalid, Conflict) as error:
        async with shared.database.reading(visitor.user_id) as connection:
            form = replace(await _form(connection, topic_id, data), error=str(error))
            if isinstance(error, service.Taken):
                form = replace(form, into=(await _find(connection, error.other_id))["label"])
        return _refuse(request, visitor, shared, form, error.status)
    told = _("Saved.")
    if texts:
        told = ngettext("Saved, and changed in %(num)s text.", "Saved, and changed in %(num)s texts.", texts)
    answer = Redirect(f"/topics/{topic_id}", status_code=303)
    return say(answer, told % {"num": number(texts)}, action_id if has_changed else None)


@post("/topics/{topic_id:uuid}/merge", status_code=303)
async def merge(
    request: Request, topic_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Into the topic that `into` names."""
    action_id, into = uuid4(), data.get("into", "")
    try:
        async with shared.database.reading(visitor.user_id, action_id=action_id) as connection:
            topic = await _find(connection, topic_id)
            other = (await queries.find_topics(connection, [slug(into.lstrip("# "))])).get(slug(into.lstrip("# ")))
            if other is None:
                raise Invalid(_("There is no topic of that name."))
            await service.merge_topics(connection, topic_id, other.id)
    except (Invalid, Conflict) as error:
        async with shared.database.reading(visitor.user_id) as connection:
            form = replace(await _form(connection, topic_id), into=into, merge_error=str(error))
        return _refuse(request, visitor, shared, form, error.status)
    told = _("#%(label)s is now part of #%(other)s.") % {"label": topic["label"], "other": other.label}
    return say(Redirect(f"/topics/{other.id}", status_code=303), told, action_id)


@post("/topics/{topic_id:uuid}/discard", status_code=303)
async def discard(topic_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.discard_topic(connection, topic_id)
    return say(Redirect(f"/topics/{topic_id}", status_code=303), _("Moved to the trash."), action_id)


@post("/topics/{topic_id:uuid}/restore", status_code=303)
async def restore(topic_id: FromPath[UUID], visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await service.restore_topic(connection, topic_id)
    return say(Redirect(f"/topics/{topic_id}", status_code=303), _("Restored."), action_id)


async def _find(connection: asyncpg.Connection, topic_id: UUID) -> asyncpg.Record:
    row = await queries.show_topic(connection, topic_id)
    if row is None:
        raise NotFound
    return row


async def _form(connection: asyncpg.Connection, topic_id: UUID, given: Mapping[str, str] | None = None) -> TopicForm:
    row = await _find(connection, topic_id)
    if row["deleted_at"]:
        raise NotFound
    values = given or {}
    others = tuple(one["label"] for one in await queries.busiest_topics(connection) if one["slug"] != row["slug"])
    return TopicForm(
        topic_id, row["label"], values.get("label", row["label"]), values.get("short", row["slug"]),
        values.get("description", row["description"]), bool(values.get("texts")), others,
    )  # fmt: skip


def _refuse(request: Request, visitor: Visitor, shared: Shared, form: TopicForm, status: int) -> Response:
    shell = make_shell(request, visitor, "topics")
    return shared.pages.response(request, "topics/edit.html", form, shell=shell, status=status)


ROUTES = [list_topics, show_topic, edit_topic, change, merge, discard, restore]
