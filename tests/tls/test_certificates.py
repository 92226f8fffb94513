"""An authority for one house: made once, good for homes alone, and its certificates renewed in time."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from app.core.errors import HearthError
from app.settings import Settings, SettingsError, load_settings
from app.tls import names as names_module
from app.tls.authority import Pair, issue, make_authority, names_in, utc_now
from app.tls.files import authority_key_file, check_given_files, files_of, fingerprint, read_authority
from app.tls.keeping import keep_certificates
from app.tls.names import Names, names_of, phone_address

EVERYWHERE = "0.0.0.0"  # noqa: S104 (said, not bound)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, tls=True, host=EVERYWHERE)


@pytest.fixture(autouse=True)
def in_a_lan(monkeypatch):
    monkeypatch.setattr(names_module, "lan_addresses", lambda: [ip_address("192.168.7.4"), ip_address("fd00::4")])
    monkeypatch.setattr(names_module, "_outward_address", lambda: "192.168.7.4")
    monkeypatch.setattr(socket, "gethostname", lambda: "Attic")


def verify(authority: Pair, server: Pair, subject: x509.DNSName | x509.IPAddress) -> None:
    """As a browser would, by a library that enforces name constraints. Raises VerificationError."""
    builder = PolicyBuilder().store(Store([authority.certificate])).time(utc_now())
    builder.build_server_verifier(subject).verify(server.certificate, [])


def test_the_certificate_holds_for_every_name_of_this_machine(home):
    kept = keep_certificates(replace(home, base_url="https://hearth.home.arpa:8484/"))
    found = names_in(kept.server.certificate)
    assert found.dns == {"localhost", "attic", "attic.local", "hearth.home.arpa"}
    assert found.addresses == {ip_address(a) for a in ("127.0.0.1", "::1", "192.168.7.4", "fd00::4")}
    for name in found.dns:
        verify(kept.authority, kept.server, x509.DNSName(name))
    for address in found.addresses:
        verify(kept.authority, kept.server, x509.IPAddress(address))


def test_the_authority_lasts_ten_years_and_its_certificates_as_long_as_browsers_take(home):
    kept = keep_certificates(home)
    authority, server = kept.authority.certificate, kept.server.certificate
    assert authority.not_valid_after_utc - utc_now() > timedelta(days=3650)
    assert timedelta(days=390) < server.not_valid_after_utc - server.not_valid_before_utc <= timedelta(days=397)
    assert authority.public_key().curve.name == "secp256r1"
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


@pytest.mark.parametrize("subject", [x509.DNSName("bank.example"), x509.IPAddress(ip_address("203.0.113.9"))])
def test_whoever_stole_the_authority_s_key_could_pose_as_nobody_on_the_internet(home, subject):
    authority = keep_certificates(home).authority
    dns = frozenset({subject.value} if isinstance(subject, x509.DNSName) else set())
    forged = issue(authority, Names(dns, frozenset({subject.value} - dns)), utc_now())
    with pytest.raises(VerificationError):
        verify(authority, forged, subject)


def test_what_is_kept_is_closed_to_others_and_kept(home):
    first, second = keep_certificates(home), keep_certificates(home)
    assert first.authority.certificate == second.authority.certificate
    assert first.server.certificate == second.server.certificate
    files = sorted(path.name for path in home.secrets_dir.iterdir())
    assert files == ["tls_authority.crt", "tls_authority.pem", "tls_server.pem"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in home.secrets_dir.iterdir())


def test_the_public_file_holds_no_private_key(home):
    kept = keep_certificates(home)
    public = read_authority(home)
    assert public == kept.authority.certificate.public_bytes(Encoding.PEM).decode()
    assert "PRIVATE" not in public
    assert "PRIVATE" in authority_key_file(home).read_text()
    assert len(fingerprint(public)) == 95


@pytest.mark.parametrize("days", [368, 400, 500])
def test_a_certificate_is_renewed_a_month_before_it_runs_out(home, days):
    first = keep_certificates(home)
    later = keep_certificates(home, utc_now() + timedelta(days=days))
    assert later.server.certificate != first.server.certificate
    assert later.authority.certificate == first.authority.certificate


def test_a_certificate_is_left_alone_while_it_lasts(home):
    first = keep_certificates(home)
    assert keep_certificates(home, utc_now() + timedelta(days=364)).server.certificate == first.server.certificate


def test_a_new_address_makes_a_new_certificate_and_a_vanished_one_does_not(home, monkeypatch):
    first = keep_certificates(home)
    monkeypatch.setattr(names_module, "lan_addresses", lambda: [ip_address("192.168.9.9")])
    second = keep_certificates(home)
    assert ip_address("192.168.9.9") in names_in(second.server.certificate).addresses
    assert second.authority.certificate == first.authority.certificate
    monkeypatch.setattr(names_module, "lan_addresses", list)
    assert keep_certificates(home).server.certificate == second.server.certificate


def test_another_ipv6_address_alone_is_no_reason(home, monkeypatch):
    first = keep_certificates(home)
    here = [ip_address("192.168.7.4"), ip_address("fd00::99")]
    monkeypatch.setattr(names_module, "lan_addresses", lambda: here)
    assert keep_certificates(home).server.certificate == first.server.certificate


def test_a_certificate_of_another_authority_or_none_is_replaced(home, tmp_path):
    keep_certificates(home)
    file = files_of(home).certificate
    stranger = make_authority(names_of(home), "elsewhere", utc_now())
    for content in (issue(stranger, names_of(home), utc_now()).pem(), b"nonsense", b""):
        file.write_bytes(content)
        kept = keep_certificates(home)
        verify(kept.authority, kept.server, x509.DNSName("attic"))
        assert file.read_bytes() == kept.server.pem()


def test_a_name_that_came_later_and_lies_outside_is_left_out_and_named(home):
    keep_certificates(home)
    kept = keep_certificates(replace(home, base_url="https://hearth.example.org/"))
    assert kept.left_out == ("hearth.example.org",)
    assert "hearth.example.org" not in names_in(kept.server.certificate).dns


def test_an_authority_that_cannot_be_read_is_not_silently_replaced(home):
    keep_certificates(home)
    authority_key_file(home).write_text("torn")
    with pytest.raises(HearthError, match="Put it back from a backup"):
        keep_certificates(home)


def test_an_authority_at_its_end_is_followed_by_another(home):
    first = keep_certificates(home)
    later = utc_now() + timedelta(days=3640)
    second = keep_certificates(home, later)
    assert second.authority.certificate != first.authority.certificate
    assert read_authority(home) == second.authority.public().decode()
    assert second.server.certificate.not_valid_after_utc > later + timedelta(days=300)


@pytest.mark.parametrize(("given", "address"), [
    ({"host": "127.0.0.1"}, None),
    ({"host": "::1"}, None),
    ({"host": "localhost"}, None),
    ({"host": EVERYWHERE}, "https://192.168.7.4:8484/"),
    ({"host": "192.168.7.5"}, "https://192.168.7.5:8484/"),
    ({"host": "fd00::4"}, "https://[fd00::4]:8484/"),
    ({"host": EVERYWHERE, "tls": False}, "http://192.168.7.4:8484/"),
    ({"host": "127.0.0.1", "base_url": "https://home.example.org/hearth/"}, "https://home.example.org/hearth/"),
    ({"host": EVERYWHERE, "base_url": "http://localhost:9000/"}, None),
])  # fmt: skip
def test_the_phone_is_told_the_address_that_reaches_here(home, given, address):
    assert phone_address(replace(home, **given)) == address


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    kept = keep_certificates(Settings(data_dir=tmp_path / "other", tls=True))
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    certificate.write_bytes(kept.server.public())
    key.write_bytes(kept.server.pem())
    return certificate, key


def test_given_files_that_fit_are_taken(home, pair):
    given = replace(home, tls_cert=str(pair[0]), tls_key=str(pair[1]))
    check_given_files(given)
    assert read_authority(given) is None
    assert not given.makes_certificates


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda cert, key: cert.unlink(), "cert.pem cannot be read"),
    (lambda cert, key: key.unlink(), "key.pem cannot be read"),
    (lambda cert, key: cert.write_text("nonsense"), "not a certificate and its private key"),
    (lambda cert, key: key.write_text("nonsense"), "not a certificate and its private key"),
    (lambda cert, key: key.write_bytes(make_authority(Names(frozenset(), frozenset()), "x", utc_now()).pem()),
     "is not the private key of"),
])  # fmt: skip
def test_given_files_that_do_not_fit_are_refused_with_a_sentence(home, pair, spoil, words):
    spoil(*pair)
    with pytest.raises(HearthError, match=words):
        check_given_files(replace(home, tls_cert=str(pair[0]), tls_key=str(pair[1])))


def test_a_key_with_a_password_is_refused_and_never_asked_for(home, pair):
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, PrivateFormat

    key = Pair.read(pair[1].read_bytes()).key
    pair[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    with pytest.raises(HearthError, match="protected by a password"):
        check_given_files(replace(home, tls_cert=str(pair[0]), tls_key=str(pair[1])))


@pytest.mark.parametrize("env", [{"HEARTH_TLS_CERT": "a.pem"}, {"HEARTH_TLS_KEY": "a.pem", "HEARTH_TLS": "1"}])
def test_one_file_without_the_other_is_refused_with_a_sentence(env):
    with pytest.raises(SettingsError, match="belong together"):
        load_settings(env)
