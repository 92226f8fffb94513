"""One page of the internet, fetched for a person who saved its link. No other page is ever asked for.

Where it may lead says app/ports/guarding.py, for each redirect anew. No proxy is asked, no cookie kept.

robots.txt is not read: it speaks to crawlers, which go from link to link. This asks for one page that somebody looked
at a moment ago, as their browser did, and asking twice would be the less polite.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urljoin

import httpcore2
import httpx2

from app.ports.addresses import Resolver, resolve_name
from app.ports.guarding import PAUSE, FetchError, Guard, TryLater, check_url

USER_AGENT = "Mozilla/5.0 (compatible; Hearth/0.1; one page, once, for the person who saved its link)"
REDIRECTS = {301, 302, 303, 307, 308}
MOST_REDIRECTS = 5
PIECE = 1 << 16
# No server may put us off for longer than a day.
LONGEST_PAUSE = 86_400.0

PAGES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
PICTURES = frozenset({"image/png", "image/x-icon", "image/vnd.microsoft.icon", "image/gif", "image/jpeg", "image/webp"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """`seconds` for all of it, redirects too: a server that drips a byte at a time is not waited for."""

    seconds: float = 20.0
    connect_seconds: float = 5.0
    most_bytes: int = 5 * 2**20


@dataclass(frozen=True, slots=True)
class Fetched:
    """`url` is where it was found in the end; `charset` is what its header says."""

    url: str
    media_type: str
    charset: str
    body: bytes


class Fetcher(Protocol):
    async def fetch(self, url: str, types: frozenset[str] = PAGES, bounds: Bounds = ...) -> Fetched: ...


@dataclass
class FakeFetcher:
    """For tests: what each address answers with, and what was asked for."""

    pages: dict[str, Fetched | FetchError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, types: frozenset[str] = PAGES, bounds: Bounds = Bounds()) -> Fetched:
        self.asked.append(url)
        answer = self.pages.get(url, FetchError("status", "404"))
        if isinstance(answer, FetchError):
            raise answer
        if answer.media_type not in types:
            raise FetchError("type", answer.media_type)
        return answer


class HttpFetcher:
    """`allowed` are hosts that an administrator named, with a port or without: they may be anywhere."""

    def __init__(
        self, allowed: Iterable[str] = (), resolve: Resolver | None = None, context: ssl.SSLContext | None = None
    ) -> None:
        self._allowed = frozenset(host.lower().rstrip(".") for host in allowed)
        self._backend = Guard(self._allowed, resolve or resolve_name)
        self._context = context

    async def fetch(self, url: str, types: frozenset[str] = PAGES, bounds: Bounds = Bounds()) -> Fetched:
        """Raises FetchError, or TryLater."""
        try:
            async with asyncio.timeout(bounds.seconds):
                return await self._follow(url, types, bounds)
        except (TimeoutError, httpcore2.TimeoutException):
            raise TryLater("slow") from None
        except (httpcore2.NetworkError, OSError) as error:
            # A certificate that is not believed today may be renewed tomorrow, but hardly in a minute.
            raise TryLater("certificate" if "certificate" in str(error).lower() else "unreachable") from None
        except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, ValueError):
            raise FetchError("garbled") from None

    async def _follow(self, url: str, types: frozenset[str], bounds: Bounds) -> Fetched:
        for _hop in range(MOST_REDIRECTS + 1):
            known = check_url(url, self._allowed)
            answer = await self._ask(known, types, bounds)
            if isinstance(answer, Fetched):
                return answer
            url = urljoin(str(known), answer)
        raise FetchError("redirects")

    async def _ask(self, url: httpx2.URL, types: frozenset[str], bounds: Bounds) -> Fetched | str:
        """What came, or where it is said to be. A connection of its own: what one host left open, no other gets."""
        patience = dict.fromkeys(("connect", "read", "write", "pool"), bounds.connect_seconds)
        target = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        headers = {
            "host": url.netloc.decode(), "user-agent": USER_AGENT, "accept": ", ".join(sorted(types)) + ";q=0.9",
            "accept-encoding": "gzip", "connection": "close",
        }  # fmt: skip
        async with (
            httpcore2.AsyncConnectionPool(self._context, network_backend=self._backend) as pool,
            pool.stream("GET", target, headers=list(headers.items()), extensions={"timeout": patience}) as response,
        ):
            told = {name.decode().lower(): value.decode("latin-1") for name, value in response.headers}
            if response.status in REDIRECTS and "location" in told:
                return told["location"]
            _check_status(response.status, told)
            media_type, charset = _read_type(told)
            if media_type not in types and media_type:
                raise FetchError("type", media_type[:100])
            body = await _read_bounded(response, told.get("content-encoding", ""), bounds.most_bytes)
        return Fetched(str(url), media_type or _guess_type(body, types), charset, body)


def _check_status(status: int, told: Mapping[str, str]) -> None:
    if status == 200:
        return
    if status in {408, 425, 429} or status >= 500:
        named = read_pause(told.get("retry-after", ""), datetime.now(UTC))
        raise TryLater("status", str(status), PAUSE if named is None else named, is_told=named is not None)
    raise FetchError("status", str(status))


def read_pause(told: str, now: datetime) -> float | None:
    """Seconds until the time that Retry-After names, as a number or a date; a day at most."""
    told = told.strip()
    if told.isascii() and told.isdigit():
        return min(LONGEST_PAUSE, float(told[:9]))
    try:
        named = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError):
        return None
    named = named if named.tzinfo else named.replace(tzinfo=UTC)
    return min(LONGEST_PAUSE, max(0.0, (named - now).total_seconds()))


def _read_type(told: Mapping[str, str]) -> tuple[str, str]:
    media_type, *parts = told.get("content-type", "").split(";")
    named = (part.partition("=") for part in parts)
    charsets = [
        value.strip().strip("\"'").lower()[:40] for name, _, value in named if name.strip().lower() == "charset"
    ]
    return media_type.strip().lower(), next(iter(charsets), "")


def _guess_type(body: bytes, types: frozenset[str]) -> str:
    """Of an answer that names none: a page begins with a tag."""
    guess = "text/html" if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" else "application/octet-stream"
    if guess not in types:
        raise FetchError("type", guess)
    return guess


async def _read_bounded(response: httpcore2.Response, encoding: str, most: int) -> bytes:
    """Unpacked a piece at a time, so that a bomb is known before it goes off."""
    if encoding.strip().lower() not in {"", "identity", "gzip", "x-gzip"}:
        raise FetchError("garbled")
    unpack = zlib.decompressobj(31) if "gzip" in encoding.lower() else None
    body = bytearray()
    async for packed in response.aiter_stream():
        try:
            body += unpack.decompress(packed, most + 1 - len(body)) if unpack else packed
        except zlib.error:
            raise FetchError("garbled") from None
        if len(body) > most:
            raise FetchError("size")
    return bytes(body)
