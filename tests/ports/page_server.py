"""A server of the test's own that answers, byte for byte, what it is told to."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field


def page(body: str | bytes, content_type: str = "text/html; charset=utf-8", **headers: str) -> bytes:
    said = body.encode() if isinstance(body, str) else body
    lines = [f"Content-Type: {content_type}", f"Content-Length: {len(said)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("HTTP/1.1 200 OK\r\n" + "\r\n".join(lines) + "\r\n\r\n").encode() + said


def answer(status: str, **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Length: 0", *(f"{n.replace('_', '-')}: {v}" for n, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass
class PageServer:
    """`answers` by path; `asked` are the requests as they came, their first lines in `paths`."""

    port: int = 0
    answers: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    is_over: bool = False
    _at_work: set[asyncio.Task[None] | None] = field(default_factory=set)

    @property
    def paths(self) -> list[str]:
        return [request.split(" ")[1] for request in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._at_work.add(asyncio.current_task())
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            writer.transport.abort() if self.is_over else writer.close()
            self._at_work.discard(asyncio.current_task())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        self.asked.append(request)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self._say(self.answers.get(request.split(" ")[1], answer("404 Not Found")), writer)
        finally:
            self.at_once -= 1

    async def end(self) -> None:
        self.is_over = True
        tasks = [task for task in self._at_work if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # whose transports close in the next turn

    async def _say(self, told: object, writer: asyncio.StreamWriter) -> None:
        if isinstance(told, bytes):
            writer.write(told)
            await writer.drain()
        else:
            await told(writer)  # type: ignore[operator]


@asynccontextmanager
async def page_server(host: str = "127.0.0.1", port: int = 0, context: ssl.SSLContext | None = None
) -> AsyncIterator[PageServer]:  # fmt: skip
    kept = PageServer()
    server = await asyncio.start_server(kept.serve, host, port, ssl=context)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        server.close()
        await kept.end()
