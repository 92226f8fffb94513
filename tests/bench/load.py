"""Load: `wrk` where it is installed, else 16 keep-alive connections from a process of their own."""

from __future__ import annotations

import json
import re
import selectors
import shutil
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

from app.settings import PROJECT

CONNECTIONS = 16
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.I)


def requests_per_second(url: str, seconds: float, cookie: str = "") -> float:
    """Raises RuntimeError when any answer is not a 200."""
    return _wrk(url, seconds, cookie) if shutil.which("wrk") else _own(url, seconds, cookie)


def _wrk(url: str, seconds: float, cookie: str) -> float:
    headers = ["-H", "Accept-Encoding: br, gzip", "-H", f"Cookie: {cookie}"]
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", *headers, url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s*([\d.]+)", told)
    if rate is None or "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"{url} did not answer as it should:\n{told}")
    return float(rate[1])


def _own(url: str, seconds: float, cookie: str) -> float:
    command = [sys.executable, "-m", "tests.bench.load", url, str(seconds), cookie]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{url} did not answer as it should:\n{done.stderr}")
    return float(json.loads(done.stdout)["rate"])


class Client:
    """One connection: a request out, an answer in, and again."""

    def __init__(self, url: str, cookie: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname and parts.port
        self.request = (
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: br, gzip\r\n"
            f"Cookie: {cookie}\r\n\r\n"
        ).encode()
        self.socket = socket.create_connection((parts.hostname, parts.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def send(self) -> None:
        self.received = b""
        self.socket.sendall(self.request)

    def receive(self) -> bool:
        """Whether the answer is complete."""
        self.received += self.socket.recv(262_144)
        head, gap, body = self.received.partition(b"\r\n\r\n")
        if not gap:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"not a 200: {head[:200]!r}")
        length = LENGTH.search(head + b"\r\n")
        return len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n")


def main(url: str, seconds: str, cookie: str) -> None:
    waiting = selectors.DefaultSelector()
    for client in [Client(url, cookie) for _ in range(CONNECTIONS)]:
        waiting.register(client.socket, selectors.EVENT_READ, client)
        client.send()
    began, answered = time.perf_counter(), 0
    until = began + float(seconds)
    while time.perf_counter() < until:
        for key, _ in waiting.select(5):
            if key.data.receive():
                answered += 1
                key.data.send()
    print(json.dumps({"rate": answered / (time.perf_counter() - began)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
