"""Which name passkeys are made for (WebAuthn's relying party): the host's of the settings' base_url, or the request's.

A browser makes and offers a passkey for one host's name alone, over https or on its own machine, never for a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from litestar import Request

from app.settings import Settings

LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
HOST_NAME = re.compile(rf"{LABEL}(\.{LABEL})*")
LONGEST_NAME = 253
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """`id` is empty where there can be no passkeys; `instead` is then the same house under a name that can."""

    id: str = ""
    origin: str = ""
    instead: str = ""


def find_relying_party(request: Request[Any, Any, Any], settings: Settings) -> RelyingParty:
    return relying_party(settings.base_url or f"{request.url.scheme}://{request.headers.get('host', '')}")


@lru_cache(64)
def relying_party(address: str) -> RelyingParty:
    try:
        parts = urlsplit(address.lower())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return RelyingParty()
    if _is_number(host):
        return RelyingParty(instead=_origin(parts, "localhost", port) if ip_address(host).is_loopback else "")
    known = parts.scheme in PORTS and parts.netloc in {host, f"{host}:{port}"}
    if not known or not _is_trusted(parts.scheme, host) or not HOST_NAME.fullmatch(host) or len(host) > LONGEST_NAME:
        return RelyingParty()
    return RelyingParty(host, _origin(parts, host, port))


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_trusted(scheme: str, host: str) -> bool:
    """Whether browsers take it for a secure context."""
    return scheme == "https" or host == "localhost" or host.endswith(".localhost")


def _origin(parts: SplitResult, host: str, port: int | None) -> str:
    """As browsers write it: without the port that the scheme has anyway."""
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != PORTS.get(parts.scheme) else "")
