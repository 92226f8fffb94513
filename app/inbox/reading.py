"""The inbox's two pages, put together: the queue as a list, and one item after the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from markupsafe import Markup

from app.bookmarks.addresses import site_of
from app.captures.kind import CAPTURE, TYPES
from app.core.errors import NotFound
from app.core.filing import Item, Target
from app.importing.pages import DropPlace
from app.inbox import pages as view
from app.inbox import queries
from app.inbox.suggesting import suggest
from app.inbox.undoing import last_deed
from app.notes.filing import split_text
from app.search.listing import address, list_box, query_reader, read_q
from app.switcher.finding import find_entries
from app.web.auth import Reading, Visitor
from app.web.markdown import Targets, render_markdown
from app.web.paging import decode_cursor
from app.web.shared import Shared

LONGEST_SHOWN = 20_000


async def read_inbox(
    reading: Reading, shared: Shared, targets: Mapping[str, Target], given: Mapping[str, str], error: str = ""
) -> view.InboxPage:
    connection, q = reading.connection, read_q(given)
    capture_type = given.get("type", "") if given.get("type") in (*TYPES, "note") else ""
    asleep, after = given.get("show") == "asleep", given.get("after")
    read, query = query_reader(reading, q, CAPTURE, shared.kinds, "q.id"), None
    if asleep:
        found = await queries.list_asleep(connection, capture_type)
    else:
        cursor = decode_cursor(after, bool, datetime.fromisoformat, UUID) if after else queries.FIRST
        found, query = await queries.list_items(connection, (cursor[0], cursor[1], cursor[2]), capture_type, read)
    counts = await queries.count_items(connection)
    kept = {"type": capture_type} if capture_type else {}
    return view.InboxPage(
        tuple(view.make_row(row, targets) for row in found),
        None if asleep else view.next_href(found, q, capture_type),
        view.type_chips(counts, capture_type, asleep, q),
        await list_box(connection, "/inbox", q, query, kept, shared.kinds),
        view.read_flow(await queries.read_flow(connection)),
        view.target_choices(targets), view.snooze_choices(now_of(reading.visitor)),
        sum(count[0] for count in counts.values()), sum(count[1] for count in counts.values()),
        is_first=not after, shows_asleep=asleep, here=address("/inbox", q, kept), error=error,
        drop=DropPlace(shared.settings.max_upload_mb),
    )  # fmt: skip


async def read_one(
    connection: asyncpg.Connection, shared: Shared, targets: Mapping[str, Target], visitor: Visitor,
    item_id: UUID | None, q: str = "", told: str = "", error: str = "",
) -> view.OnePage:  # fmt: skip
    """The item that is asked for; the first of the queue where none is, or where it has left the queue."""
    row = await queries.find_item(connection, item_id)
    if row is None and item_id is not None:
        if not await connection.fetchval("select exists (select from records where id = $1)", item_id):
            raise NotFound
        row = await queries.find_item(connection, None)
    counts = await queries.count_items(connection)
    left = sum(count[0] for count in counts.values())
    can_undo = await last_deed(connection, visitor.user_id) is not None
    if row is None:
        flow = view.read_flow(await queries.read_flow(connection))
        return view.OnePage(
            None, Markup(""), "", "", (), (), (), (), (), (), (), "", 0, "", "", told, error, can_undo, flow
        )
    item = Item(
        row["id"], row["kind"], row["title"], row["content"], row["url"], row["capture_type"], row["created_at"]
    )
    around = await queries.find_around(connection, row)
    return view.OnePage(
        view.make_row(row, targets), _html(item), item.url or "",
        site_of(item.url or ""),
        tuple((file["id"], file["name"]) for file in await queries.files_of(connection, item.id)),
        tuple(await queries.topics_of(connection, item.id)),
        tuple((one, view.type_label(one), one == item.capture_type) for one in TYPES) if item.kind == "capture" else (),
        view.target_choices(targets),
        await suggest(connection, shared.models, shared.kinds, targets, item, visitor.time_zone),
        view.snooze_choices(now_of(visitor)), await find_places(connection, shared, targets, visitor, q, [item.id]), q,
        left, _href(around["before"]), _href(around["after"]), told, error, can_undo,
    )  # fmt: skip


def _html(item: Item) -> Markup:
    """What its heading does not say already."""
    _title, rest = split_text(item)
    text = item.content if item.kind == "note" else rest
    said = text.strip().strip("<>") in ("", item.url, item.heading)
    return Markup("") if said else render_markdown(text[:LONGEST_SHOWN], Targets())


async def find_places(
    connection: asyncpg.Connection,
    shared: Shared,
    targets: Mapping[str, Target],
    visitor: Visitor,
    q: str,
    but: Collection[UUID],
) -> tuple[tuple[str, str, str], ...]:
    """(id, title, kind) of what something can be added to, as the switcher finds it."""
    kinds = {target.kind for target in targets.values() if target.join}
    found, without = [], {str(one) for one in but}
    for entry in await find_entries(connection, visitor.user_id, q.strip(), shared.kinds) if q.strip() else ():
        record_id = entry.href.rpartition("/")[2]
        if record_id not in without and any(
            entry.href == shared.kinds[kind].path.format(id=record_id) for kind in kinds
        ):
            found.append((record_id, entry.title, entry.kind))
    return tuple(found)


def now_of(visitor: Visitor) -> datetime:
    return datetime.now(ZoneInfo(visitor.time_zone))


def _href(item_id: UUID | None) -> str:
    return f"/inbox/one?at={item_id}" if item_id else ""
