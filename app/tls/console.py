"""What the console says when a house is open: where it is, and how a phone gets there."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

from app.settings import Settings
from app.tls.files import fingerprint, read_authority
from app.tls.knocking import inner_address
from app.tls.names import is_local, phone_address


def opening_words(settings: Settings) -> Iterator[str]:
    inner = inner_address(settings)
    yield f"Hearth is at {settings.base_url or inner}"
    if settings.base_url and settings.base_url.rstrip("/") != inner.rstrip("/"):
        yield f"A proxy finds it at {inner}"
    phone = phone_address(settings)
    if phone:
        yield f"On your phone: {phone}"
        yield from _qr_code(phone)
    elif settings.serves_tls and not settings.base_url and is_local(settings.host):
        yield f"No phone can reach {settings.host}: add --host 0.0.0.0 to let your network in."
    if (authority := read_authority(settings)) is not None:
        yield f"Each device has to trust this house once; {(phone or inner).rstrip('/')}/help/https tells how."
        yield f"Its fingerprint (SHA-256): {fingerprint(authority)}"


def _qr_code(address: str) -> Iterator[str]:
    """Only for eyes: in a log it would be forty lines of noise."""
    if not sys.stdout.isatty() or not (sys.stdout.encoding or "").lower().startswith("utf"):
        return
    import segno

    drawn = io.StringIO()
    segno.make_qr(address, error="l").terminal(drawn, compact=True)
    # Half blocks in white upon black, said outright: left to the terminal's colours a dark code may turn out light.
    yield from (f"\x1b[97;40m{line}\x1b[0m" for line in drawn.getvalue().splitlines())
