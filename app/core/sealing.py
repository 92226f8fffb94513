"""What must be kept but not read by whoever sees the database: sealed with a key of the data directory."""

from __future__ import annotations

from app.core.errors import HearthError
from app.settings import Settings, kept_secret


class Unreadable(HearthError):
    """Sealed with another key: the data directory's secrets are not those that it was written with."""


def seal(settings: Settings, text: str) -> str:
    """Empty stays empty."""
    from cryptography.fernet import Fernet  # 10 MB, which only those pay who keep a key

    return Fernet(_key(settings)).encrypt(text.encode()).decode() if text else ""


def unseal(settings: Settings, sealed: str) -> str:
    """Raises Unreadable, as after a restore into another data directory."""
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(_key(settings)).decrypt(sealed).decode() if sealed else ""
    except InvalidToken:
        raise Unreadable("The key was sealed in another data directory; type it again.") from None


def _key(settings: Settings) -> bytes:
    # 32 bytes in URL-safe base64 without the padding that Fernet expects.
    return kept_secret(settings, "sealing_key").encode() + b"="
