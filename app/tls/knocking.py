"""Asking our own web server whether it is there, over HTTPS without trusting anybody else's certificate."""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request

from app.settings import Settings
from app.tls.files import files_of

_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME, which Python has no name for


def inner_address(settings: Settings) -> str:
    """Where this machine itself, or a proxy on it, reaches the web server."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 (compared, not bound)
    return f"{settings.scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}/"


def is_answering(settings: Settings, path: str, seconds: float = 2) -> bool:
    address = inner_address(settings) + path
    try:
        context = loopback_context(settings) if settings.serves_tls else None
        with urllib.request.urlopen(address, timeout=seconds, context=context) as answer:  # noqa: S310 (our own)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def loopback_context(settings: Settings) -> ssl.SSLContext:
    """Believes the very certificate that is served here (or the authority that made it), and nothing else.

    It may be made out to another name than 127.0.0.1, and a given one may have run out while it still serves; a
    server that only pretends to be ours has not its key.
    """
    files = files_of(settings)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(files.authority or files.certificate)
    if files.authority is None:
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
    return context
