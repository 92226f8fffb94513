"""Where the certificates lie, and whether those that were given can be used. Nothing here but the standard library:
the supervisor and the web server read this too.
"""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import HearthError
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Files:
    """`authority` is the public certificate of our own authority, None where the certificate was given to us."""

    certificate: Path
    key: Path
    authority: Path | None


def files_of(settings: Settings) -> Files:
    if settings.tls_cert and settings.tls_key:
        return Files(Path(settings.tls_cert), Path(settings.tls_key), None)
    # Key and certificate in one file, so that a renewal changes both at once.
    server = settings.secrets_dir / "tls_server.pem"
    return Files(server, server, settings.secrets_dir / "tls_authority.crt")


def authority_key_file(settings: Settings) -> Path:
    return settings.secrets_dir / "tls_authority.pem"


def read_authority(settings: Settings) -> str | None:
    """The authority's certificate for whoever shall trust it; None where there is none."""
    file = files_of(settings).authority if settings.serves_tls else None
    return file.read_text() if file and file.exists() else None


def fingerprint(certificate: str) -> str:
    """As browsers and phones show it: SHA-256 in pairs."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate)).digest().hex(":").upper()


def check_given_files(settings: Settings) -> None:
    """Raises HearthError with a sentence when the files that were named are no certificate and its key."""
    if not settings.tls_cert:
        return
    files = files_of(settings)
    for file in (files.certificate, files.key):
        try:
            file.read_bytes()
        except OSError as error:
            raise HearthError(f"{file} cannot be read ({error.strerror}), so HTTPS cannot be served.") from None
    try:
        # A key with a password would make OpenSSL ask for it on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.key, password=_no_password)
    except ssl.SSLError as error:
        raise HearthError(_what_is_wrong(files, error)) from None


def _no_password() -> str:
    raise HearthError("The private key is protected by a password; give Hearth one without.")


def _what_is_wrong(files: Files, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"{files.key} is not the private key of {files.certificate}, so HTTPS cannot be served."
    return f"{files.certificate} and {files.key} are not a certificate and its private key in PEM form."
