"""A certificate authority for one house, and the certificate that it gives the house.

`cryptography` and not `trustme`, which is made for tests: what matters here is what such an authority may not do. It
may vouch for names and addresses of a home alone (name constraints), and for servers alone, so that whoever stole its
key could not pose as a bank to a phone that trusts it. Imported only where certificates are made and examined: the
processes that serve do without.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.tls.names import Address, Names

AUTHORITY_DAYS = 3652
SERVER_DAYS = 397  # the longest that every browser takes
RENEWED_BEFORE = timedelta(days=30)
# A small machine without a clock of its own may lie behind the phone that looks at its certificate.
_SLACK = timedelta(days=1)
HOME_DOMAINS = ("localhost", "local", "lan", "home", "home.arpa", "internal")
HOME_NETWORKS = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128",
                 "fc00::/7")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def read(cls, pem: bytes) -> Pair:
        """Raises ValueError for what is none."""
        key = load_pem_private_key(pem, None)
        certificate = x509.load_pem_x509_certificate(pem)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
            raise ValueError("a certificate and the key of another")
        return cls(certificate, key)

    def pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + self.public()

    def public(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def make_authority(names: Names, machine: str, now: datetime) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"Hearth at {machine}"[:64])
    builder = _builder(subject, subject, key.public_key(), now, now + timedelta(days=AUTHORITY_DAYS))
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(is_authority=True), critical=True)
        .add_extension(_for_servers(), critical=False)
        .add_extension(_home(names), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(builder.sign(key, hashes.SHA256()), key)


def issue(authority: Pair, names: Names, now: datetime) -> Pair:
    """A server's certificate for those of the names that the authority may vouch for."""
    key = ec.generate_private_key(ec.SECP256R1())
    # From the day before, and 397 days in all.
    until = min(now - _SLACK + timedelta(days=SERVER_DAYS), authority.certificate.not_valid_after_utc)
    builder = _builder(_subject("Hearth"), authority.certificate.subject, key.public_key(), now, until)
    alternatives = [*map(x509.DNSName, sorted(names.dns)), *map(x509.IPAddress, _in_order(names.addresses))]
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_authority=False), critical=True)
        .add_extension(_for_servers(), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    return Pair(builder.sign(authority.key, hashes.SHA256()), key)


def permitted(authority: x509.Certificate, names: Names) -> Names:
    """Those of the names that this authority may vouch for."""
    trees = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    domains = [tree.value for tree in trees if isinstance(tree, x509.DNSName)]
    networks = [tree.value for tree in trees if isinstance(tree, x509.IPAddress)]
    return Names(
        frozenset(name for name in names.dns if _is_below(name, domains)),
        frozenset(a for a in names.addresses if any(a in network for network in networks)),  # type: ignore[operator]
    )


def names_in(certificate: x509.Certificate) -> Names:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return Names(
        frozenset(found.get_values_for_type(x509.DNSName)),
        frozenset(found.get_values_for_type(x509.IPAddress)),  # type: ignore[arg-type]
    )


def is_good_for(server: Pair, authority: Pair, names: Names, now: datetime) -> bool:
    """Whether this certificate may go on serving. A missing IPv6 address alone is no reason: they come and go."""
    there = names_in(server.certificate)
    wanted = {address for address in names.addresses if address.version == 4}
    try:
        server.certificate.verify_directly_issued_by(authority.certificate)
    except (InvalidSignature, ValueError):
        return False
    return lasts(server.certificate, now) and names.dns <= there.dns and wanted <= there.addresses


def lasts(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEWED_BEFORE


def utc_now() -> datetime:
    return datetime.now(UTC)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
    return builder.not_valid_before(now - _SLACK).not_valid_after(until)


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Hearth"),
                      x509.NameAttribute(NameOID.COMMON_NAME, name)])  # fmt: skip


def _home(names: Names) -> x509.NameConstraints:
    """The domains and networks of homes, and what this machine is called by just now."""
    networks = [ip_network(network) for network in HOME_NETWORKS]
    domains = [*HOME_DOMAINS, *(name for name in sorted(names.dns) if not _is_below(name, HOME_DOMAINS))]
    networks += [ip_network(a) for a in _in_order(names.addresses) if not any(a in known for known in networks)]
    return x509.NameConstraints([*map(x509.DNSName, domains), *map(x509.IPAddress, networks)], None)


def _is_below(name: str, domains: Iterable[str]) -> bool:
    return any(f".{name}".endswith(f".{domain}") for domain in domains)


def _in_order(addresses: Iterable[Address]) -> list[Address]:
    return sorted(addresses, key=lambda address: (address.version, int(address)))


def _for_servers() -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority, key_cert_sign=is_authority, crl_sign=is_authority,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
