"""What plain HTTP withholds is said where it is plain, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.main import create_app
from app.tls.files import read_authority
from app.tls.keeping import keep_certificates
from tests.conftest import make_client, sign_in_as

WITHHELD = "over plain HTTP, which withholds"


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("192.168.7.4:8484", True),
        ("attic.local", True),
        ("127.0.0.1:8484", False),
        ("localhost", False),
        ("[::1]:8484", False),
        ("h.localhost", False),
    ],
)
async def test_the_account_says_what_plain_http_withholds_from_another_machine(alices, host, said):
    assert (WITHHELD in (await alices.get("/account", host=host)).text) is said
    assert ("You are here over plain HTTP" in (await alices.get("/help/https", host=host)).text) is said


@pytest.mark.parametrize("given", [{"base_url": "https://home.example.org/"}, {"tls": True}])
async def test_a_house_with_https_does_not_complain(settings, database, alice, given):
    app = create_app(replace(settings, **given))
    browser = await sign_in_as(app, database, alice)
    assert WITHHELD not in (await browser.get("/account", host="home.example.org")).text
    await browser.http.aclose()
    await app.state.database.close()


async def test_behind_a_believed_proxy_the_browser_s_own_scheme_counts(settings, database, alice):
    app = create_app(replace(settings, trusted_proxies="127.0.0.1"))
    browser = await sign_in_as(app, database, alice)
    for scheme, said in (("https", False), ("http", True)):
        page = await browser.get("/account", **{"host": "inside", "x-forwarded-host": "home.example.org",
                                                "x-forwarded-proto": scheme})  # fmt: skip
        assert (WITHHELD in page.text) is said, scheme
    await browser.http.aclose()
    await app.state.database.close()


@pytest.fixture
async def with_tls(settings):
    keep_certificates(own := replace(settings, tls=True))
    app = create_app(own)
    yield app
    await app.state.database.close()


async def test_a_phone_fetches_the_authority_before_anybody_signed_in(with_tls, settings):
    async with make_client(with_tls, "192.168.7.9") as phone:
        answer = await phone.get("/authority.crt")
        page = await phone.get("/help/https")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    assert answer.text == read_authority(replace(settings, tls=True))
    assert "PRIVATE" not in answer.text
    assert 'href="/authority.crt"' in page.text and "iPhone" in page.text and "Android" in page.text


async def test_a_house_without_an_authority_offers_none(anybody):
    assert (await anybody.get("/authority.crt")).status_code == 404
    assert "/authority.crt" not in (await anybody.get("/help/https")).text


@pytest.mark.parametrize("path", ["/sign-in", "/setup"])
async def test_every_cookie_over_tls_is_secure(with_tls, path):
    async with make_client(with_tls) as http:
        answer = await http.get(path, follow_redirects=True)
    assert answer.headers.get_list("set-cookie")
    assert all("; secure" in cookie.lower() for cookie in answer.headers.get_list("set-cookie"))
