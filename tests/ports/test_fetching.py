"""A page is fetched whole, within bounds, and told apart from what is none. Against a server of the test's own."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from app.ports.fetching import PAUSE, Bounds, FetchError, HttpFetcher, TryLater, read_pause
from app.tls.authority import issue, make_authority
from app.tls.names import Names
from tests.ports.page_server import PageServer, answer, page, page_server

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
async def server() -> AsyncIterator[PageServer]:
    async with page_server() as kept:
        yield kept


def fetcher_for(server: PageServer) -> HttpFetcher:
    return HttpFetcher([f"127.0.0.1:{server.port}"])


def at(server: PageServer, path: str) -> str:
    return f"http://127.0.0.1:{server.port}{path}"


async def reason(server: PageServer, path: str, bounds: Bounds | None = None) -> tuple[str, str]:
    with pytest.raises(FetchError) as caught:
        await fetcher_for(server).fetch(at(server, path), bounds=bounds or Bounds())
    return caught.value.reason, caught.value.detail


async def test_a_page_comes_with_what_its_header_says(server: PageServer) -> None:
    server.answers["/a?b=c"] = page("<p>Grüße", 'text/html; x=y; charset="ISO-8859-1"')
    found = await fetcher_for(server).fetch(at(server, "/a?b=c#part"))
    assert (found.media_type, found.charset, found.body) == ("text/html", "iso-8859-1", "<p>Grüße".encode())
    assert found.url == at(server, "/a?b=c")


async def test_who_asks_is_said_and_nothing_of_the_person(server: PageServer) -> None:
    server.answers["/"] = page("<p>a")
    await fetcher_for(server).fetch(at(server, "/"))
    asked = server.asked[0].lower()
    assert "hearth" in asked and f"host: 127.0.0.1:{server.port}" in asked
    assert not any(name in asked for name in ("cookie:", "referer:", "authorization:"))


async def test_redirects_are_followed_five_times_and_no_more(server: PageServer) -> None:
    server.answers |= {f"/{n}": answer("302 Found", Location=f"/{n + 1}") for n in range(9)}
    server.answers["/5"] = page("<p>here")
    assert (await fetcher_for(server).fetch(at(server, "/0"))).url == at(server, "/5")
    del server.answers["/5"]
    server.answers["/5"] = answer("307 Temporary Redirect", Location="/0")
    assert await reason(server, "/0") == ("redirects", "")


async def test_nothing_else_than_pages_is_taken(server: PageServer) -> None:
    server.answers["/pdf"] = page(b"%PDF-1.7", "application/pdf")
    server.answers["/nothing"] = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x89PNG"
    server.answers["/silent"] = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n \n<!doctype"[:-1] + b"e"
    assert await reason(server, "/pdf") == ("type", "application/pdf")
    assert await reason(server, "/nothing") == ("type", "application/octet-stream")
    assert (await fetcher_for(server).fetch(at(server, "/silent"))).media_type == "text/html"


async def test_a_body_without_end_is_cut_off(server: PageServer) -> None:
    async def flow(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            writer.write(b"<p>on and on" * 1000)
            await writer.drain()

    server.answers["/"] = flow
    assert await reason(server, "/", Bounds(most_bytes=100_000)) == ("size", "")


async def test_a_bomb_is_known_before_it_goes_off(server: PageServer) -> None:
    bomb = gzip.compress(bytes(200 * 2**20), 9)
    server.answers["/"] = page(bomb, Content_Encoding="gzip")
    assert len(bomb) < 300_000
    assert await reason(server, "/") == ("size", "")


async def test_what_is_packed_is_unpacked(server: PageServer) -> None:
    server.answers["/"] = page(gzip.compress(b"<p>small"), Content_Encoding="gzip")
    server.answers["/broken"] = page(b"not packed at all", Content_Encoding="gzip")
    server.answers["/foreign"] = page(b"?", Content_Encoding="br")
    assert (await fetcher_for(server).fetch(at(server, "/"))).body == b"<p>small"
    assert await reason(server, "/broken") == await reason(server, "/foreign") == ("garbled", "")


async def test_a_server_that_drips_is_not_waited_for(server: PageServer) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def drip_headers(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(10_000):
            writer.write(f"X-{number}: y\r\n".encode())
            await writer.drain()
            await asyncio.sleep(0.02)

    async def say_nothing(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    server.answers |= {"/body": drip, "/head": drip_headers, "/silence": say_nothing}
    for path in server.answers:
        assert await reason(server, path, Bounds(seconds=0.3)) == ("slow", "")


async def test_headers_without_end_are_refused(server: PageServer) -> None:
    server.answers["/"] = b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 300_000
    server.answers["/noise"] = b"\x00\x01\x02 no protocol\r\n\r\n"
    assert await reason(server, "/") == await reason(server, "/noise") == ("garbled", "")


async def test_a_status_says_whether_to_come_again(server: PageServer) -> None:
    server.answers["/gone"] = answer("410 Gone")
    server.answers["/busy"] = answer("429 Too Many Requests", Retry_After="120")
    server.answers["/broken"] = answer("503 Service Unavailable")
    assert await reason(server, "/gone") == ("status", "410")
    for path, pause, is_told in (("/busy", 120, True), ("/broken", PAUSE, False)):
        with pytest.raises(TryLater) as caught:
            await fetcher_for(server).fetch(at(server, path))
        assert (caught.value.pause, caught.value.is_told) == (pause, is_told)


@pytest.mark.parametrize(
    ("told", "pause"),
    [("120", 120), ("Sun, 22 Nov 2026 12:01:00 GMT", 60), ("Sun, 22 Nov 2026 11:00:00 GMT", 0), ("999999999999", 86400),
     ("soon", None), ("", None), ("-5", None), ("²", None)],
)  # fmt: skip
def test_when_to_come_again_is_a_number_or_a_date(told: str, pause: float | None) -> None:
    assert read_pause(told, NOW) == pause


async def test_who_is_not_there_is_asked_again_later() -> None:
    async with page_server() as gone:
        pass
    with pytest.raises(TryLater, match="unreachable"):
        await fetcher_for(gone).fetch(at(gone, "/"))


async def test_tls_asks_for_the_name_while_the_connection_goes_to_the_address(tmp_path: object) -> None:
    names = Names(frozenset({"site.test"}), frozenset())
    authority = make_authority(names, "here", datetime.now(UTC))
    serving, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    keys = tmp_path / "pair.pem"  # type: ignore[operator]
    keys.write_bytes(issue(authority, names, datetime.now(UTC)).pem())
    serving.load_cert_chain(keys)
    trusting.load_verify_locations(cadata=authority.public().decode())

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async with page_server(context=serving) as server:
        server.answers["/"] = page("<p>sealed")
        allowed = [f"site.test:{server.port}", f"other.test:{server.port}"]
        fetcher = HttpFetcher(allowed, resolve, trusting)
        assert (await fetcher.fetch(f"https://site.test:{server.port}/")).body == b"<p>sealed"
        with pytest.raises(TryLater, match="certificate"):
            await fetcher.fetch(f"https://other.test:{server.port}/")
