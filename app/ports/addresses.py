"""Which addresses are the open internet's. All others are somebody's home, machine or network, and none of a page's.

The lists are IANA's special-purpose registries. Python's own `is_global` changed its mind about several of them between
3.11 and 3.13, so it is not asked.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

_CLOSED_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Of IPv6 only this is the internet. Mapped, compatible and NAT64 forms (::ffff:0:0/96, ::/96, 64:ff9b::/96) lie outside
# of it; so do unique local, link-local and multicast addresses.
_OPEN_6 = IPv6Network("2000::/3")
# Within it: Teredo and others that IETF assigned (2001::/23), examples, and 6to4, which all lead elsewhere.
_CLOSED_6 = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_ENDS_IN_NUMBER = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$")


def leaves_the_house(address: str) -> bool:
    """Whether texts would go to another machine that is not plainly on the same network."""
    host = urlsplit(address).hostname or ""
    try:
        return not ip_address(host).is_private
    except ValueError:
        return not (
            host == "localhost" or "." not in host or host.endswith((".local", ".lan", ".internal", ".home.arpa"))
        )


def is_public(address: str) -> bool:
    """Whether the address, as a resolver gave it, is on the open internet and is none of this machine's network."""
    try:
        known = ip_address(address)  # an address with a zone (%eth0) is link-local, hence never public
    except ValueError:
        return False
    return _is_open(known) and not any(
        known in network for network in _own_networks() if network.version == known.version
    )


def _is_open(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    if address.scope_id is not None:
        return False
    return address in _OPEN_6 and not any(address in network for network in _CLOSED_6)


def is_odd_number(host: str) -> bool:
    """Whether a host is a number in a form that is only ever used to hide one: 2130706433, 0x7f.1, 0177.0.0.1."""
    if ":" in host or not _ENDS_IN_NUMBER.search(host):
        return False
    try:
        return str(IPv4Address(host)) != host
    except ValueError:
        return True


@cache
def _own_networks() -> tuple[IPv4Network | IPv6Network, ...]:
    """By IPv6 a whole home stands on the internet's side, behind a router that lets nobody in but lets us out."""
    import psutil

    found: list[IPv4Network | IPv6Network] = []
    for cards in psutil.net_if_addrs().values():
        for card in cards:
            if card.family in (socket.AF_INET, socket.AF_INET6):
                width = 64 if card.family == socket.AF_INET6 else 32
                found.append(ip_network(f"{card.address.partition('%')[0]}/{width}", strict=False))
    return tuple(found)


async def resolve_name(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # What has a zone keeps it, by which it is known as nobody's but the link's.
    return list(dict.fromkeys(str(place[4][0]) for place in found))
