"""REPORT: some cards by their names, those that fit a filter, and what changed since the last time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from xml.etree.ElementTree import Element

from app.core.errors import Invalid
from app.dav import queries
from app.dav.answers import Answer, Refused, multistatus, without
from app.dav.asking import MOST_XML, Ask, read_body
from app.dav.filters import Filter, read_filter
from app.dav.lines import keep_lines
from app.dav.people import write_people
from app.dav.positions import Position, read_token, write_token
from app.dav.props import VERSIONS, Site, Wanted, read_wanted, tell
from app.dav.xml import CARD, DAV, read_xml, tag, text_of, words
from app.web.locale import gettext as _

DATA = CARD + "address-data"
LIMITED = DAV + "number-of-matches-within-limits"
# Cards are written so many at a time, each time in a transaction of its own: a slow phone keeps none open.
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Data:
    """In which form cards are wanted, and which of their properties, where not all of them."""

    version: str = "3.0"
    names: tuple[str, ...] = ()
    valueless: tuple[str, ...] = ()

    def cut(self, card: str) -> str:
        return keep_lines(card, self.names, self.valueless) if self.names else card


async def report(ask: Ask) -> Answer:
    root = read_xml(await read_body(ask.request, MOST_XML))
    known = {CARD + "addressbook-multiget": _multiget, CARD + "addressbook-query": _query,
             DAV + "sync-collection": _sync}  # fmt: skip
    if root.tag not in known or ask.address.place != "book":
        raise Refused(403, DAV + "supported-report", _("There is no such report here."))
    return await known[root.tag](ask, root)


async def _multiget(ask: Ask, root: Element) -> Answer:
    wanted, data = read_wanted(root), _read_data(root)
    hrefs = [text_of(element) for element in root.findall(DAV + "href")]
    return multistatus(_named(ask, wanted, data, list(dict.fromkeys(hrefs))))


async def _named(ask: Ask, wanted: Wanted, data: Data | None, hrefs: Sequence[str]) -> AsyncIterator[str]:
    site = Site(ask.addresses, ask.name)
    for some in in_parts(hrefs, AT_ONCE):
        names = {href: ask.addresses.card_name(href) for href in some}
        async with ask.shared.database.reading(ask.user_id) as connection:
            meant = await queries.find_meant(connection, ask.user_id, [name for name in names.values() if name])
            rows = {row["id"]: row for row in await queries.list_some(connection, ask.user_id, list(meant.values()))}
        cards = await _write(ask, data, list(rows))
        for href, name in names.items():
            row = rows.get(meant[name]) if name in meant else None
            yield _entry(site, wanted, data, row, cards) if row else without(href)


async def _query(ask: Ask, root: Element) -> Answer:
    wanted, data, chosen = read_wanted(root), _read_data(root), read_filter(root.find(CARD + "filter"))
    most = _read_limit(root.find(CARD + "limit"), CARD + "nresults")
    async with ask.shared.database.reading(ask.user_id) as connection:
        rows = await queries.list_members(connection, ask.user_id)
    return multistatus(_fitting(ask, wanted, data or None, chosen, rows, most))


async def _fitting(
    ask: Ask, wanted: Wanted, data: Data | None, chosen: Filter, rows: Sequence[Any], most: int | None
) -> AsyncIterator[str]:
    site, told = Site(ask.addresses, ask.name), 0
    for some in in_parts(rows, AT_ONCE):
        cards = await _write(ask, data or Data(), [row["id"] for row in some])
        for row in some:
            if row["id"] not in cards or not chosen.fits(cards[row["id"]]):
                continue
            if told == most:
                yield without(ask.addresses.book, 507, LIMITED)
                return
            told += 1
            yield _entry(site, wanted, data, row, cards)


async def _sync(ask: Ask, root: Element) -> Answer:
    wanted, data = read_wanted(root), _read_data(root)
    if text_of(root.find(DAV + "sync-level")) not in {"1", ""}:
        raise Refused(403, DAV + "sync-traversal-supported", _("A book has but one level."))
    given = text_of(root.find(DAV + "sync-token"))
    most = _read_limit(root.find(DAV + "limit"), DAV + "nresults")
    async with ask.shared.database.reading(ask.user_id) as connection:
        until, life, floor = await queries.read_now(connection, ask.user_id)
        since = _since(ask, given, until, life, floor)
        if since is None or since.is_first:
            since = since or Position(until, is_first=True)
            rows = await queries.list_members(connection, ask.user_id, since.contact, most and most + 1)
        else:
            rows = await queries.list_moved(connection, ask.user_id, since, until, most and most + 1)
    told = list(rows[:most])
    next_position = _after(since, until, told) if len(rows) > len(told) else _end(since, until)
    token = write_token(ask.user_id, life, next_position)
    return multistatus(_moved(ask, wanted, data, told, is_cut=len(rows) > len(told)), token)


async def _moved(
    ask: Ask, wanted: Wanted, data: Data | None, rows: Sequence[Any], *, is_cut: bool
) -> AsyncIterator[str]:
    site = Site(ask.addresses, ask.name)
    for some in in_parts(rows, AT_ONCE):
        cards = await _write(ask, data, [row["id"] for row in some if row["etag"]])
        for row in some:
            path = ask.addresses.card(row["name"])
            yield _entry(site, wanted, data, row, cards) if row["etag"] else without(path)
    if is_cut:
        yield without(ask.addresses.book, 507, LIMITED)


def _since(ask: Ask, given: str, until: int, life: str, floor: int) -> Position | None:
    """Raises Refused for a token that this book did not give, or that reaches further back than its log."""
    if not given:
        return None
    since = read_token(given, ask.user_id, life)
    if since is None or since.xid > until or since.xid <= floor:
        raise Refused(403, DAV + "valid-sync-token", _("Begin anew: what changed since then is not known any more."))
    return since


def _after(since: Position, until: int, told: Sequence[Any]) -> Position:
    """Where the next page begins."""
    last = told[-1]
    if since.is_first:
        return Position(since.xid, contact=last["id"], is_first=True)
    return Position(last["xid"], last["seq"], last["id"])


def _end(since: Position, until: int) -> Position:
    """A first listing has all that was there when it began; what changed while it went on is heard of next."""
    return Position(since.xid if since.is_first else until)


def _entry(site: Site, wanted: Wanted, data: Data | None, row: Any, cards: dict[UUID, str]) -> str:
    path = site.addresses.card(row["name"])
    if data is None:
        return tell("card", site, wanted, path, row)
    if row["id"] not in cards:
        return without(path)  # thrown away since it was listed
    others = Wanted(tuple(name for name in wanted.names if name != DATA))
    card = tag(DATA, words(data.cut(cards[row["id"]])))
    return tell("card", site, others, path, row, extra=card)


async def _write(ask: Ask, data: Data | None, ids: Sequence[UUID]) -> dict[UUID, str]:
    return await write_people(ask.shared, ask.user_id, ids, data.version) if data and ids else {}


def _read_data(root: Element) -> Data | None:
    """None where the cards themselves are not asked for."""
    element = root.find(f"{DAV}prop/{DATA}")
    if element is None:
        return None
    if element.get("content-type", "text/vcard") != "text/vcard" or element.get("version", "3.0") not in VERSIONS:
        raise Refused(403, CARD + "supported-address-data", _("Cards come as vCard 3.0 or 4.0."))
    props = element.findall(CARD + "prop")
    valueless = tuple(prop.get("name", "") for prop in props if prop.get("novalue") == "yes")
    return Data(element.get("version", "3.0"), tuple(prop.get("name", "") for prop in props), valueless)


def _read_limit(element: Element | None, name: str) -> int | None:
    if element is None:
        return None
    number = text_of(element.find(name))
    if not (number.isascii() and number.isdigit() and len(number) < 10 and int(number) > 0):
        raise Invalid(_("The request's limit is no number."))
    return int(number)


def in_parts(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[at : at + size] for at in range(0, len(items), size)]
