"""The servers of one data directory: those that run already, those that are external, or started for the while."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from app.core.errors import HearthError
from app.embedded.children import is_alive, process_began
from app.embedded.postgres import Postgres
from app.embedded.valkey import Valkey
from app.settings import Settings, kept_secret


class InstanceError(HearthError):
    """The data directory is somebody else's just now."""


@contextmanager
def instance(settings: Settings) -> Iterator[Settings]:
    """Settings with every URL filled in, valid inside the block.

    What is configured is external and passed through; what a running instance of the same data directory serves
    is used; the rest is started and stopped again with the block.
    """
    # Every command but `up`, which only watches, comes through here before it says its first word.
    from app.core.logging import configure_logging

    configure_logging(settings.log_level)
    running = find_running(settings)
    if running:
        yield with_urls(settings, running["database_url"], running["redis_url"])
    elif settings.database_url and settings.redis_url:
        yield with_urls(settings, settings.database_url, settings.redis_url)
    else:
        with hold_lock(settings), started(settings) as servers:
            yield with_urls(settings, *servers.urls())


class Servers:
    """The embedded servers that this process started."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.postgres = None if settings.database_url else Postgres(settings.data_dir / "postgres")
        self.valkey = None if settings.redis_url else Valkey(settings.data_dir / "valkey")

    def urls(self) -> tuple[str, str]:
        """The owner's database URL and Redis's."""
        database = self._settings.database_url or (self.postgres.url if self.postgres else "")
        redis = self._settings.redis_url or (self.valkey.url if self.valkey else "")
        return database, redis


@contextmanager
def started(settings: Settings) -> Iterator[Servers]:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    servers = Servers(settings)
    with ExitStack() as stack:
        for server in (servers.postgres, servers.valkey):
            if server:
                stack.callback(server.stop)
                server.start()
        stack.enter_context(_announced(settings, servers))
        yield servers


@contextmanager
def hold_lock(settings: Settings) -> Iterator[None]:
    """The data directory is ours until the block ends or we die, however that happens."""
    settings.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (settings.run_dir / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InstanceError(
                f"Hearth is already running on {settings.data_dir}; stop it first, or name another --data-dir."
            ) from None
        yield


def find_running(settings: Settings) -> dict[str, str] | None:
    """The URLs that the instance of this data directory announced, when it is alive."""
    try:
        announced = json.loads((settings.run_dir / "instance.json").read_text())
    except (OSError, json.JSONDecodeError):
        return None
    return announced if is_alive(announced["pid"], announced["began"]) else None


def with_urls(settings: Settings, database_url: str, redis_url: str) -> Settings:
    app = settings.app_password or kept_secret(settings, "app_password")
    worker = settings.worker_password or kept_secret(settings, "worker_password")
    return replace(
        settings,
        database_url=database_url,
        app_database_url=settings.app_database_url or as_role(database_url, "hearth_app", app),
        worker_database_url=settings.worker_database_url or as_role(database_url, "hearth_worker", worker),
        redis_url=redis_url,
    )


def as_role(url: str, role: str, password: str) -> str:
    """The owner's address for another role of the same database."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, f"{role}:{password}@{host}", parts.path, parts.query, parts.fragment))


@contextmanager
def _announced(settings: Settings, servers: Servers) -> Iterator[None]:
    database_url, redis_url = servers.urls()
    path = settings.run_dir / "instance.json"
    settings.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{os.getpid()}")
    _write_private(
        draft,
        json.dumps({"pid": os.getpid(), "began": process_began(os.getpid()), "database_url": database_url,
                    "redis_url": redis_url}),
    )  # fmt: skip
    draft.rename(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
