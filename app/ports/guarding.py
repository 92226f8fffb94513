"""Where a request of the house may lead: to pages of the open internet, and to what an administrator named.

The address comes from a person, but a name, a redirect or a resolver may be anybody's. So a name is resolved once, at
the moment of connecting, and the connection goes to the very address that was looked at: between look and connect there
is nothing that could change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

from app.ports.addresses import Resolver, is_odd_number, is_public

PORTS = {80, 443, 8080, 8443}
"""The others are other things' than pages: a request to a mail server is no page, whatever it answers."""

LONGEST_URL = 4000
MOST_ADDRESSES = 3
# A server that names no time is asked again after a minute.
PAUSE = 60.0
# An international name stands in its own letters until it is made into these.
_HOST = re.compile(r"[a-z0-9._:-]+")


class FetchError(Exception):
    """The page does not come. `reason` is one of a few words, for which whoever shows it has a sentence, with
    `detail` (a status, a media type, a host)."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.reason, self.detail = reason, detail


class TryLater(FetchError):
    """It may come in `pause` seconds; `is_told` when the server itself named the time."""

    def __init__(self, reason: str, detail: str = "", pause: float = PAUSE, *, is_told: bool = False) -> None:
        super().__init__(reason, detail)
        self.pause, self.is_told = pause, is_told


def check_url(url: str, allowed: frozenset[str] = frozenset()) -> httpx2.URL:
    """The address as it is asked for. Raises FetchError for what is never asked for, before any name is resolved."""
    try:
        known = httpx2.URL(url.strip().partition("#")[0])
    except (httpx2.InvalidURL, ValueError, UnicodeError):
        raise FetchError("address") from None
    host = known.raw_host.decode("ascii", "replace").lower().rstrip(".")
    if known.scheme not in {"http", "https"}:
        raise FetchError("scheme", known.scheme[:20])
    if not _HOST.fullmatch(host) or len(url) > LONGEST_URL or is_odd_number(host):
        raise FetchError("address")
    if known.userinfo:
        raise FetchError("password")
    port = known.port or {"http": 80, "https": 443}[known.scheme]
    if port not in PORTS and not _is_allowed(host, port, allowed):
        raise FetchError("port", str(port))
    return known


def _is_allowed(host: str, port: int, allowed: frozenset[str]) -> bool:
    return bool({host, f"{host}:{port}", f"[{host}]:{port}"} & allowed)


class Guard(httpcore2.AsyncNetworkBackend):
    """Connects to public addresses alone. The name stays what TLS and the Host header ask for."""

    def __init__(self, allowed: frozenset[str], resolve: Resolver) -> None:
        self._allowed, self._resolve = allowed, resolve
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None,  # noqa: ASYNC109 (httpcore names it)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:  # fmt: skip
        try:
            found = list(await self._resolve(host.rstrip("."), port))
        except (OSError, UnicodeError):
            raise TryLater("name", host[:100]) from None
        public = [address for address in found if _is_allowed(host.lower(), port, self._allowed) or is_public(address)]
        if not public:
            raise FetchError("private", host[:100])
        trouble: Exception = httpcore2.ConnectError()
        for address in public[:MOST_ADDRESSES]:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                trouble = error
        raise trouble
