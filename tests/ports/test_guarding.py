"""No link leads into somebody's home: not by its address, not by a redirect, not by a name that changes its mind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from app.ports import guarding
from app.ports.addresses import is_odd_number, is_public
from app.ports.fetching import HttpFetcher
from app.ports.guarding import FetchError, TryLater, check_url
from tests.ports.page_server import PageServer, answer, page, page_server

CLOSED = [
    "127.0.0.1", "127.9.9.9", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1",
    "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::",
    "2001:db8::1", "3fff::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "2a00:1450::1%eth0", "fec0::1",
    "ff02::1", "100::1", "5f00::1", "no address",
]  # fmt: skip
OPEN = ["1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.255.255", "100.128.0.1", "2606:4700::1111"]
ODD = ["2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.01", "1.2.3.4.5", "256.1.1.1", "1.0x", "0"]


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_of_somebody_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


def test_the_machine_s_own_network_is_not_public_either(monkeypatch: pytest.MonkeyPatch) -> None:
    from ipaddress import ip_network

    own = (ip_network("2a01:4f8:1:2::/64"), ip_network("5.9.1.2/32"))
    monkeypatch.setattr("app.ports.addresses._own_networks", lambda: own)
    assert not is_public("2a01:4f8:1:2::beef") and not is_public("5.9.1.2")
    assert is_public("2a01:4f8:1:3::1") and is_public("5.9.1.3")


@pytest.mark.parametrize("host", ODD)
async def test_a_number_that_hides_an_address_is_refused(host: str) -> None:
    assert is_odd_number(host)
    with pytest.raises(FetchError, match="address"):
        await HttpFetcher().fetch(f"http://{host}/")


@pytest.mark.parametrize("host", ["example.org", "1.1.1.1", "7.example.org", "example.org.", "::1"])
def test_a_name_and_a_plain_address_are_no_odd_numbers(host: str) -> None:
    assert not is_odd_number(host)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.org/", "scheme ftp"), ("file:///etc/passwd", "scheme file"), ("gopher://x/", "scheme gopher"),
        ("javascript:alert(1)", "scheme javascript"), ("//example.org/", "scheme"), ("example.org", "scheme"),
        ("http://", "address"), ("http:///path", "address"), ("http://[::1", "address"), ("http://a b/", "address"),
        ("http://alice:secret@example.org/", "password"), ("http://alice@example.org/", "password"),
        ("http://example.org:22/", "port 22"), ("http://example.org:6379/", "port 6379"),
        ("http://example.org:99999/", "port 99999"), ("http://１２７.0.0.1/", "address"), ("http://x\0y/", "address"),
        ("http://example.org/" + "a" * 5000, "address"), ("", "scheme"),
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_never_asked_for(url: str, said: str) -> None:
    with pytest.raises(FetchError, match=rf"^{said}"):
        check_url(url)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "localhost", "10.0.0.1", "[fe80::1]",
             "169.254.169.254", "[64:ff9b::7f00:1]"],
)  # fmt: skip
async def test_a_link_into_this_machine_or_its_network_is_refused(host: str) -> None:
    with pytest.raises(FetchError, match="private"):
        await HttpFetcher().fetch(f"http://{host}/")


class Names:
    """A resolver that says what it is told to, each time the next."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {name.replace("_", "."): list(said) for name, said in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        said = self.answers.get(host)
        if said is None:
            raise OSError("no such name")
        return said.pop(0) if len(said) > 1 else said[0]


@pytest.fixture
async def secret(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PageServer]:
    """What stands on this machine and is nobody's page. Its port is one of a page's, so that the address decides."""
    async with page_server() as kept:
        kept.answers["/"] = kept.answers["/secret"] = page("<p>secret")
        monkeypatch.setattr(guarding, "PORTS", {kept.port})
        yield kept


@pytest.fixture
async def site(secret: PageServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PageServer]:
    """A page on the internet, for which another address of this machine stands."""
    monkeypatch.setattr(guarding, "is_public", lambda address: address == "127.0.0.2")
    async with page_server("127.0.0.2", secret.port) as kept:
        kept.answers["/"] = page("<p>public")
        yield kept


async def test_a_name_is_resolved_once_and_the_connection_goes_where_was_looked(
    site: PageServer, secret: PageServer
) -> None:
    names = Names(site_test=[["127.0.0.2"], ["127.0.0.1"]])
    fetcher = HttpFetcher(resolve=names)
    assert (await fetcher.fetch(f"http://site.test:{site.port}/")).body == b"<p>public"
    assert names.asked == ["site.test"]
    assert f"host: site.test:{site.port}" in site.asked[0].lower()
    # By now the name leads home.
    with pytest.raises(FetchError, match="private"):
        await fetcher.fetch(f"http://site.test:{site.port}/")
    assert names.asked == ["site.test"] * 2 and not secret.asked


async def test_of_several_addresses_only_public_ones_are_connected_to(site: PageServer, secret: PageServer) -> None:
    names = Names(site_test=[["127.0.0.1", "::1", "127.0.0.2"]])
    assert (await HttpFetcher(resolve=names).fetch(f"http://site.test:{site.port}/")).body == b"<p>public"
    assert not secret.asked


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "inner.test", "[::1]", "[::ffff:127.0.0.1]", "2130706433"])
async def test_a_redirect_home_is_refused(site: PageServer, secret: PageServer, host: str) -> None:
    names = Names(site_test=[["127.0.0.2"]], inner_test=[["127.0.0.1"]], localhost=[["127.0.0.1"]])
    names.answers |= {address: [[address]] for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1")}
    site.answers["/"] = answer("302 Found", Location=f"http://{host}:{secret.port}/secret")
    with pytest.raises(FetchError, match=r"private|address"):
        await HttpFetcher(resolve=names).fetch(f"http://site.test:{site.port}/")
    assert len(site.asked) == 1 and not secret.asked


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://site.test/", "http://a:b@site.test/", "\0", "http://["]
)
async def test_a_redirect_to_what_is_no_page_is_refused(site: PageServer, target: str) -> None:
    site.answers["/"] = b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: " + target.encode() + b"\r\n\r\n"
    with pytest.raises(FetchError):
        await HttpFetcher(resolve=Names(site_test=[["127.0.0.2"]])).fetch(f"http://site.test:{site.port}/")
    assert len(site.asked) == 1


async def test_an_administrator_may_name_a_host(site: PageServer, secret: PageServer) -> None:
    names = Names(nas_home=[["127.0.0.1"]], other_home=[["127.0.0.1"]])
    fetcher = HttpFetcher(["NAS.home."], names)
    assert (await fetcher.fetch(f"http://nas.home:{secret.port}/")).body == b"<p>secret"
    with pytest.raises(FetchError, match="private"):
        await fetcher.fetch(f"http://other.home:{secret.port}/")
    secret.answers["/"] = answer("302 Found", Location=f"http://other.home:{secret.port}/secret")
    with pytest.raises(FetchError, match="private"):
        await fetcher.fetch(f"http://nas.home:{secret.port}/")


async def test_a_host_that_was_named_with_its_port_is_open_at_that_port_alone(secret: PageServer) -> None:
    fetcher = HttpFetcher([f"127.0.0.1:{secret.port + 1}"])
    with pytest.raises(FetchError, match="private"):
        await fetcher.fetch(f"http://127.0.0.1:{secret.port}/")


async def test_a_name_that_nobody_knows_is_asked_again_later() -> None:
    with pytest.raises(TryLater, match=r"name nowhere\.test"):
        await HttpFetcher(resolve=Names()).fetch("http://nowhere.test/")
