"""As much of an S3 server as Hearth talks to, in memory: objects, parts of them, their list."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

KEY = "the key"


class S3Server(ThreadingHTTPServer):
    """`refuses`: it answers nothing but errors, as one that is out of order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.refuses = False

    def url(self, prefix: str = "house") -> str:
        return f"s3://bucket/{prefix}?endpoint=http://127.0.0.1:{self.server_port}&region=test"


class _Handler(BaseHTTPRequestHandler):
    server: S3Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_given: object) -> None:
        """Tests are quiet."""

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        if self._is_let_in():
            self.server.objects[self._key()] = content, datetime.now(UTC)
            self._answer(200, b"", ETag='"e"')

    def do_GET(self) -> None:
        if not self._is_let_in():
            return
        if "list-type" in parse_qs(urlsplit(self.path).query):
            self._answer(200, self._list(), **{"Content-Type": "application/xml"})
            return
        content, moved = self.server.objects.get(self._key(), (None, None))
        if content is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range", ""))
        start, end = (int(asked[1]), min(int(asked[2]) + 1, len(content))) if asked else (0, len(content))
        given = {"Last-Modified": moved.strftime("%a, %d %b %Y %H:%M:%S GMT"), "ETag": '"e"'}
        if asked:
            given["Content-Range"] = f"bytes {start}-{end - 1}/{len(content)}"
        self._answer(206 if asked else 200, content[start:end], **given)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        if self._is_let_in():
            self.server.objects.pop(self._key(), None)
            self._answer(204, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        if self._is_let_in():
            gone = re.findall(r"<Key>([^<]+)</Key>", body)
            for key in gone:
                self.server.objects.pop(key, None)
            told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in gone)
            self._answer(200, f"<DeleteResult>{told}</DeleteResult>".encode())

    def _is_let_in(self) -> bool:
        if self.server.refuses:
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            return False
        known = f"Credential={KEY}/" in self.headers.get("authorization", "")
        if not known:
            self._answer(403, b"<Error><Code>InvalidAccessKeyId</Code></Error>")
        return known

    def _key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/bucket").lstrip("/")

    def _list(self) -> bytes:
        prefix = parse_qs(urlsplit(self.path).query).get("prefix", [""])[0]
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size><ETag>e</ETag>"
            f"<LastModified>{moved:%Y-%m-%dT%H:%M:%S}.000Z</LastModified></Contents>"
            for key, (content, moved) in sorted(self.objects_below(prefix).items())
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>".encode()

    def objects_below(self, prefix: str) -> dict[str, tuple[bytes, datetime]]:
        return {key: entry for key, entry in self.server.objects.items() if key.startswith(prefix)}

    def _answer(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    with S3Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
