"""A language model on a socket of the test's own, which says what its script has, and lies in every way it knows.

Its two dialects are one: the chat call of OpenAI, as Ollama speaks it below /v1, answered in pieces.
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-of-the-house"


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    path: str
    body: dict[str, Any]
    raw: bytes
    key: str | None

    @property
    def words(self) -> str:
        return str(self.body["messages"][-1]["content"])


class ModelServer(ThreadingHTTPServer):
    """`how` is what is wrong with it, one for each request and then the last again; `say` makes its text."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hows = ["well"]
        self.say: Callable[[Asked], str] = lambda _asked: '{"word": "hearth"}'
        self.usage: Any = {"prompt_tokens": 40, "completion_tokens": 6, "total_tokens": 46}
        self.asked: list[Asked] = []
        self.released = threading.Event()

    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle is what some tests are about."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def heard(self) -> bytes:
        """All bytes that ever came."""
        return b"".join(asked.raw for asked in self.asked)


class Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        asked = Asked(self.path, json.loads(raw), raw, self.headers["authorization"])
        self.server.asked.append(asked)
        hows = self.server.hows
        how = hows[min(len(self.server.asked), len(hows)) - 1]
        self.close_connection = True
        if how.isdigit():
            self._refuse(int(how))
        elif how == "no schemas" and "response_format" in asked.body:
            self._refuse(400)
        else:
            getattr(self, "_" + how.replace(" ", "_"), self._well)(asked)

    def _refuse(self, status: int) -> None:
        body = json.dumps({"error": {"message": f"No, {KEY}, and not: {self.server.asked[-1].words}"}}).encode()
        self.send_response(status)
        self.send_header("retry-after-ms", "10")
        if status == 302:
            self.send_header("location", "/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _begin(self, kind: str = "text/event-stream", **headers: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("connection", "close")
        self.end_headers()

    def _chunk(self, finish: str | None = None, usage: Any = None, **delta: Any) -> None:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}] if usage is None else []
        told = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
        self.wfile.write(f"data: {json.dumps({**told, 'usage': usage})}\n\n".encode())

    def _end(self) -> None:
        self._chunk("stop")
        if self.server.usage is not None:
            self._chunk(usage=self.server.usage)
        self.wfile.write(b"data: [DONE]\n\n")

    def _well(self, asked: Asked) -> None:
        self._begin()
        text = self.server.say(asked)
        self._chunk(role="assistant", content="")
        for start in range(0, len(text), 7):
            self._chunk(content=text[start : start + 7])
        self._end()

    def _never(self, _asked: Asked) -> None:
        self.server.released.wait(20)

    def _never_ends(self, asked: Asked) -> None:
        self._begin()
        self._chunk(content='{"word"')
        self.wfile.flush()
        self.server.released.wait(20)

    def _cut(self, _asked: Asked) -> None:
        self._begin()
        self._chunk(content='{"word": "hea')

    def _html(self, _asked: Asked) -> None:
        self._begin("text/html")
        self.wfile.write(b"<html><h1>Welcome to nginx!</h1></html>")

    def _broken_chunk(self, _asked: Asked) -> None:
        self._begin()
        self.wfile.write(b'data: {"choices": [{"delta"\n\n')

    def _odd_chunk(self, _asked: Asked) -> None:
        self._begin()
        self.wfile.write(b'data: {"choices": 7}\n\ndata: [1, 2]\n\n')

    def _error_chunk(self, _asked: Asked) -> None:
        self._begin()
        self.wfile.write(b'data: {"error": {"message": "out of memory"}}\n\n')

    def _tools(self, _asked: Asked) -> None:
        self._begin()
        call = {"index": 0, "id": "c", "type": "function", "function": {"name": "delete_all", "arguments": "{}"}}
        self._chunk(content='{"word": "hearth"}')
        self._chunk(tool_calls=[call])
        self._chunk("tool_calls")
        self._end()

    def _huge(self, _asked: Asked) -> None:
        self._begin()
        while True:
            self._chunk(content="word " * 2000)

    def _huge_line(self, _asked: Asked) -> None:
        self._begin()
        self.wfile.write(b'data: {"choices": "')
        while True:
            self.wfile.write(b"x" * 65536)

    def _bomb(self, _asked: Asked) -> None:
        self._begin(content_encoding="gzip")
        self.wfile.write(gzip.compress(b"data: " + b"x" * 2**26))

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.released.set()
        server.shutdown()
