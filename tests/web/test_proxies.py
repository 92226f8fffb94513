"""Whom a proxy's word is taken from, and what nobody gets by making one up."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address

import pytest

from app.account.service import _attempt_key, hash_password
from app.main import create_app
from app.settings import SettingsError, kept_secret, load_settings
from app.web.proxies import believe_proxies
from tests.account.test_sign_in import set_up, sign_in
from tests.conftest import PASSWORD, make_client

CADDY, CLIENT, FORGED = "10.0.0.2", "203.0.113.7", "198.51.100.66"
HOME = "https://home.example.org/"


async def told(peer: str, networks: str, **headers: str) -> tuple[str, str, str]:
    """(client, scheme, host) as the application sees them."""
    seen = {}

    async def app(scope, _receive, _send) -> None:
        seen.update(scope)

    settings = load_settings({"HEARTH_TRUSTED_PROXIES": networks})
    raw = [(b"host", b"inside:8484")]
    raw += [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "client": (peer, 1), "scheme": "http", "headers": raw}
    await believe_proxies(app, settings.proxies)(scope, None, None)
    return seen["client"][0], seen["scheme"], dict(seen["headers"])[b"host"].decode()


async def test_a_trusted_proxy_is_believed():
    assert await told(
        CADDY, "10.0.0.0/8", x_forwarded_for=CLIENT, x_forwarded_proto="https", x_forwarded_host="home.example.org"
    ) == (CLIENT, "https", "home.example.org")


@pytest.mark.parametrize("headers", [
    {"x_forwarded_for": FORGED, "x_forwarded_proto": "https", "x_forwarded_host": "evil.example"},
    {"forwarded": f'for={FORGED};proto=https;host="evil.example"'},
])  # fmt: skip
@pytest.mark.parametrize("networks", ["10.0.0.0/8", "none"])
async def test_nobody_else_is_believed(headers, networks):
    assert await told(CLIENT, networks, **headers) == (CLIENT, "http", "inside:8484")


@pytest.mark.parametrize(("hops", "client"), [
    (f"{FORGED}, {CLIENT}", CLIENT),
    (f"{FORGED}, {CLIENT}, 10.9.9.9", CLIENT),
    (f"10.1.1.1, {CLIENT}, 10.9.9.9", CLIENT),
    ("10.1.1.1, 10.9.9.9", "10.1.1.1"),
    (f"{CLIENT}:4711", CLIENT),
    ("[2001:db8::7]:4711", "2001:db8::7"),
    (f"::ffff:{CLIENT}", CLIENT),
    (f"{FORGED}, unknown", CADDY),
    (f"{FORGED}, <script>", CADDY),
    (f"{FORGED}, ,", FORGED),
    ("", CADDY),
])  # fmt: skip
async def test_the_right_most_hop_that_is_no_proxy_is_the_client(hops, client):
    assert (await told(CADDY, "10.0.0.0/8", x_forwarded_for=hops))[0] == client


async def test_several_lines_of_one_header_are_one_list():
    headers = [(b"x-forwarded-for", FORGED.encode()), (b"x-forwarded-for", CLIENT.encode()), (b"host", b"x")]
    scope = {"type": "http", "client": (CADDY, 1), "scheme": "http", "headers": headers}

    async def app(*_given) -> None:
        return

    await believe_proxies(app, load_settings({"HEARTH_TRUSTED_PROXIES": CADDY}).proxies)(scope, None, None)
    assert scope["client"] == (CLIENT, 0)


async def test_the_standard_s_header_is_read_where_it_stands_alone():
    value = f'for={FORGED}, for="[2001:db8::7]:47";proto=https;host="home.example.org:444", for=10.1.1.1;proto=http'
    assert await told(CADDY, "10.0.0.0/8", forwarded=value) == ("2001:db8::7", "https", "home.example.org:444")


async def test_the_standard_s_header_of_a_client_does_not_pass_beside_the_proxy_s_own():
    given = {"x_forwarded_for": CLIENT, "forwarded": f"for={FORGED};proto=https;host=evil.example"}
    assert await told(CADDY, "10.0.0.0/8", **given) == (CLIENT, "http", "inside:8484")


@pytest.mark.parametrize(("schemes", "scheme"), [("https", "https"), ("https, http", "https"), ("ftp", "http"),
                                                 ("http, https, http", "http")])  # fmt: skip
async def test_the_scheme_is_what_the_outermost_proxy_saw(schemes, scheme):
    given = {"x_forwarded_for": f"{CLIENT}, 10.1.1.1", "x_forwarded_proto": schemes}
    assert (await told(CADDY, "10.0.0.0/8", **given))[1] == scheme


@pytest.mark.parametrize("host", ["a b", "evil.example/path", 'x"y', "user@evil.example", "x:123456"])
async def test_a_host_that_is_none_is_not_taken(host):
    assert (await told(CADDY, "10.0.0.0/8", x_forwarded_host=host))[2] == "inside:8484"


@pytest.mark.parametrize(("env", "believed"), [
    ({}, False),
    ({"HEARTH_BASE_URL": HOME}, True),
    ({"HEARTH_BASE_URL": HOME, "HEARTH_TRUSTED_PROXIES": "none"}, False),
    ({"HEARTH_TRUSTED_PROXIES": "127.0.0.1"}, True),
    ({"HEARTH_TRUSTED_PROXIES": "10.0.0.0/8, ::1"}, False),
])  # fmt: skip
def test_this_machine_is_believed_only_where_an_address_is_named_in_front(env, believed):
    assert any(ip_address("127.0.0.1") in network for network in load_settings(env).proxies) is believed


@pytest.mark.parametrize("networks", ["10.0.0.0/40", "home", "10.0.0.1 10.0.0.2", ",", "0.0.0.0/0,x"])
def test_networks_that_are_none_are_refused_with_a_sentence(networks):
    with pytest.raises(SettingsError, match="HEARTH_TRUSTED_PROXIES must be networks"):
        load_settings({"HEARTH_TRUSTED_PROXIES": networks})


@pytest.fixture
async def behind(settings):
    app = create_app(replace(settings, trusted_proxies=CADDY))
    yield app
    await app.state.database.close()


async def tries(owner, address: str) -> int:
    return await owner.fetchval(
        "select count(*) from sign_in_attempts where key = $1", _attempt_key("address", address)
    )


async def test_tries_are_counted_by_the_client_and_not_by_its_proxy(behind, alice, owner):
    async with make_client(behind, CADDY) as http:
        http.headers["x-forwarded-for"] = f"{FORGED}, {CLIENT}"
        await sign_in(http, alice.email, "wrong password")
    assert [await tries(owner, address) for address in (CLIENT, CADDY, FORGED)] == [1, 0, 0]


async def test_nobody_gets_around_the_count_by_headers_of_their_own(behind, alice, owner):
    async with make_client(behind, CLIENT) as http:
        http.headers.update({"x-forwarded-for": FORGED, "forwarded": f"for={FORGED}"})
        await sign_in(http, alice.email, "wrong password")
    assert [await tries(owner, address) for address in (CLIENT, FORGED)] == [1, 0]


@pytest.mark.parametrize(("peer", "scheme", "secure"), [(CADDY, "https", True), (CADDY, "http", False),
                                                        (CLIENT, "https", False)])  # fmt: skip
async def test_a_cookie_is_secure_when_a_believed_proxy_was_asked_by_https(behind, alice, peer, scheme, secure):
    async with make_client(behind, peer) as http:
        answer = await http.get("/sign-in", headers={"x-forwarded-for": CLIENT, "x-forwarded-proto": scheme})
    cookies = answer.headers.get_list("set-cookie")
    assert cookies and all(("; secure" in cookie.lower()) is secure for cookie in cookies)


@pytest.mark.parametrize("forged", ["127.0.0.1", "::1", "localhost"])
@pytest.mark.parametrize("peer", [CADDY, CLIENT, "127.0.0.1"])
async def test_the_first_run_asks_for_the_code_whatever_a_header_says(behind, settings, owner, forged, peer):
    async with make_client(behind, peer) as http:
        http.headers.update({"x-forwarded-for": forged, "x-forwarded-host": "localhost"})
        assert (await set_up(http)).status_code == 422
        assert await owner.fetchval("select count(*) from users") == 0
        assert (await set_up(http, code=kept_secret(settings, "setup_code"))).status_code == 303


async def test_a_form_comes_from_here_by_the_address_that_the_browser_knows(behind, alice, owner):
    await owner.execute("update users set password_hash = $1", await hash_password(PASSWORD))
    async with make_client(behind, CADDY) as http:
        http.headers.update({"x-forwarded-host": "home.example.org", "origin": "https://home.example.org"})
        assert (await sign_in(http, alice.email)).status_code == 303
        http.headers["origin"] = "https://evil.example"
        assert (await http.post("/sign-in", data={})).status_code == 403
