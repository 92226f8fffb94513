"""A reverse proxy as small as one can be: with the prefix taken off before it asks, or passed on."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Proxy(ThreadingHTTPServer):
    """`upstream` is set once the house behind is open; `strip` is what it takes off each path."""

    # Closing waits for every answer on its way, so that no socket outlives the test.
    daemon_threads = False
    upstream = ""

    def __init__(self, prefix: str, *, strip: bool) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.prefix, self.strip = prefix, strip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{self.prefix}/"


class Passing(BaseHTTPRequestHandler):
    server: Proxy

    def do_GET(self) -> None:
        if not (self.path + "/").startswith(self.server.prefix + "/"):
            self._answer(404, [], b"not below the prefix")
            return
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = self.path.removeprefix(self.server.prefix) if self.server.strip else self.path
        headers = {**dict(self.headers.items()), "X-Forwarded-For": self.client_address[0], "X-Forwarded-Proto": "http"}
        upstream = urlsplit(self.server.upstream).netloc
        with closing(http.client.HTTPConnection(upstream, timeout=20)) as connection:
            connection.request(self.command, path or "/", body, headers)
            answer = connection.getresponse()
            self._answer(answer.status, answer.getheaders(), answer.read())

    do_POST = do_GET  # noqa: N815 (what http.server calls)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        return


@contextmanager
def proxy_at(prefix: str, *, strip: bool) -> Iterator[Proxy]:
    proxy = Proxy(prefix, strip=strip)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield proxy
    proxy.shutdown()
    proxy.server_close()
    thread.join(10)
