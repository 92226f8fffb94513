"""`hearth up`: starts the servers, migrates, starts web and worker, and keeps all of them running until told to stop.

This process only watches, so it imports nothing heavy: migration, web and worker are processes of their own.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from types import FrameType

from app.backup.kept import is_due
from app.core.errors import HearthError
from app.embedded.children import start_child, stop_child
from app.embedded.instance import Servers, hold_lock, started, with_urls
from app.settings import Settings
from app.tls.console import opening_words
from app.tls.files import check_given_files, files_of
from app.tls.knocking import is_answering
from app.tls.making import certificate_command

LONGEST_PAUSE = 30.0
QUIET_SECONDS = 60.0
START_SECONDS = 60
RENEWAL_SECONDS = 6 * 3600


def run_everything(settings: Settings, *, first: Sequence[str] = ("migrate",), greeting: str = "") -> None:
    """Returns after a clean stop by SIGINT or SIGTERM. Raises HearthError when something cannot start.

    `first` are the commands that run to their end before anything is served; `greeting` follows the address.
    """
    stop = _Stop()
    settings = replace(settings, port=settings.port or _free_port(settings.host))
    _check_port(settings)
    check_given_files(settings)
    with ExitStack() as stack:
        stack.enter_context(hold_lock(settings))
        servers = stack.enter_context(started(settings))
        settings = with_urls(settings, *servers.urls())
        for command in first:
            _run_to_end(settings, command)
        children = [Keeper(role, lambda role=role: _start_role(settings, role)) for role in ("web", "worker")]  # type: ignore[misc]
        for child in children:
            stack.callback(child.stop)
            child.start()
        nightly = Nightly(settings)
        stack.callback(nightly.stop)
        renewing = Renewing(settings, children[0])
        stack.callback(renewing.stop)
        keepers: list[Keeper | Nightly | Renewing] = [*children, *_server_keepers(servers), nightly, renewing]
        _announce(settings, children[0], stop, greeting)
        _watch(keepers, stop)
        print("Stopping.", flush=True)


class _Stop:
    """Set by SIGINT and SIGTERM; a second signal changes nothing."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


class Keeper:
    """Restarts one process when it dies, at once the first time and ever later while it keeps dying."""

    def __init__(self, name: str, start: Callable[[], subprocess.Popen[bytes]]) -> None:
        self.name = name
        self._start = start
        self.child: subprocess.Popen[bytes] | None = None
        self._pause = 1.0
        self._started_at = 0.0
        self._next_try = 0.0

    def start(self) -> None:
        self.child = self._start()
        self._started_at = time.monotonic()

    def adopt(self, child: subprocess.Popen[bytes] | None) -> Keeper:
        self.child, self._started_at = child, time.monotonic()
        return self

    def look(self) -> None:
        """One look; call it often."""
        now = time.monotonic()
        if self.child is not None and self.child.poll() is not None:
            self._pause = 1.0 if now - self._started_at > QUIET_SECONDS else min(self._pause * 2, LONGEST_PAUSE)
            print(f"{self.name} ended by itself ({_cause(self.child)}); it starts again.", flush=True)
            self.child = None
            self._next_try = now if self._pause <= 2 else now + self._pause / 2
        if self.child is None and now >= self._next_try:
            self._try(now)

    def stop(self) -> None:
        if self.child is not None:
            stop_child(self.child)

    def restart(self) -> None:
        self.stop()
        self.child = None
        self._try(time.monotonic())

    def _try(self, now: float) -> None:
        try:
            self.start()
        except (HearthError, OSError) as error:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            self._next_try = now + self._pause
            print(f"{self.name} could not start: {error}", flush=True)


class Nightly:
    """Starts a backup when one is due, or when a page asks for it by a file; one at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._since = self._tried = datetime.now().astimezone()
        self._child: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """One look; call it often."""
        if self._child is not None and self._child.poll() is None:
            return
        self._child = None
        asked = self._settings.run_dir / "backup-wanted"
        now = datetime.now().astimezone()
        if asked.exists() or (self._settings.backups and self._is_due(now)):
            asked.unlink(missing_ok=True)
            self._tried = now
            command = [sys.executable, "-m", "app", "backup", "--nightly"]
            self._child = start_child(command, env=role_environment(self._settings))

    def stop(self) -> None:
        if self._child is not None:
            stop_child(self._child)

    def _is_due(self, now: datetime) -> bool:
        # A backup that fails is tried again in an hour, not at once.
        rested = now - self._tried > timedelta(hours=1)
        return rested and is_due(self._settings.backups_dir, now, self._since)


class Renewing:
    """Looks at the certificate of a house that runs for years; a renewed one is taken up by a new web process."""

    def __init__(self, settings: Settings, web: Keeper) -> None:
        self._settings, self._web = settings, web
        self._file = files_of(settings).certificate
        self._looked, self._before = time.monotonic(), 0
        self._child: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """One look; call it often."""
        if not self._settings.makes_certificates or (self._child is not None and self._child.poll() is None):
            return
        if self._child is not None and self._stamp() != self._before:
            print("The certificate was renewed; the web server starts again with it.", flush=True)
            self._web.restart()
        self._child = None
        if time.monotonic() - self._looked > RENEWAL_SECONDS:
            self._looked, self._before = time.monotonic(), self._stamp()
            self._child = start_child(certificate_command(self._settings), env=role_environment(self._settings))

    def stop(self) -> None:
        if self._child is not None:
            stop_child(self._child)

    def _stamp(self) -> int:
        return self._file.stat().st_mtime_ns if self._file.exists() else 0


def _server_keepers(servers: Servers) -> list[Keeper]:
    keepers = []
    for name, server in (("Postgres", servers.postgres), ("Valkey", servers.valkey)):
        if server is None:
            continue

        def restart(server=server) -> subprocess.Popen[bytes]:  # type: ignore[no-untyped-def]
            server.start()
            child: subprocess.Popen[bytes] = server.child
            return child

        keepers.append(Keeper(name, restart).adopt(server.child))
    return keepers


def _watch(keepers: Sequence[Keeper | Nightly | Renewing], stop: _Stop) -> None:
    while not stop.asked:
        for keeper in keepers:
            keeper.look()
        time.sleep(0.2)


def _start_role(settings: Settings, role: str) -> subprocess.Popen[bytes]:
    return start_child([sys.executable, "-m", "app", role], env=role_environment(settings))


def _run_to_end(settings: Settings, name: str) -> None:
    command = [sys.executable, "-m", "app", name]
    done = subprocess.run(command, env=role_environment(settings), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise HearthError(done.stderr.strip() or f"`hearth {name}` failed without a word.")


def role_environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables, for a child that serves one role."""
    given = {f"HEARTH_{name.upper()}": getattr(settings, name) for name in Settings.__dataclass_fields__}
    ours = {name: str(value) for name, value in given.items() if value is not None}
    # The model runs its batches side by side, one lane per core: threads inside a product only get in their way.
    return {
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        **os.environ,
        **ours,
        "PYTHONUNBUFFERED": "1",
    }


def _announce(settings: Settings, web: Keeper, stop: _Stop, greeting: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and not stop.asked:
        if web.child is not None and web.child.poll() is not None:
            raise HearthError("The web server ended while starting; its own words are above.")
        if is_answering(settings, "health/live"):
            print("\n".join([*opening_words(settings), *filter(None, [greeting])]), flush=True)
            return
        time.sleep(0.05)
    if not stop.asked:
        raise HearthError(f"The web server did not answer within {START_SECONDS} s.")


def _free_port(host: str) -> int:
    with socket.create_server((host, 0), family=_family(host)) as probe:
        return int(probe.getsockname()[1])


def _check_port(settings: Settings) -> None:
    try:
        socket.create_server((settings.host, settings.port), family=_family(settings.host)).close()
    except OSError as error:
        raise HearthError(
            f"Hearth cannot listen on {settings.host}:{settings.port} ({error.strerror}); name another --port."
        ) from None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _cause(child: subprocess.Popen[bytes]) -> str:
    code = child.returncode
    return f"signal {signal.Signals(-code).name}" if code and code < 0 else f"exit code {code}"
