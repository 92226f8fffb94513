"""What a proxy says about its client: believed only from the networks that HEARTH_TRUSTED_PROXIES names.

From anybody else these headers change nothing; but that they are there means that somebody stands in between
(`needs_code` in app/account/controllers.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from app.setting_checks import Network

Address = IPv4Address | IPv6Address
IsProxy = Callable[[str], bool]
_NAMES = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"forwarded")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_PAIR = re.compile(r'([!#$%&\'*+.^_`|~0-9A-Za-z-]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)')
_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+')


@dataclass(frozen=True, slots=True)
class Told:
    """What the proxies wrote, the nearest last; `schemes` and `hosts` may have fewer entries than `hops`."""

    hops: Sequence[str]
    schemes: Sequence[str]
    hosts: Sequence[str]


def believe_proxies(app: ASGIApp, networks: Sequence[Network]) -> ASGIApp:
    @lru_cache(1024)
    def is_proxy(hop: str) -> bool:
        address = read_address(hop)
        return address is not None and any(address in network for network in networks)

    async def believing(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["client"] and is_proxy(scope["client"][0]):
            _believe(scope, is_proxy)
        await app(scope, receive, send)

    return believing


def secure_cookies(app: ASGIApp) -> ASGIApp:
    """Whatever cookie is set over HTTPS, ours or a proxy's, goes back over nothing else."""

    async def securing(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [_secured(name, value) for name, value in message["headers"]]
            await send(message)

        await app(scope, receive, send_secured if scope["scheme"] == "https" else send)

    return securing


def read_address(hop: str) -> Address | None:
    """The address of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`; None for anything else."""
    bare = hop.partition("]")[0].removeprefix("[") if hop.startswith("[") else hop
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _believe(scope: Scope, is_proxy: IsProxy) -> None:
    told = _read(scope)
    at = _outermost(told.hops, is_proxy)
    client = read_address(told.hops[at]) if told.hops else None
    if client is not None:
        scope["client"] = (str(client), 0)
    if (scheme := _entry(told.schemes, told.hops, at)) in {"http", "https"}:
        scope["scheme"] = scheme
    if _HOST.fullmatch(host := _entry(told.hosts, told.hops, at)):
        others = [(name, value) for name, value in scope["headers"] if name != b"host"]
        scope["headers"] = [*others, (b"host", host.encode())]


def _read(scope: Scope) -> Told:
    given = {
        name: ",".join(value.decode("latin-1") for found, value in scope["headers"] if found == name)
        for name in _NAMES
    }  # fmt: skip
    *ours, forwarded = (given[name] for name in _NAMES)
    # The standard's own header is taken only alone: the proxies people run write the other three, and pass on what
    # a client made up here.
    if not any(ours) and forwarded:
        return _read_forwarded(forwarded)
    return Told(*([part.strip() for part in value.split(",") if part.strip()] for value in ours))


def _read_forwarded(value: str) -> Told:
    elements = [
        {name.lower(): text.strip('"') for name, text in _PAIR.findall(element)} for element in _ELEMENT.findall(value)
    ]
    hops, schemes, hosts = ([element.get(name, "") for element in elements] for name in ("for", "proto", "host"))
    return Told(hops, schemes, hosts)


def _outermost(hops: Sequence[str], is_proxy: IsProxy) -> int:
    """The right-most hop that is none of our proxies: what stands to the left of it, anybody may have written."""
    return next((at for at in reversed(range(len(hops))) if not is_proxy(hops[at])), 0)


def _entry(values: Sequence[str], hops: Sequence[str], at: int) -> str:
    """What the proxy that saw this hop wrote; where not each wrote one, what the nearest did."""
    if not values:
        return ""
    return (values[at] if len(values) == len(hops) else values[-1]).lower()


def _secured(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name == b"set-cookie" and b"; secure" not in value.lower():
        return name, value + b"; Secure"
    return name, value
