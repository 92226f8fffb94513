"""What a setting must be like: each check says in one sentence what cannot be used."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?")
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]+@[A-Za-z0-9.-]+")


class SettingsError(Exception):
    """A setting that cannot be used; the text is one sentence for the person who set it."""


def check_base_url(url: str | None) -> None:
    if url is None:
        return
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment or not _PREFIX.fullmatch(parts.path.rstrip("/")):
        raise SettingsError(
            f"HEARTH_BASE_URL must be an address as in https://home.example.org/ or https://home.example.org/hearth/, "
            f"not {url!r}."
        )


def check_blobs_url(url: str | None) -> None:
    parts = urlsplit(url or "s3://none")
    if parts.scheme != "s3" or not parts.netloc or parts.fragment or "@" in parts.netloc:
        raise SettingsError(
            f"HEARTH_BLOBS_URL must be an address as in s3://bucket/prefix?endpoint=https://s3.home.net, not {url!r}."
        )


def read_networks(networks: str) -> tuple[Network, ...]:
    """From `10.0.0.0/8, fd00::1`; `none` is nobody."""
    named = [] if networks.strip().lower() == "none" else [part.strip() for part in networks.split(",")]
    try:
        return tuple(ip_network(part, strict=False) for part in named)
    except ValueError:
        raise SettingsError(
            f"HEARTH_TRUSTED_PROXIES must be networks as in 127.0.0.1, 172.16.0.0/12, or none, not {networks!r}."
        ) from None


def check_hosts(hosts: tuple[str, ...]) -> None:
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise SettingsError(f"HEARTH_FETCH_ALLOW must be hosts as in nas.home, 192.168.1.10:8080, not {host!r}.")


def check_mail(url: str | None, sender: str | None, base_url: str | None) -> None:
    """The URL is not repeated: it may hold a password."""
    try:
        parts = urlsplit(url or "smtp://host")
        known = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known or parts.path.strip("/") or parts.query:
        raise SettingsError("HEARTH_SMTP_URL must be an address as in smtp://user:password@mail.example.org:587.")
    if not _ADDRESS.fullmatch(sender or ""):
        raise SettingsError("HEARTH_SMTP_FROM must be the address that mails come from, as in hearth@example.org.")
    if not base_url:
        raise SettingsError("Mails hold links to this house: set HEARTH_BASE_URL to the address that people type.")
