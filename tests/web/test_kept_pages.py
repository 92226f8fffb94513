"""A page that shows what it showed is made once: for one person, one language, one day, and not one change longer."""

from __future__ import annotations

from datetime import date

import pytest

from app.web import locale, rendering
from app.web.kept import Kept
from tests.conftest import work_through, write


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the templates that were rendered."""
    names: list[str] = []
    html = rendering.Renderer.html

    def count(self, name, *rest):
        names.append(name)
        return html(self, name, *rest)

    monkeypatch.setattr(rendering.Renderer, "html", count)
    return names


@pytest.mark.parametrize("where", ["/notes", "/notes/{note}"])
async def test_what_shows_the_same_is_made_once(alices, database, reactor, alice, rendered, where):
    note = await write(database, alice, "Bread", "rye")
    await work_through(reactor)
    path = where.format(note=note)
    first = await alices.get(path)  # opening it warms it
    pages = [await alices.get(path) for _ in range(4)]
    assert len(rendered) <= 2
    assert {page.text for page in pages[1:]} == {pages[1].text}
    assert pages[1].headers["content-encoding"] == first.headers["content-encoding"] == "gzip"


async def test_a_change_is_seen_at_once(alices, database, alice):
    note = await write(database, alice, "Bread", "rye")
    for path in ("/notes", f"/notes/{note}"):
        assert "Bread" in (await alices.get(path)).text
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set title = 'Brioche' where id = $1", note)
    for path in ("/notes", f"/notes/{note}"):
        page = (await alices.get(path)).text
        assert "Brioche" in page
        assert "Bread" not in page


async def test_nobody_is_shown_another_s_page(alices, bobs, database, alice):
    note = await write(database, alice, "Bread", "rye")
    for path in ("/notes", f"/notes/{note}"):
        await alices.get(path)
        assert "Bread" not in (await bobs.get(path)).text


async def test_a_session_that_ended_opens_nothing_that_is_kept(alices, database, owner, alice):
    await write(database, alice, "Bread", "rye")
    await alices.get("/notes")
    await owner.execute("delete from sessions where user_id = $1", alice.id)
    page = await alices.get("/notes")
    assert page.status_code == 303
    assert "Bread" not in page.text


async def test_look_language_and_day_make_it_anew(alices, database, owner, alice, rendered, monkeypatch):
    await write(database, alice, "Bread", "rye")
    await alices.get("/notes")
    await owner.execute("update users set theme = 'dark', updated_at = now() where id = $1", alice.id)
    assert 'data-theme="dark"' in (await alices.get("/notes")).text
    await owner.execute("update users set locale = 'de', updated_at = now() where id = $1", alice.id)
    assert "Notizen" in (await alices.get("/notes")).text
    before = len(rendered)
    monkeypatch.setattr(locale, "today", lambda: date(2031, 1, 1))
    await alices.get("/notes")
    assert len(rendered) == before + 1


async def test_who_takes_no_gzip_gets_none_of_it(alices, database, alice):
    await write(database, alice, "Bread", "rye")
    await alices.get("/notes")
    plain = await alices.get("/notes", **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert "Bread" in plain.text


def test_what_is_kept_has_a_bound():
    kept = Kept[bytes](10)
    for number in range(5):
        kept.keep(number, b"1234")
    assert [kept.find(number) for number in range(5)] == [None, None, None, b"1234", b"1234"]
