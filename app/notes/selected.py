"""Several notes at once: one action, so that one Undo takes it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

import asyncpg
from litestar import Request, post
from litestar.di import NamedDependency as Given
from litestar.response import Redirect

from app.core.errors import Invalid, NotFound
from app.core.text import slug
from app.folders.service import file_notes, read_folder_id
from app.notes.filters import read_filter
from app.notes.lists import MOST_AT_ONCE, match_ids
from app.properties.lists import try_filter
from app.topics.queries import find_topics
from app.topics.service import ensure_topic, file_records, unfile_records
from app.web.auth import Reading, Visitor, local_path
from app.web.locale import gettext as _
from app.web.locale import ngettext, number
from app.web.shared import Shared
from app.web.toasts import say

OWN = "select count(*) from notes where id = any($1)"
ARCHIVE = "update notes set archived_at = coalesce(archived_at, now()) where id = any($1)"
TAKE_OUT = "update notes set archived_at = null where id = any($1) and archived_at is not null"
PIN = "update notes set is_pinned = true where id = any($1) and not is_pinned"
PIN_TO_TODAY = "update notes set is_pinned_home = true where id = any($1) and not is_pinned_home"
DISCARD = "update notes set deleted_at = coalesce(deleted_at, now()) where id = any($1)"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a form sends of a selection; `ids` in one order for all, so that two at once cannot lock each other out."""

    ids: tuple[UUID, ...]
    form: Mapping[str, Any]
    back: str

    def redirect(self) -> Redirect:
        return Redirect(self.back, status_code=303)


@post("/notes/selected/archive", status_code=303)
async def archive_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(
        request, visitor, shared, ARCHIVE,
        lambda count: ngettext("%(num)s note archived.", "%(num)s notes archived.", count),
    )  # fmt: skip


@post("/notes/selected/unarchive", status_code=303)
async def unarchive_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(
        request, visitor, shared, TAKE_OUT,
        lambda count: ngettext("%(num)s note taken out.", "%(num)s notes taken out.", count),
    )  # fmt: skip


@post("/notes/selected/pin", status_code=303)
async def pin_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(
        request, visitor, shared, PIN,
        lambda count: ngettext("%(num)s note pinned.", "%(num)s notes pinned.", count),
    )  # fmt: skip


@post("/notes/selected/pin-to-today", status_code=303)
async def pin_selected_to_today(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(
        request, visitor, shared, PIN_TO_TODAY,
        lambda count: ngettext("%(num)s note pinned to Today.", "%(num)s notes pinned to Today.", count),
    )  # fmt: skip


@post("/notes/selected/discard", status_code=303)
async def discard_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    return await _change(
        request, visitor, shared, DISCARD,
        lambda count: ngettext("%(num)s note moved to the trash.", "%(num)s notes moved to the trash.", count),
    )  # fmt: skip


@post("/notes/selected/file", status_code=303)
async def file_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    chosen = await read_chosen(request, visitor, shared)
    folder_id = read_folder_id(chosen.form)
    if not chosen.ids:
        return say(chosen.redirect(), _("No note was selected."))
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        moved = await file_notes(connection, chosen.ids, folder_id)
    told = ngettext("%(num)s note filed.", "%(num)s notes filed.", moved)
    return say(chosen.redirect(), told % {"num": number(moved)}, action_id if moved else None)


@post("/notes/selected/tag", status_code=303)
async def tag_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """Filed by hand: no text changes."""
    chosen = await read_chosen(request, visitor, shared)
    if not chosen.ids:
        return say(chosen.redirect(), _("No note was selected."))
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await _check_own(connection, chosen)
        topic_id, label = await ensure_topic(connection, visitor.user_id, str(chosen.form.get("topic", "")))
        filed = await file_records(connection, chosen.ids, topic_id)
    told = ngettext("%(num)s note filed under #%(label)s.", "%(num)s notes filed under #%(label)s.", filed)
    return say(chosen.redirect(), told % {"num": number(filed), "label": label}, action_id if filed else None)


@post("/notes/selected/untag", status_code=303)
async def untag_selected(request: Request, visitor: Given[Visitor], shared: Given[Shared]) -> Redirect:
    """What was filed by hand; where a text or a property says it, only they can stop saying it."""
    chosen = await read_chosen(request, visitor, shared)
    if not chosen.ids:
        return say(chosen.redirect(), _("No note was selected."))
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await _check_own(connection, chosen)
        name = slug(str(chosen.form.get("topic", "")).strip().lstrip("#"))
        topic = (await find_topics(connection, [name])).get(name)
        if topic is None:
            return say(chosen.redirect(), _("There is no topic of that name."))
        gone, stay = await unfile_records(connection, chosen.ids, topic.id)
    told = ngettext("%(num)s note taken out of #%(label)s.", "%(num)s notes taken out of #%(label)s.", gone)
    sentence = told % {"num": number(gone), "label": topic.label}
    if stay:
        told = ngettext("%(num)s says it in its own words.", "%(num)s say it in their own words.", stay)
        sentence += " " + told % {"num": number(stay)}
    return say(chosen.redirect(), sentence, action_id if gone else None)


async def _change(
    request: Request, visitor: Visitor, shared: Shared, statement: str, tell: Callable[[int], str]
) -> Redirect:
    chosen = await read_chosen(request, visitor, shared)
    if not chosen.ids:
        return say(chosen.redirect(), _("No note was selected."))
    async with shared.database.reading(visitor.user_id, action_id=(action_id := uuid4())) as connection:
        await _check_own(connection, chosen)
        await connection.execute(statement, chosen.ids)
    return say(chosen.redirect(), tell(len(chosen.ids)) % {"num": number(len(chosen.ids))}, action_id)


async def _check_own(connection: asyncpg.Connection, chosen: Chosen) -> None:
    """All or nothing."""
    if await connection.fetchval(OWN, chosen.ids) != len(chosen.ids):
        raise NotFound


async def read_chosen(request: Request, visitor: Visitor, shared: Shared) -> Chosen:
    """The notes whose boxes are ticked; with `all`, whatever matches the list that the form stood on."""
    form = await request.form()
    back = local_path(str(form.get("back", "/notes")))
    if form.get("all") == "1":
        return Chosen(await _read_matching(request, visitor, shared, back), form, back)
    given = form.getall("id", [])
    if len(given) > MOST_AT_ONCE:
        raise Invalid(_too_many())
    try:
        return Chosen(tuple(sorted({UUID(value) for value in given})), form, back)
    except ValueError:
        raise Invalid(_("One of the selected notes is not one that Hearth knows; reload the list.")) from None


async def _read_matching(request: Request, visitor: Visitor, shared: Shared, back: str) -> tuple[UUID, ...]:
    given = dict(parse_qsl(urlsplit(back).query))
    wanted = replace(read_filter(given), prop=try_filter(given)[0])
    async with shared.database.reading(visitor.user_id) as connection:
        ids = await match_ids(Reading(connection, visitor, request), shared, wanted)
    if len(ids) > MOST_AT_ONCE:
        raise Invalid(_too_many())
    return tuple(sorted(ids))


def _too_many() -> str:
    return _("At most %(most)s notes can be changed at once; select fewer.") % {"most": number(MOST_AT_ONCE)}


ROUTES = [
    archive_selected, unarchive_selected, pin_selected, pin_selected_to_today, discard_selected, file_selected,
    tag_selected, untag_selected,
]  # fmt: skip
