"""Every setting of one Hearth process, read once from the environment and frozen.

Each field is read from ``HEARTH_<FIELD>``; a field that holds a secret may instead name a file by
``HEARTH_<FIELD>_FILE``. ``DATABASE_URL`` and ``REDIS_URL`` also answer without the prefix, as hosts set them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from app.setting_checks import (
    Network,
    SettingsError,
    check_base_url,
    check_blobs_url,
    check_hosts,
    check_mail,
    read_networks,
)

Provider = Literal["minilm", "fake", "none"]
Security = Literal["starttls", "tls", "none"]
LogLevel = Literal["debug", "info", "warning", "error"]
PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    data_dir: Path
    """Where the embedded servers, the files and the secrets live (mode 0700)."""
    host: str = "127.0.0.1"
    """The address the web server listens on."""
    port: int = 8484
    """The port the web server listens on; 0 takes a free one."""
    tls: bool = False
    """Serve HTTPS with a certificate of a local authority, which is made at the first start."""
    tls_cert: str | None = None
    """Serve HTTPS with this certificate instead (a PEM file, with whatever chain belongs to it)."""
    tls_key: str | None = None
    """The file of its private key."""
    base_url: str | None = None
    """The address people type, when a proxy stands in front (https turns on secure cookies); it may end in a path."""
    trusted_proxies: str | None = None
    """Networks of proxies that are believed about their clients, or none; this machine when `base_url` is set."""
    database_url: str | None = None
    """The owner's URL of an external Postgres 18 with pgvector; only migrations and index upkeep use it."""
    app_database_url: str | None = None
    """The web's URL (role hearth_app); derived from `database_url` when empty."""
    worker_database_url: str | None = None
    """The worker's URL (role hearth_worker); derived from `database_url` when empty."""
    redis_url: str | None = None
    """An external Redis or Valkey; embedded when empty."""
    transaction_pooler: bool = False
    """A pooler in transaction mode stands in front of Postgres: no statement is prepared by name."""
    database_connections: int = 6
    """The most connections one process keeps to Postgres, per kind (reading, writing)."""
    embedding: Provider = "minilm"
    """The model of meaning a new house begins with: the embedded one, a stand-in for tests, or nothing at all."""
    setup_code: str | None = None
    """The code the first-run page asks for from other machines; made at start when empty."""
    max_upload_mb: int = 512
    """The largest file that may be uploaded, and how much of one person may wait to be imported, in MiB."""
    max_files_mb: int = 10_240
    """How much the files of one person may take together, the trash included, in MiB."""
    blobs_url: str | None = None
    """Keep the files in a bucket instead: s3://bucket/prefix?endpoint=https://s3.example.org&region=eu; of its own."""
    blobs_key: str | None = None
    """The id of the key to that bucket."""
    blobs_secret: str | None = None
    """The secret of that key."""
    fetch_links: bool = True
    """Whether the page of a link that somebody saves may be fetched for its title and text; people choose it too."""
    fetch_allow: str | None = None
    """Hosts of your own network whose pages may be fetched like any other: nas.home, 192.168.1.10:8080."""
    smtp_url: str | None = None
    """The mail server that the daily digest goes out by: smtp://user:password@mail.example.org:587, smtps://…:465."""
    smtp_host: str | None = None
    """The mail server, told in parts instead."""
    smtp_port: int = 0
    """Its port; 0 takes the usual one: 587, with `tls` 465, with `none` 25."""
    smtp_user: str | None = None
    """Who signs in there; nobody when empty."""
    smtp_password: str | None = None
    """Their password."""
    smtp_security: Security = "starttls"
    """starttls, tls (from the first byte, as smtps:// says), or none, for a server on this machine."""
    smtp_from: str | None = None
    """The address that mails come from; needed, as is `base_url` for their links."""
    backups: bool = True
    """Back up each night (seven are kept) and before each migration, into the data directory."""
    log_level: LogLevel = "info"
    """debug, info, warning or error."""
    app_password: str | None = None
    """Password of hearth_app; generated and kept in the data directory when empty."""
    worker_password: str | None = None
    """Password of hearth_worker; generated and kept in the data directory when empty."""

    @property
    def serves_tls(self) -> bool:
        return self.tls or self.tls_cert is not None

    @property
    def makes_certificates(self) -> bool:
        return self.tls and self.tls_cert is None

    @property
    def scheme(self) -> str:
        return "https" if self.serves_tls else "http"

    @property
    def prefix(self) -> str:
        """The path below which everything lives, as in /hearth; empty at the root of its host."""
        return urlsplit(self.base_url or "").path.rstrip("/")

    @property
    def proxies(self) -> tuple[Network, ...]:
        if self.trusted_proxies is None:
            # Who names an address in front has put a proxy there, and it mostly runs beside us. Others have none.
            return THIS_MACHINE if self.base_url else ()
        return read_networks(self.trusted_proxies)

    @property
    def fetched_hosts(self) -> tuple[str, ...]:
        """What `fetch_allow` names."""
        return tuple(host.strip().lower() for host in (self.fetch_allow or "").split(",") if host.strip())

    @property
    def sends_mail(self) -> bool:
        return bool(self.smtp_url or self.smtp_host)

    @property
    def secrets_dir(self) -> Path:
        return self.data_dir / "secrets"

    @property
    def blobs_dir(self) -> Path:
        return self.data_dir / "blobs"

    @property
    def imports_dir(self) -> Path:
        """What was sent by a browser and is not yet brought in."""
        return self.data_dir / "imports"

    @property
    def exports_dir(self) -> Path:
        """Archives of accounts that wait to be fetched, for a day."""
        return self.data_dir / "exports"

    @property
    def backups_dir(self) -> Path:
        return self.data_dir / "backups"

    @property
    def run_dir(self) -> Path:
        """Pid files, sockets' whereabouts: what only a running instance has."""
        return self.data_dir / "run"


SECRETS = {"database_url", "app_database_url", "worker_database_url", "redis_url", "setup_code",
           "app_password", "worker_password", "blobs_key", "blobs_secret", "smtp_url", "smtp_password"}  # fmt: skip
THIS_MACHINE: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
CHOICES = {"embedding": Provider, "log_level": LogLevel, "smtp_security": Security}
UNPREFIXED = {"database_url": "DATABASE_URL", "redis_url": "REDIS_URL"}


def load_settings(env: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Settings from `env` (the process's own by default); `overrides` that are not None win.

    Raises SettingsError with a sentence naming the variable that cannot be read.
    """
    env = os.environ if env is None else env
    values: dict[str, object] = {}
    for field in fields(Settings):
        raw = _read_variable(env, field.name)
        if raw is not None:
            values[field.name] = _parse(field.name, str(field.type), raw)
    values.setdefault("data_dir", default_data_dir(env))
    values.update({name: value for name, value in overrides.items() if value is not None})
    values["data_dir"] = Path(str(values["data_dir"])).expanduser().absolute()
    for name in ("tls_cert", "tls_key"):
        values[name] = str(Path(str(values[name])).expanduser().absolute()) if values.get(name) else None
    settings = Settings(**values)  # type: ignore[arg-type]
    if (settings.tls_cert is None) is not (settings.tls_key is None):
        raise SettingsError("HEARTH_TLS_CERT and HEARTH_TLS_KEY belong together: name the certificate and its key.")
    check_base_url(settings.base_url)
    check_blobs_url(settings.blobs_url)
    read_networks(settings.trusted_proxies or "none")
    check_hosts(settings.fetched_hosts)
    if settings.sends_mail:
        check_mail(settings.smtp_url, settings.smtp_from, settings.base_url)
    return settings


def default_data_dir(env: Mapping[str, str]) -> Path:
    # Root's home is closed to the user that Postgres runs as, so root's data lives under /var/lib.
    if os.geteuid() == 0:
        return Path("/var/lib/hearth")
    base = env.get("XDG_DATA_HOME") or str(Path(env.get("HOME", "~")).expanduser() / ".local" / "share")
    return Path(base) / "hearth"


def kept_secret(settings: Settings, name: str) -> str:
    """The secret of that name in the data directory (mode 0600), generated at its first use."""
    path = settings.secrets_dir / name
    if not path.exists():
        settings.secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written beside and linked, so that two processes at first start agree on one value.
        draft = path.with_name(f".{name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            return path.read_text().strip()
        finally:
            draft.unlink()
    return path.read_text().strip()


def _read_variable(env: Mapping[str, str], name: str) -> str | None:
    variable = f"HEARTH_{name.upper()}"
    candidates = [variable, UNPREFIXED[name]] if name in UNPREFIXED else [variable]
    for candidate in candidates:
        if env.get(candidate):
            return env[candidate]
        if name in SECRETS and (file := env.get(f"{candidate}_FILE")):
            return _read_secret_file(candidate, file)
    return None


def _read_secret_file(variable: str, file: str) -> str:
    try:
        return Path(file).read_text().strip()
    except OSError as error:
        raise SettingsError(f"{variable}_FILE names {file}, which cannot be read: {error.strerror}.") from None


def _parse(name: str, kind: str, raw: str) -> object:
    variable = f"HEARTH_{name.upper()}"
    if kind == "int":
        if not raw.strip().isdigit():
            raise SettingsError(f"{variable} must be a whole number, not {raw!r}.")
        return int(raw)
    if kind == "bool":
        if raw.lower() not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
            raise SettingsError(f"{variable} must be true or false, not {raw!r}.")
        return raw.lower() in {"1", "true", "yes", "on"}
    if name in CHOICES and raw not in get_args(CHOICES[name]):
        raise SettingsError(f"{variable} must be one of {', '.join(get_args(CHOICES[name]))}, not {raw!r}.")
    return raw
