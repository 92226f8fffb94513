"""Whether Redis answers, without its client library: the web process needs nothing else of Redis."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote, urlsplit


async def ping_redis(url: str, seconds: float = 2) -> bool:
    """True when the server behind a redis:// or unix:// URL answers PING (after AUTH, when the URL has one)."""
    try:
        async with asyncio.timeout(seconds):
            return await _ping(url)
    except (OSError, TimeoutError, ValueError):
        return False


async def _ping(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        reader, writer = await asyncio.open_unix_connection(parts.path)
    else:
        reader, writer = await asyncio.open_connection(
            parts.hostname, parts.port or 6379, ssl=True if parts.scheme == "rediss" else None
        )
    try:
        if parts.password:
            credentials = [part for part in (parts.username, unquote(parts.password)) if part]
            await _ask(reader, writer, "AUTH", *credentials)
        return (await _ask(reader, writer, "PING")).startswith(b"+PONG")
    finally:
        writer.close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *words: str) -> bytes:
    encoded = [word.encode() for word in words]
    writer.write(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in encoded))
    await writer.drain()
    return await reader.readline()
