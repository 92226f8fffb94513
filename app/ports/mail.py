"""Mail out of the house, by the server that an administrator named.

A mail that fails either surely was not taken, and may be tried again, or nobody knows, and is not: once it was handed
over, a connection that breaks may have broken before the server's yes or after it.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

from app.settings import Security, Settings

SECONDS = 30.0
PORTS = {"starttls": 587, "tls": 465, "none": 25}


class MailError(Exception):
    """`is_certain`: it was surely not taken. The text is the server's own word, cut short."""

    def __init__(self, reason: str, *, is_certain: bool = True) -> None:
        super().__init__(" ".join(reason.split())[:300])
        self.is_certain = is_certain


class Mailer(Protocol):
    async def send(self, message: EmailMessage) -> None:
        """From and to whom its headers say; raises MailError."""


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    security: Security
    user: str | None = None
    password: str | None = None


@dataclass
class FakeMailer:
    """For tests: what was sent, and an error that comes instead."""

    sent: list[EmailMessage] = field(default_factory=list)
    error: Exception | None = None

    async def send(self, message: EmailMessage) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append(message)


class SmtpMailer:
    """A connection for each mail: one a day is no traffic."""

    def __init__(self, server: MailServer, context: ssl.SSLContext | None = None, seconds: float = SECONDS) -> None:
        self.server, self.context, self.seconds = server, context, seconds

    async def send(self, message: EmailMessage) -> None:
        # Imported at its first use: a house without mail does without it.
        import aiosmtplib as smtp

        server = self.server
        connection = smtp.SMTP(
            hostname=server.host, port=server.port, username=server.user, password=server.password,
            use_tls=server.security == "tls", start_tls=server.security == "starttls", tls_context=self.context,
            timeout=self.seconds,
        )  # fmt: skip
        try:
            await connection.connect()
        except (smtp.SMTPException, OSError, ValueError) as error:
            connection.close()
            raise MailError(_told(error)) from None
        try:
            # As it is written: the library would fold its lines anew.
            await connection.sendmail(_address(message["From"]), [_address(message["To"])], message.as_bytes())
        except (smtp.SMTPResponseException, smtp.SMTPRecipientsRefused) as error:
            raise MailError(_told(error)) from None
        except (smtp.SMTPException, OSError) as error:
            raise MailError(_told(error), is_certain=False) from None
        finally:
            connection.close()


def read_server(settings: Settings) -> MailServer | None:
    """None where no mail goes out."""
    if not settings.sends_mail:
        return None
    parts = urlsplit(settings.smtp_url or f"smtp://{settings.smtp_host}")
    security: Security = "tls" if parts.scheme == "smtps" else settings.smtp_security
    user = unquote(parts.username) if parts.username else settings.smtp_user
    password = unquote(parts.password) if parts.password else settings.smtp_password
    port = parts.port or settings.smtp_port or PORTS[security]
    return MailServer(parts.hostname or "", port, security, user, password)


def _address(header: Any) -> str:
    return str(header.addresses[0].addr_spec)


def _told(error: Exception) -> str:
    code, words = getattr(error, "code", ""), str(getattr(error, "message", "") or error)
    recipients = getattr(error, "recipients", None)
    if isinstance(recipients, list) and recipients:
        return _told(recipients[0])
    return f"{code} {words}".strip() or type(error).__name__
