"""One request of a client, read no further than it is allowed to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from litestar import Request
from litestar.types import Receive, Scope

from app.core.errors import Invalid, TooLarge
from app.dav.addresses import Address, Addresses
from app.web.locale import gettext as _
from app.web.shared import Shared

# Ten thousand cards by their names.
MOST_XML = 4 * 2**20
# A card with a picture of a few megapixels.
MOST_CARD = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Ask:
    """`address` is what is asked for; it is the asker's own, and there may be nothing there yet."""

    request: Request[Any, Any, Any]
    shared: Shared
    user_id: UUID
    name: str
    address: Address
    addresses: Addresses

    @property
    def method(self) -> str:
        return str(self.request.scope["method"])

    def header(self, name: str) -> str:
        return self.request.headers.get(name, "")


def path_of(scope: Scope) -> str:
    """As it was sent, quoted, below the house's own path."""
    raw = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0]


async def read_body(request: Request[Any, Any, Any], most: int) -> bytes:
    """Raises TooLarge before more than that has been kept."""
    too_large = TooLarge(_("At most %(most)s MB can be sent at once.") % {"most": most // 2**20})
    told = request.headers.get("content-length", "0")
    if not (told.isascii() and told.isdigit()):
        raise Invalid(_("The request does not say how long it is."))
    if int(told) > most:
        raise too_large
    body = bytearray()
    receive: Receive = request.receive
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Invalid(_("The request broke off."))
        body += cast("bytes", message.get("body", b""))
        if len(body) > most:
            raise too_large
        if not message.get("more_body"):
            return bytes(body)
