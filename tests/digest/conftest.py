"""What was noticed for a day, and a worker that mails it; a mail server that says what it is told to say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from app.digest.sending import DigestSender, Post
from app.kinds import KINDS
from app.ports.mail import FakeMailer, Mailer
from tests.conftest import write

MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)
POST = Post("hearth@home.example", "https://home.example/hearth")
WHOSE = "update users set digest_mail = true, digest_at = '07:00', digest_from = null where id = $1"


@pytest.fixture
def mailer() -> FakeMailer:
    return FakeMailer()


@pytest.fixture
def sender(worker_database, mailer, monkeypatch):
    monkeypatch.setattr("app.digest.sending.LOOK_SECONDS", 0.0)

    def make(at: datetime = MORNING, name: str = "tests", by: Mailer | None = None) -> DigestSender:
        return DigestSender(worker_database, by or mailer, POST, KINDS, name, lambda: at)

    return make


@pytest.fixture
async def wished(owner, alice) -> None:
    await owner.execute(WHOSE, alice.id)


@pytest.fixture
def notice(database, alice):
    """Of notes with these titles: that they were written on this day of other years."""

    async def keep(*titles: str, key: str = "a", person=alice, **columns) -> UUID:
        notes = [await write(database, person, title, **columns) for title in titles]
        async with database.reading(person.id) as connection:
            made = await connection.fetchval(
                "insert into insights (user_id, kind, key, facts, confidence, priority, valid_from) "
                "values ($1, 'on_this_day', $2, $3, 1, 1, '2026-11-01') returning id",
                person.id, key, json.dumps({"years": 2}),
            )  # fmt: skip
            for place, note in enumerate(notes, 1):
                await connection.execute(
                    "insert into insight_evidence (user_id, insight_id, record_id, place, is_core) "
                    "values ($1, $2, $3, $4, false)", person.id, made, note, place,
                )  # fmt: skip
        return UUID(str(made))

    return keep


async def states(owner) -> list[tuple[str, int]]:
    rows = await owner.fetch("select state, attempts from digests order by day, user_id")
    return [(row[0], row[1]) for row in rows]


def parts(mail: EmailMessage) -> tuple[str, str]:
    """As text, and as HTML."""
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text and html
    return text.get_content(), html.get_content()


@dataclass
class Peer:
    """A real SMTP server's hands: `answers` by command instead of a yes; `hangs` says nothing after the text."""

    answers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    breaks: bool = False
    got: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:  # noqa: N802 (aiosmtpd's name)
        if "RCPT" not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server, _session, envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        if self.breaks:
            server.transport.abort()
        if self.hangs:
            await asyncio.sleep(5)
        if "DATA" not in self.answers:
            self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
            self.raw.append(envelope.content)
            self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answers.get("DATA", "250 OK")


@pytest.fixture
def serve() -> Callable:
    """A server on a free port, which it yields."""

    @asynccontextmanager
    async def listen(peer: Peer, *, tls=None, starttls=None, password: str = "") -> AsyncIterator[int]:
        def check(_server, _session, _envelope, _mechanism, data) -> AuthResult:
            is_good = (data.login, data.password) == (b"hearth", password.encode())
            return AuthResult(success=is_good, handled=False)

        options = {"authenticator": check, "auth_required": True, "auth_require_tls": False} if password else {}
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(
                peer, hostname="mail.example", loop=loop, tls_context=starttls, require_starttls=bool(starttls),
                **options,
            ),
            "127.0.0.1", 0, ssl=tls,
        )  # fmt: skip
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()

    return listen
