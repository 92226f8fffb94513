"""Against a real SMTP server: by TLS and without, signed in, refused, cut off; and what is given at the start."""

from __future__ import annotations

import ssl
from email.message import EmailMessage

import pytest

from app.ports.mail import MailError, MailServer, SmtpMailer, read_server
from app.setting_checks import SettingsError
from app.settings import Settings, load_settings
from app.tls.files import read_authority
from app.tls.keeping import keep_certificates
from tests.digest.conftest import Peer, states


@pytest.fixture
def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "hearth@home.example", "alice@example.org", "Grüße"
    message.set_content("Äpfel\n.\nand more\n")
    return message


@pytest.fixture
def certified(tmp_path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's, and one of who trusts it."""
    home = Settings(data_dir=tmp_path, tls=True)
    keep_certificates(home)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(home.secrets_dir / "tls_server.pem")
    return server, ssl.create_default_context(cadata=read_authority(home))


def mailer(port: int, security="none", context=None, user=None, password=None, seconds=5.0) -> SmtpMailer:
    return SmtpMailer(MailServer("127.0.0.1", port, security, user, password), context, seconds)


async def test_a_mail_arrives_as_it_was_written(serve, mail):
    peer = Peer()
    async with serve(peer) as port:
        await mailer(port).send(mail)
    assert peer.envelopes == [("hearth@home.example", ["alice@example.org"])]
    assert peer.got[0]["Subject"] == "Grüße" and peer.got[0].get_content().split() == ["Äpfel", ".", "and", "more"]


# The peer warns that it takes passwords before it has seen TLS.
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_it_goes_by_tls_and_is_signed_in(serve, mail, certified, security):
    peer, (server, client) = Peer(), certified
    how = {"tls": server} if security == "tls" else {"starttls": server}
    async with serve(peer, password="open sesame", **how) as port:
        await mailer(port, security, client, "hearth", "open sesame").send(mail)
        with pytest.raises(MailError) as wrong:
            await mailer(port, security, client, "hearth", "wrong").send(mail)
    assert len(peer.got) == 1 and wrong.value.is_certain and "535" in str(wrong.value)
    assert "wrong" not in str(wrong.value)


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_server_that_nobody_vouches_for_gets_nothing(serve, mail, certified, security):
    peer, (server, _client) = Peer(), certified
    how = {"tls": server} if security == "tls" else {"starttls": server}
    async with serve(peer, **how) as port:
        with pytest.raises(MailError) as error:
            await mailer(port, security).send(mail)
    assert error.value.is_certain and peer.got == []


async def test_where_tls_is_wanted_and_not_offered_nothing_is_said(serve, mail):
    peer = Peer()
    async with serve(peer) as port:
        with pytest.raises(MailError) as error:
            await mailer(port, "starttls").send(mail)
    assert error.value.is_certain and peer.got == []


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
@pytest.mark.parametrize("code", ["450 later", "550 never"])
async def test_what_a_server_refuses_was_surely_not_taken(serve, mail, command, code):
    peer = Peer(answers={command: code})
    async with serve(peer) as port:
        with pytest.raises(MailError) as error:
            await mailer(port).send(mail)
    assert error.value.is_certain and code[:3] in str(error.value) and peer.got == []


@pytest.mark.parametrize("how", ["hangs", "breaks"])
async def test_of_a_server_that_says_nothing_after_the_text_nobody_knows(serve, mail, how):
    async with serve(Peer(**{how: True})) as port:
        with pytest.raises(MailError) as error:
            await mailer(port, seconds=0.5).send(mail)
    assert not error.value.is_certain


async def test_no_server_at_all_is_told(mail, unused_tcp_port_factory=None):
    with pytest.raises(MailError) as error:
        await mailer(1, seconds=2).send(mail)
    assert error.value.is_certain and str(error.value)


async def test_a_digest_goes_the_whole_way_and_a_refusal_is_told(serve, sender, wished, notice, owner):
    await notice("Tea\nBcc: eve@example.org")
    refusing, taking = Peer(answers={"RCPT": "550 no such user here"}), Peer()
    async with serve(refusing) as port:
        assert await sender(by=mailer(port)).run_due() == 0
    assert await states(owner) == [("failed", 1)]
    assert "550 no such user here" in await owner.fetchval("select error from digests")
    await owner.execute("update digests set retry_at = '2026-01-01'")
    async with serve(taking) as port:
        assert await sender(by=mailer(port)).run_due() == 1
    (mail,) = taking.got
    assert taking.envelopes == [("hearth@home.example", ["alice@example.org"])] and mail["Bcc"] is None
    assert mail["List-Unsubscribe"].endswith(">") and b"\r\nList-Unsubscribe: <https://home.example/" in taking.raw[0]
    assert mail["List-Unsubscribe"].startswith("<https://home.example/hearth/digest/stop/")


BASE = {"HEARTH_BASE_URL": "https://home.example/hearth", "HEARTH_SMTP_FROM": "hearth@home.example"}


@pytest.mark.parametrize(("given", "server"), [
    ({"HEARTH_SMTP_URL": "smtp://ana:pass%40word@mail.example:2525"},
     MailServer("mail.example", 2525, "starttls", "ana", "pass@word")),
    ({"HEARTH_SMTP_URL": "smtps://mail.example"}, MailServer("mail.example", 465, "tls")),
    ({"HEARTH_SMTP_HOST": "mail.example", "HEARTH_SMTP_USER": "ana", "HEARTH_SMTP_PASSWORD": "p"},
     MailServer("mail.example", 587, "starttls", "ana", "p")),
    ({"HEARTH_SMTP_HOST": "127.0.0.1", "HEARTH_SMTP_SECURITY": "none"}, MailServer("127.0.0.1", 25, "none")),
])  # fmt: skip
def test_the_server_is_told_by_an_address_or_in_parts(given, server, tmp_path):
    settings = load_settings({**BASE, **given, "HEARTH_DATA_DIR": str(tmp_path)})
    assert settings.sends_mail and read_server(settings) == server


def test_a_password_may_stand_in_a_file(tmp_path):
    (tmp_path / "secret").write_text("p\n")
    given = {"HEARTH_SMTP_HOST": "mail.example", "HEARTH_SMTP_PASSWORD_FILE": str(tmp_path / "secret")}
    server = read_server(load_settings({**BASE, **given}))
    assert server and server.password == "p"


@pytest.mark.parametrize("given", [
    {**BASE, "HEARTH_SMTP_URL": "http://mail.example"}, {**BASE, "HEARTH_SMTP_URL": "smtp://"},
    {**BASE, "HEARTH_SMTP_URL": "smtp://mail.example:99999"}, {**BASE, "HEARTH_SMTP_URL": "smtp://u:secret@m/x"},
    {"HEARTH_SMTP_HOST": "mail.example", "HEARTH_BASE_URL": "https://home.example"},
    {"HEARTH_SMTP_HOST": "mail.example", "HEARTH_SMTP_FROM": "a@b.example"},
    {**BASE, "HEARTH_SMTP_HOST": "m", "HEARTH_SMTP_FROM": "a@b.example\nBcc: c@d.example"},
    {**BASE, "HEARTH_SMTP_HOST": "m", "HEARTH_SMTP_SECURITY": "some"},
])  # fmt: skip
def test_what_cannot_be_used_is_said_without_its_secrets(given):
    with pytest.raises(SettingsError) as error:
        load_settings(given)
    assert "HEARTH_" in str(error.value) and "secret" not in str(error.value)


def test_without_a_server_no_mail_goes_out():
    assert read_server(load_settings({})) is None
