"""A house below a path: every address that leaves it carries the path, and none is carried twice."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from app.main import create_app
from app.settings import PROJECT, Settings, SettingsError, load_settings
from app.tls.keeping import keep_certificates
from app.web.auth import COOKIE
from app.web.markdown import Targets, render_markdown
from app.web.prefix import prefix_html
from tests.architecture.test_isolation import ids_of
from tests.conftest import Browser, make_client, make_person, sign_in_as, work_through, write

PREFIX = "/hearth"
BASE = f"https://home.example.org{PREFIX}/"
ADDRESSES = {"href", "src", "action", "formaction", "poster", "data-href", "data-src", "data-action", "hx-get",
             "hx-post", "hx-put", "hx-patch", "hx-delete", "hx-push-url", "hx-replace-url"}  # fmt: skip
FORMS = {("form", "action"), ("button", "formaction"), ("button", "hx-post"), ("form", "hx-post")}


class Collector(HTMLParser):
    """Every address of a page, and whether it is posted to."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.targets: set[str] = set()
        self._method = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._method = (given.get("method") or "get").lower()
        for name, value in attrs:
            if (
                name in ADDRESSES
                and value
                and value not in {"true", "false"}
                and not value.startswith(("#", "javascript:"))
            ):
                posted = name == "hx-post" or ((tag, name) in FORMS and (tag != "form" or self._method == "post"))
                (self.targets if posted else self.links).add(value)


@pytest.fixture
async def below(settings: Settings) -> AsyncIterator[Litestar]:
    keep_certificates(own := replace(settings, base_url=BASE, tls=True))  # or there is no /authority.crt
    app = create_app(own)
    yield app
    await app.state.database.close()


@pytest.fixture
async def anybody_below(below: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(below) as http:
        yield http


@pytest.fixture
async def alices_below(below: Litestar, database, alice) -> AsyncIterator[Browser]:
    browser = await sign_in_as(below, database, alice)
    yield browser
    await browser.http.aclose()


# What answers nothing here: a stream, the door of a token, what asks for a parameter, what nothing in the trash has.
SILENT = {
    "/records/{record_id:uuid}/live", "/records/{record_id:uuid}/reminders",
    "/health/ready", "/setup", "/api/me", "/follow", "/notes/file", "/sleep/live",
}  # fmt: skip
"""A stream: it has no end."""


def pages_of(app: Litestar, ids: dict[str, str]) -> list[str]:
    """Every GET route, with ids of what lives in the house."""
    paths = []
    for route in app.routes:
        known = isinstance(route, HTTPRoute) and "GET" in route.methods and "{token" not in route.path
        if known and route.path not in SILENT:
            path = route.path.replace("{path:path}", "icon.svg")
            for parameter, value in ids.items():
                path = path.replace(parameter, value)
            assert "{" not in path, f"{path}: tell ids_of about its parameter"
            paths.append(path)
    return [*paths, "/notes?select=1", "/notes?q=nothing-like-it", "/search?q=house", "/switcher?q=house",
            "/notes?show=archived"]  # fmt: skip


@pytest.mark.parametrize(
    "stripped",
    [pytest.param(True, marks=pytest.mark.whole), False],
    ids=["the proxy strips it", "the proxy passes it on"],
)
async def test_every_address_of_every_page_is_below_the_prefix_and_leads_somewhere(
    below, alices_below, database, reactor, settings, owner, alice, stripped
):
    ids = await ids_of(database, settings, owner, alice)
    for number in range(60):
        await write(database, alice, f"House {number}", "[[Secret]] [[Missing]] @Nobody #topic [Secret](Secret.md)")
    await write(database, alice, "", "![](a.png) [x](/notes) <a href='/people'>y</a>", is_pinned=True)
    thrown_away = await write(database, alice, "Thrown away")
    await alices_below.post(f"/notes/{thrown_away}/discard")
    ids["{record_id:uuid}"] = str(thrown_away)
    await work_through(reactor)

    def come_in(address: str) -> str:
        return address.removeprefix(PREFIX) or "/" if stripped else address

    links, targets = {f"{PREFIX}{path}" for path in pages_of(below, ids)}, set()
    seen: set[str] = set()
    while fresh := {link for link in links - seen if is_worth_a_visit(link, seen)}:
        for link in sorted(fresh):
            seen.add(link)
            answer = await alices_below.get(come_in(link))
            assert answer.status_code in {200, 303}, (link, answer.status_code)
            if answer.status_code == 303:
                assert answer.headers["location"].startswith(f"{PREFIX}/"), link
            elif answer.headers["content-type"].startswith("text/html"):
                found = Collector(answer.text)
                addresses = {
                    a
                    for a in found.links | found.targets
                    if not (urlsplit(a).netloc or a.startswith(("javascript:", "mailto:", "tel:")))
                }
                wrong = {a for a in addresses if not urljoin(link, a).startswith(f"{PREFIX}/")}
                assert not wrong, (link, wrong)
                assert not {a for a in addresses if a.startswith(PREFIX * 2)}, link
                links |= {urljoin(link, address).partition("#")[0] for address in found.links if address in addresses}
                targets |= {urljoin(link, address) for address in found.targets}
    assert {f"{PREFIX}/", f"{PREFIX}/people", f"{PREFIX}/notes/new"} <= seen
    assert any("/static/" in link for link in seen) and any("after=" in link for link in seen)
    for target in sorted(targets):
        # Without a form's token it is refused; what is not there would be 404.
        answer = await alices_below.http.post(come_in(target))
        assert answer.status_code == 403, (target, answer.status_code)
    assert len(targets) >= 10


def is_worth_a_visit(link: str, seen: set[str]) -> bool:
    """Of many that differ in an id or a cursor alone, three are enough."""
    shape = re.sub(r"[0-9a-f-]{36}|(?<==)[^&]+", "…", link)
    return sum(re.sub(r"[0-9a-f-]{36}|(?<==)[^&]+", "…", known) == shape for known in seen) < 3


async def test_redirects_and_cookies_stay_below_the_prefix(anybody_below, alices_below):
    asked = await anybody_below.get(f"{PREFIX}/notes?q=bread")
    assert asked.headers["location"] == f"{PREFIX}/sign-in?next=/notes%3Fq%3Dbread"
    by_htmx = await anybody_below.get("/notes", headers={"hx-request": "true"})
    assert by_htmx.headers["hx-redirect"] == f"{PREFIX}/sign-in?next=/notes"
    door = await anybody_below.get(f"{PREFIX}/sign-in")
    assert f"Path={PREFIX};" in door.headers["set-cookie"] + ";"
    saved = await alices_below.post(f"{PREFIX}/people", {"full_name": "Ana"})
    assert re.fullmatch(rf"{PREFIX}/people/[0-9a-f-]{{36}}", saved.headers["location"])
    assert f"Path={PREFIX};" in saved.headers["set-cookie"] + ";"
    out = await alices_below.post("/sign-out")
    assert out.headers["location"] == f"{PREFIX}/sign-in"
    assert f"{COOKIE}=" in out.headers["set-cookie"] and "Path=/;" not in out.headers["set-cookie"] + ";"


async def test_an_undo_leads_back_to_the_page_it_was_asked_on(alices_below, database, owner, alice):
    note = await write(database, alice, "Here")
    action = await owner.fetchval("select action_id from change_log where record_id = $1", note)
    host = str(alices_below.http.base_url.host)
    answer = await alices_below.post(f"/history/{action}/undo", referer=f"https://{host}{PREFIX}/notes?show=archived")
    assert answer.headers["location"] == f"{PREFIX}/notes?show=archived"


async def test_the_front_page_answers_with_and_without_its_slash(alices_below):
    for path in (PREFIX, f"{PREFIX}/", "/"):
        answer = await alices_below.get(path)
        assert (answer.status_code, "Today" in answer.text) == (200, True), path


@pytest.mark.parametrize("path", ["/hearthstone", "/hearth2/notes"])
async def test_what_only_begins_like_the_prefix_is_not_it(alices_below, path):
    assert (await alices_below.get(path)).status_code == 404


async def test_the_doors_are_below_the_prefix_too(below, anybody_below, database, owner):
    setup = await anybody_below.get(f"{PREFIX}/sign-in")
    assert (setup.status_code, setup.headers["location"]) == (303, f"{PREFIX}/setup")
    assert f'action="{PREFIX}/setup"' in (await anybody_below.get(setup.headers["location"])).text
    alice = await make_person(owner, "Alice", role="owner")
    browser = await sign_in_as(below, database, alice)
    invitation = await browser.post("/members/invite", {"role": "member"})
    link = re.search(rf'value="{BASE}(join/[^"]+)"', invitation.text)[1]
    assert f'action="{PREFIX}/{link}"' in (await anybody_below.get(f"{PREFIX}/{link}")).text
    await browser.http.aclose()


async def test_an_invitation_names_the_whole_address(alices_below):
    answer = await alices_below.post("/members/invite", {"role": "member"})
    assert f'value="{BASE}join/' in answer.text


async def test_a_house_at_the_root_says_nothing_of_a_prefix(alices):
    answer = await alices.get("/notes")
    assert 'href="/notes/new"' in answer.text


@pytest.mark.parametrize(
    "text",
    ['Write `<a href="/notes">`, or href="/notes" as such.', '    <form action="/x">', 'a > b href="/x" > c'],
)
def test_what_a_person_wrote_about_addresses_stays_as_it_is(text):
    html = str(render_markdown(text, Targets()))
    assert '="/' in html
    assert prefix_html(html, PREFIX) == html


@pytest.mark.parametrize("address", ["//example.org", "/\\example.org", "https://example.org/", "#here", "?q=1"])
def test_addresses_that_are_not_of_this_house_stay_as_they_are(address):
    html = f'<a href="{address}">x</a>'
    assert prefix_html(html, PREFIX) == html


def test_a_link_with_brackets_in_its_title_is_still_found():
    html = str(render_markdown('[x](/notes/1 "a <b> c")', Targets()))
    assert prefix_html(html, PREFIX).startswith(f'<p><a href="{PREFIX}/notes/1"')


def test_a_text_of_nothing_but_addresses_takes_no_time_by_its_square():
    html = "<p>" + ' href="/' * 30_000 + "</p>"
    assert prefix_html(html, PREFIX) == html


@pytest.mark.parametrize("prefix", ["/notes", "/static/hearth", "/sign-in"])
def test_a_prefix_that_is_a_page_of_ours_is_refused_with_a_sentence(settings, prefix):
    with pytest.raises(SettingsError, match="Take another path"):
        create_app(replace(settings, base_url=f"https://home.example.org{prefix}/"))


@pytest.mark.parametrize("url", ["home.example.org", "ftp://x/", "https://", "https://x/a b/", "https://x/?q", "http://x:a/",
                                 'https://x/"><script>'])  # fmt: skip
def test_an_address_that_cannot_be_one_is_refused_with_a_sentence(url):
    with pytest.raises(SettingsError, match="HEARTH_BASE_URL must be an address"):
        load_settings({"HEARTH_BASE_URL": url})


@pytest.mark.parametrize(("url", "prefix"), [("https://x.example/", ""), ("https://x.example", ""),
                                             ("https://x.example/hearth", "/hearth"), (BASE, "/hearth"),
                                             ("http://192.168.1.2:8484/a/b/", "/a/b")])  # fmt: skip
def test_the_prefix_is_the_path_of_the_address(url, prefix):
    assert load_settings({"HEARTH_BASE_URL": url}).prefix == prefix


def test_no_script_and_no_style_names_an_address_of_its_own():
    """They would miss the prefix: a script takes addresses from the page (`data-href`), a style names neighbours."""
    for path in (PROJECT / "static").rglob("*"):
        if path.suffix in {".js", ".css"} and "vendor" not in path.parts:
            assert not re.search(r"""["'`(]/[a-z$]""", path.read_text()), path
