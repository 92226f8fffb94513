"""Every page in a language whose sentences stand in ⟦brackets⟧: what stands outside of them went past gettext.

A placeholder's value stands outside of its sentence's brackets, so that it has to be translated itself, or to be
somebody's own words. Dates and numbers are Japanese, which writes them without a Latin letter.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest
from babel.support import NullTranslations

from app.web import locale
from app.web.auth import csrf_token, hash_token
from tests.architecture.test_isolation import ids_of, routes
from tests.conftest import Browser, make_client, sign_in_as, work_through, write

LANGUAGE = "ja"
# Somebody's own words (what `ids_of` gives the house), and names.
OWN = {"Hearth", "English", "Deutsch", "Secret", "secret", "png", "Alice", "alice", "example", "org", "Ana", "bob",
       "NB", "tests", "localhost", "zip", "Ollama", "https", "S"}  # fmt: skip
READ_OUT = {"title", "alt", "placeholder", "aria-label", "aria-description", "data-confirm"}
# Keys, file names and key material, and what is marked as being in another language.
AS_IT_IS = {"kbd", "code", "script", "style", "svg", "[lang]", "[zones]"}
VOID = {"input", "meta", "link", "br", "hr", "img"}
LAST = ("/sign-out", "/trash/empty", "/trash/{record_id:uuid}/delete", "/account/sessions/end-others")


class Brackets(NullTranslations):
    def ugettext(self, message: str) -> str:
        return bracketed(message)

    def upgettext(self, context: str, message: str) -> str:
        return bracketed(message)

    def ungettext(self, one: str, many: str, number: int) -> str:
        return bracketed(one if number == 1 else many)


def bracketed(message: str) -> str:
    return "⟦" + re.sub(r"%\(\w+\)[sd]", lambda placeholder: f"⟧{placeholder[0]}⟦", message) + "⟧"


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(locale.SUPPORTED, LANGUAGE, "ⰄⰊ")
    monkeypatch.setattr(locale, "translations", lambda language: Brackets())
    locale.choose_locale.cache_clear()
    yield
    locale.choose_locale.cache_clear()
    locale.use_locale("en", "UTC")


class Reader(HTMLParser):
    """Collects what a page shows and reads out."""

    def __init__(self) -> None:
        super().__init__()
        self.within: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.said += [value for name, value in given.items() if name in READ_OUT or is_sentence(name, value)]
        if tag == "input" and given.get("type") in {"submit", "button"}:
            self.said.append(given.get("value", ""))
        if tag not in VOID:
            foreign = "[lang]" if tag != "html" and "lang" in given else tag
            self.within.append("[zones]" if given.get("name") == "time_zone" else foreign)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if not AS_IT_IS & set(self.within):
            self.said.append(data)


def is_sentence(name: str, value: str) -> bool:
    return name.startswith("data-") and " " in value


def past_gettext(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    assert any("⟦" in text for text in reader.said)
    found = []
    for text in reader.said:
        outside = re.sub(r"⟦[^⟦⟧]*⟧|(?<![\w])/[\w./-]*|\w+\.example/\w*", " ", text)
        found += [text.strip() for word in re.findall(r"[A-Za-z]+", outside) if word not in OWN]
    return found


def is_page(answer: httpx.Response) -> bool:
    return answer.headers.get("content-type", "").startswith("text/html") and answer.text != ""


async def follow(browser: Browser, answer: httpx.Response) -> httpx.Response:
    """The page that an answer leads to, with what is said about the change."""
    return await browser.get(answer.headers["location"]) if answer.status_code == 303 else answer


@pytest.fixture
async def reader(pseudo, application, database, owner, alice):
    """Alice, who reads in brackets."""
    # What came with the house is in the language that its people began with, and theirs.
    rename = "update folders set name = 'Secret ' || sort_order"
    await owner.execute(f"begin; set local app.actor = 'hearth'; {rename}; commit")
    await owner.execute("update users set locale = $1", LANGUAGE)
    browser = await sign_in_as(application, database, alice)
    browser.http.headers["accept-language"] = LANGUAGE
    yield browser
    await browser.http.aclose()


async def furnish(database, settings, owner, reactor, alice, bob) -> dict[str, str]:
    """Something on every page; the ids that a path may need."""
    ids = await ids_of(database, settings, owner, alice)
    # What an interaction is called was said in the language of whoever wrote it, and is theirs.
    await owner.execute("update records set preview = 'Secret' where kind = 'interaction'")
    await write(database, alice, "Дом", "[[Secret]] [[Сад]] #secret @Ana\n\n- [ ] да\n\n> [!NB]\n> нет")
    await work_through(reactor)
    settings.backups_dir.mkdir(parents=True, exist_ok=True)
    (settings.backups_dir / "hearth-20261120T030000Z.tar").write_bytes(b"")
    async with database.reading(alice.id) as connection:
        for purpose, person in (("join", None), ("reset", bob.id)):
            role = "member" if purpose == "join" else None
            await connection.execute(
                "select gate_make_link($1, $2, $3, $4, 7)", purpose, hash_token(purpose), role, person
            )
    return ids


def filled(path: str, ids: dict[str, str]) -> str:
    ids = {**ids, "{token:str}": path.split("/")[1], "{path:path}": "nothing.css"}
    for parameter, value in ids.items():
        path = path.replace(parameter, value)
    assert "{" not in path, f"{path}: tell ids_of about its parameter"
    return path


async def test_every_page_says_what_it_says_by_gettext(
    application, reader, database, settings, owner, reactor, alice, bob
):
    await owner.execute("update contacts set full_name = 'Боб' where user_id = $1", bob.id)
    await owner.execute("update users set email = 'боб@дом' where id = $1", bob.id)
    ids = await furnish(database, settings, owner, reactor, alice, bob)
    # A stream has no end, and a text that is taken along is its writer's.
    paths = [
        filled(path, ids) for method, path, _public in routes(application)
        if method == "GET" and not path.endswith(("/live", "/text.html"))
    ]  # fmt: skip
    paths += [
        "/notes?select=1", "/notes?show=archived", "/notes?q=%D1%85", "/notes?topic=secret", "/search?q=Secret",
        "/search?q=%D1%85", "/switcher?q=Secret", "/switcher?q=%3E", "/notes/new?title=Secret", "/history?before=x",
        "/notes?after=x", "/nothing", "/notes/01000000-0000-7000-8000-000000000000",
    ]  # fmt: skip
    past, seen = {}, 0
    for path in paths:
        answer = await reader.get(path)
        if is_page(answer):
            seen += 1
            assert f'lang="{LANGUAGE}"' in answer.text or answer.status_code >= 400, path
            past[path] = past_gettext(answer.text)
    assert seen > 25
    assert not {path: words for path, words in past.items() if words}


async def test_every_form_answers_by_gettext(application, reader, database, settings, owner, reactor, alice, bob):
    """Each is sent empty, then with something that can be used; what it answers or leads to is read."""
    ids = await furnish(database, settings, owner, reactor, alice, bob)
    posts = [path for method, path, public in routes(application) if method == "POST" and not public]
    fields = {"full_name": "Secret", "title": "Secret", "column": "title", "version": "0", "content": "х", "id": "?"}
    past = {}
    for path in [*(path for path in posts if path not in LAST), *reversed(LAST)]:
        for given in ({}, fields, {"id": ids["{note_id:uuid}"], "new": "x" * 12, "email": "@", "version": "x"}):
            answer = await follow(reader, await reader.post(filled(path, ids), given))
            if is_page(answer):
                past[path, str(given)[:20]] = past_gettext(answer.text)
    assert len(past) > 50
    assert not {path: words for path, words in past.items() if words}


async def test_the_door_speaks_by_gettext(pseudo, application, database, settings, owner, reactor, alice, bob):
    await furnish(database, settings, owner, reactor, alice, bob)
    async with make_client(application) as http:
        http.headers["accept-language"] = LANGUAGE
        token = csrf_token(application.state.csrf_secret, "visit")
        http.cookies.set("hearth_visit", "visit")
        for path in ("/sign-in", "/join/join", "/join/spent", "/reset/reset", "/reset/spent"):
            for answer in (await http.get(path), await http.post(path, data={"_csrf_token": token, "password": "x"})):
                assert "accept-language" in answer.headers["vary"].lower()
                assert not past_gettext(answer.text), path
        assert not past_gettext((await http.post("/sign-in")).text)


async def test_the_first_run_speaks_by_gettext(pseudo, application):
    async with make_client(application, "192.168.1.9") as http:
        http.headers["accept-language"] = LANGUAGE
        token = csrf_token(application.state.csrf_secret, "visit")
        http.cookies.set("hearth_visit", "visit")
        assert not past_gettext((await http.get("/setup")).text)
        refused = await http.post("/setup", data={"_csrf_token": token})
        assert refused.status_code == 422
        assert not past_gettext(refused.text)


def test_a_word_past_gettext_is_found():
    page = '<html lang="ja"><title>⟦Notes⟧ · Hearth</title><p title="Close">⟦For ⟧owner⟦.⟧</p><kbd>Ctrl</kbd></html>'
    assert past_gettext(page) == ["Close", "⟦For ⟧owner⟦.⟧"]
