"""PROPFIND: what lies where, and what can be told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg

from app.core.errors import Invalid, NotFound
from app.dav import queries
from app.dav.addresses import Address
from app.dav.answers import XML, Answer, Refused, entry, multistatus
from app.dav.asking import MOST_XML, Ask, read_body
from app.dav.positions import Position, write_token
from app.dav.props import Site, Wanted, path_of, read_wanted, tell
from app.dav.xml import DAV, document, read_xml
from app.web.locale import gettext as _

BELOW = {"root": "principal", "principal": "home", "home": "book"}


async def list_properties(ask: Ask) -> Answer:
    depth = ask.header("depth") or "infinity"
    if depth == "infinity":
        # Who sends none means it; the standard lets us refuse.
        raise Refused(403, DAV + "propfind-finite-depth", _("Ask with a depth of 0 or 1."))
    if depth not in {"0", "1"}:
        raise Invalid(_("The request's depth is none that there is."))
    body = await read_body(ask.request, MOST_XML)
    wanted = read_wanted(read_xml(body) if body else None)
    async with ask.shared.database.reading(ask.user_id) as connection:
        site = await read_site(connection, ask)
        rows = await _rows(connection, ask, depth)
    return multistatus(_entries(ask, site, wanted, depth, rows))


async def refuse_properties(ask: Ask) -> Answer:
    """PROPPATCH: what there is to tell follows from the people themselves."""
    root = read_xml(await read_body(ask.request, MOST_XML))
    names = [
        prop.tag
        for change in root
        if change.tag in {DAV + "set", DAV + "remove"}
        for holder in change.findall(DAV + "prop")
        for prop in holder
    ]
    if not names:
        raise Invalid(_("The request does not say which properties it asks for."))
    inner = entry(ask.addresses.of(ask.address), (), names, status=403)
    return Answer(207, document(DAV + "multistatus", inner).encode(), {"Content-Type": XML})


async def read_site(connection: asyncpg.Connection, ask: Ask) -> Site:
    xid, life, _floor = await queries.read_now(connection, ask.user_id)
    return Site(ask.addresses, ask.name, write_token(ask.user_id, life, Position(xid)))


async def _rows(connection: asyncpg.Connection, ask: Ask, depth: str) -> list[asyncpg.Record]:
    """The cards among what is asked for."""
    if ask.address.place == "card":
        meant = await queries.find_meant(connection, ask.user_id, [ask.address.name])
        found = await queries.list_some(connection, ask.user_id, list(meant.values()))
        if not found:
            raise NotFound(_("There is no such card."))
        return list(found)
    if ask.address.place == "book" and depth == "1":
        return list(await queries.list_members(connection, ask.user_id))
    return []


async def _entries(ask: Ask, site: Site, wanted: Wanted, depth: str, rows: list[asyncpg.Record]) -> AsyncIterator[str]:
    if ask.address.place != "card":
        yield tell(ask.address.place, site, wanted, path_of(site, ask.address))
    below = BELOW.get(ask.address.place)
    if below and depth == "1":
        yield tell(below, site, wanted, path_of(site, Address(below, ask.user_id)))  # type: ignore[arg-type]
    for row in rows:
        yield tell("card", site, wanted, site.addresses.card(row["name"]), row)
