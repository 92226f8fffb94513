"""Under which names and addresses this machine is reached at home."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from app.settings import Settings

Address = IPv4Address | IPv6Address
# Bridges to containers and virtual machines, which come and go and lead no phone here.
_INWARD = re.compile(r"docker\d+|br-[0-9a-f]{12}|veth.*|virbr\d+.*|cni.*|podman\d+")
_DNS_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Names:
    dns: frozenset[str]
    addresses: frozenset[Address]


def names_of(settings: Settings) -> Names:
    """Everything that a browser may have in its address bar when it means this house."""
    machine = socket.gethostname().lower()
    given = ["localhost", machine, f"{machine.partition('.')[0]}.local", settings.host]
    given.append(urlsplit(settings.base_url or "").hostname or "")
    addresses = {ip_address("127.0.0.1"), ip_address("::1"), *lan_addresses()}
    addresses |= {address for name in given if (address := _as_address(name)) and not address.is_unspecified}
    return Names(frozenset(name for name in given if _is_dns_name(name)), frozenset(addresses))


def lan_addresses() -> list[Address]:
    """Of every interface that is up; IPv6 only where it is private, since the others change from day to day."""
    import psutil

    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    found = (
        address
        for name, cards in psutil.net_if_addrs().items()
        if name in up and not _INWARD.fullmatch(name)
        for card in cards
        if card.family in (socket.AF_INET, socket.AF_INET6) and (address := _as_address(card.address))
    )
    return sorted({address for address in found if _is_of_a_lan(address)}, key=lambda a: (a.version, int(a)))


def phone_address(settings: Settings) -> str | None:
    """Where a phone in the same network finds this house; None when it cannot."""
    base = urlsplit(settings.base_url or "")
    if base.hostname and not is_local(base.hostname):
        return str(settings.base_url)
    if settings.base_url or is_local(settings.host):
        return None
    host = next(_reachable(settings.host), None)
    return f"{settings.scheme}://{host}:{settings.port}/" if host else None


def is_local(host: str) -> bool:
    """Whether a browser takes this host for its own machine, and so for safe without HTTPS."""
    address = _as_address(host.strip("[]"))
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def _reachable(host: str) -> Iterator[str]:
    if host not in {"0.0.0.0", "::"}:  # noqa: S104 (compared, not bound)
        yield f"[{host}]" if ":" in host else host
        return
    if (outward := _outward_address()) is not None:
        yield outward
    yield from (str(address) for address in lan_addresses() if address.version == 4)


def _outward_address() -> str | None:
    """The address by which this machine goes out, which is mostly the one a phone sees. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = ip_address(probe.getsockname()[0])
    return None if address.is_loopback or address.is_unspecified else str(address)


def _is_of_a_lan(address: Address) -> bool:
    if address.is_loopback or address.is_link_local:
        return False
    return address.version == 4 or address.is_private


def _as_address(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _is_dns_name(name: str) -> bool:
    return _as_address(name) is None and _DNS_NAME.fullmatch(name) is not None
