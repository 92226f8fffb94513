"""The address book over HTTP: all below /dav is one application of its own, since routes know nothing of its verbs.

No guard of the pages stands before it. It signs in by itself, from the Authorization header alone: without a cookie
there is nothing that another site could make a browser do. It answers no CORS request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog
from litestar import Request, asgi
from litestar.types import Message, Receive, Scope, Send

from app.core.errors import HearthError, NotFound, TokenNeeded, TooMany
from app.dav.addresses import ROOT, Address, Addresses, read_address
from app.dav.answers import Answer, Refused, refuse, send_answer
from app.dav.asking import Ask, path_of
from app.dav.listing import list_properties, refuse_properties
from app.dav.reports import report
from app.dav.signing_in import CHALLENGE, sign_in
from app.dav.storing import delete_card, get_card, put_card
from app.dav.xml import DAV
from app.web.locale import choose_locale, use_locale
from app.web.locale import gettext as _
from app.web.shared import Shared

log = structlog.get_logger()
Verb = Callable[[Ask], Awaitable[Answer]]
ANYWHERE: dict[str, Verb] = {"PROPFIND": list_properties, "PROPPATCH": refuse_properties, "REPORT": report}
OF_CARD: dict[str, Verb] = {"GET": get_card, "HEAD": get_card, "PUT": put_card, "DELETE": delete_card}
MAKING = {"MKCOL", "MKCALENDAR"}


@asgi("/dav", is_mount=True, copy_scope=True, opt={"public": True})
async def serve_address_book(scope: Scope, receive: Receive, send: Send) -> None:
    request: Request[Any, Any, Any] = Request(scope, receive=receive, send=send)
    use_locale(choose_locale(request.headers.get("accept-language", "")), "UTC")
    headless, has_begun = request.scope["method"] == "HEAD", False

    async def send_on(message: Message) -> None:
        nonlocal has_begun
        has_begun = True
        await send(message)

    try:
        await send_answer(send_on, await _answer(request, _shared(request)), headless=headless)
    except (HearthError, OSError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError) as error:
        if has_begun:
            raise
        await send_answer(send, _refuse(error), headless=headless)


def _refuse(error: Exception) -> Answer:
    if isinstance(error, HearthError):
        return refuse(error, _headers(error))
    log.error("carddav.failed", error=type(error).__name__)
    return Answer(503, b"", {"Retry-After": "60"})


@asgi("/.well-known/carddav", copy_scope=True, opt={"public": True})
async def lead_to_address_book(scope: Scope, receive: Receive, send: Send) -> None:
    """RFC 6764: where a client that knows the house's name alone finds the book."""
    await send_answer(send, Answer(301, b"", {"Location": ROOT}))


async def _answer(request: Request[Any, Any, Any], shared: Shared) -> Answer:
    method, path = str(request.scope["method"]), path_of(request.scope)
    address = read_address(path)
    if method == "OPTIONS":
        # To everybody the same, whatever lies there.
        return Answer(200, b"", {"Allow": ", ".join(_allowed(address))})
    client = request.client.host if request.client else ""
    who = await sign_in(shared.database, request.headers.get("authorization", ""), client)
    if address is None or address.user_id not in {None, who.user_id}:
        raise NotFound(_("There is nothing here."))
    addresses = Addresses(shared.settings.prefix, who.user_id)
    ask = Ask(request, shared, who.user_id, who.name, address, addresses)
    return await _verb(ask)(ask)


def _verb(ask: Ask) -> Verb:
    if ask.method in MAKING:
        raise Refused(403, DAV + "resource-must-be-null", _("There is one book for each person, and no other."))
    found = ANYWHERE.get(ask.method) or (OF_CARD.get(ask.method) if ask.address.place == "card" else None)
    if found is None:
        raise NotAllowed(_("That cannot be done here."), ask.address)
    return found


class NotAllowed(HearthError):
    status = 405

    def __init__(self, message: str, address: Address) -> None:
        super().__init__(message)
        self.allowed = _allowed(address)


def _allowed(address: Address | None) -> list[str]:
    is_card = address is None or address.place == "card"
    return ["OPTIONS", *ANYWHERE, *(OF_CARD if is_card else ())]


def _headers(error: HearthError) -> dict[str, str]:
    if isinstance(error, TokenNeeded):
        return dict(CHALLENGE)
    if isinstance(error, TooMany):
        return {"Retry-After": "900"}
    return {"Allow": ", ".join(error.allowed)} if isinstance(error, NotAllowed) else {}


def _shared(request: Request[Any, Any, Any]) -> Shared:
    """As the routes are given it; what is mounted gets no dependencies."""
    provided: Any = request.app.dependencies["shared"]
    shared: Shared = provided.dependency()
    return shared


ROUTES = [serve_address_book, lead_to_address_book]
