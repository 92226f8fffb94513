"""The Related panel over HTTP: shown after its page, and changed with htmx or with plain forms alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, Response, get, post
from litestar.di import NamedDependency as Given
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from app.core.errors import Conflict, Invalid
from app.graph import related
from app.graph.related_pages import AddForm, RelatedPage, link_form, related_page
from app.web.auth import Reading, Visitor, make_shell
from app.web.locale import gettext as _
from app.web.rendering import is_fragment
from app.web.shared import Shared
from app.web.toasts import Toast, say

Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
TEMPLATE = "graph/related.html"


@get("/records/{record_id:uuid}/related")
async def show_related(
    request: Request, record_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    page = await _read(reading.connection, shared, record_id)
    return shared.pages.response(request, TEMPLATE, page, shell=reading.shell(""), blocks=("related",))


@post("/records/{record_id:uuid}/related", status_code=303)
async def add_by_hand(
    request: Request, record_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    form = AddForm(data.get("to", "")[:500], data.get("relation", ""), data.get("evidence", ""))
    try:
        async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
            await related.add_link(connection, visitor.user_id, record_id, form.to, form.relation, form.evidence)
    except Invalid as error:
        async with shared.database.reading(visitor.user_id) as connection:
            page = replace(await _read(connection, shared, record_id), form=replace(form, error=str(error)))
        shell = make_shell(request, visitor, "")
        return shared.pages.response(request, TEMPLATE, page, shell=shell, blocks=("related",), status=422)
    return await _answer(request, visitor, shared, record_id, _("Linked."), action_id)


@post("/records/{record_id:uuid}/names", status_code=303)
async def keep_name(
    request: Request, record_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    """Of a name that the text says, an entity at once."""
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await related.find_record(connection, record_id)
        kind, folded = data.get("type", ""), data.get("folded", "")
        await related.keep_name(connection, visitor.user_id, record_id, kind, folded)
    return await _answer(request, visitor, shared, record_id, _("Kept: it is linked in a moment."), action_id)


@post("/links/{tie_id:uuid}/accept", status_code=303)
async def accept(
    request: Request, tie_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    return await _decide(request, tie_id, data, visitor, shared, related.accept_link, _("Accepted."))


@post("/links/{tie_id:uuid}/reject", status_code=303)
async def reject(
    request: Request, tie_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    return await _decide(request, tie_id, data, visitor, shared, related.reject_link, _("Taken away, for ever."))


@get("/links/{tie_id:uuid}/edit")
async def edit_form(
    request: Request, tie_id: FromPath[UUID], reading: Given[Reading], shared: Given[Shared]
) -> Response:
    link = await related.find_link(reading.connection, tie_id)
    page = link_form(link, _seen_from(link, request.query_params.get("from", "")))
    return shared.pages.response(request, "graph/link.html", page, shell=reading.shell(""))


@post("/links/{tie_id:uuid}", status_code=303)
async def edit(
    request: Request, tie_id: FromPath[UUID], data: Form, visitor: Given[Visitor], shared: Given[Shared]
) -> Response:
    relation, evidence = data.get("relation", ""), data.get("evidence", "")
    try:
        async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
            link = await related.edit_link(connection, tie_id, relation, evidence)
    except (Invalid, Conflict) as error:
        async with shared.database.reading(visitor.user_id) as connection:
            link = await related.find_link(connection, tie_id)
        page = link_form(link, _seen_from(link, data.get("from", "")), str(error), relation=relation, evidence=evidence)
        shell, status = make_shell(request, visitor, ""), 409 if isinstance(error, Conflict) else 422
        return shared.pages.response(request, "graph/link.html", page, shell=shell, status=status)
    back = _seen_from(link, data.get("from", ""))
    return say(Redirect(f"/records/{back}/related", status_code=303), _("Saved."), action_id)


async def _decide(
    request: Request, tie_id: UUID, data: dict[str, str], visitor: Visitor, shared: Shared,
    verb: Callable[[asyncpg.Connection, UUID], Awaitable[asyncpg.Record]], sentence: str,
) -> Response:  # fmt: skip
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        link = await verb(connection, tie_id)
    seen_from = UUID(_seen_from(link, data.get("from", "")))
    return await _answer(request, visitor, shared, seen_from, sentence, action_id)


def _seen_from(link: asyncpg.Record, given: str) -> str:
    """The end on whose page the link is shown; its source where nothing (or nonsense) says otherwise."""
    return given if given == str(link["target_id"]) else str(link["source_id"])


async def _read(connection: asyncpg.Connection, shared: Shared, record_id: UUID) -> RelatedPage:
    record = await related.find_record(connection, record_id)
    return related_page(
        record, shared.kinds, await related.read_links(connection, record_id),
        await related.read_sighted(connection, record_id), await related.read_merged(connection, record_id),
    )  # fmt: skip


async def _answer(
    request: Request, visitor: Visitor, shared: Shared, record_id: UUID, sentence: str, action_id: UUID
) -> Response:
    """htmx gets the panel and the toast; a form goes back to the record's page."""
    async with shared.database.reading(visitor.user_id) as connection:
        page = await _read(connection, shared, record_id)
    if not is_fragment(request):
        return say(Redirect(page.href, status_code=303), sentence, action_id)
    shell = replace(make_shell(request, visitor, ""), toast=Toast(sentence, action_id))
    return shared.pages.fragments(request, TEMPLATE, replace(page, said=True), ["related"], shell=shell)


ROUTES = [show_related, add_by_hand, keep_name, accept, reject, edit_form, edit]
