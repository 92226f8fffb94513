"""A text to take along: the Markdown that it is, HTML without the house around it."""

from __future__ import annotations

from markupsafe import Markup

from app.notes.copying import without_house
from tests.conftest import work_through, write


async def test_the_markdown_is_what_was_written(alices, database, alice):
    text = "# A\n\n<script>x</script> [[B]] é\n"
    note = await write(database, alice, 'Ä "b"/c\\d', text)
    answer = await alices.get(f"/notes/{note}/text.md")
    assert answer.content == text.encode()
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%C3%84%20%20b%20c%20d.md"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_html_needs_no_house(alices, database, reactor, alice):
    await write(database, alice, "Ada", "embedded words")
    text = "## One\n\n[[Ada]] [x](https://x.org) <script>y</script> $a$ #tea\n\n![[Ada]]\n\n> [!tip]- fold\n> in"
    note = await write(database, alice, "A & <b>", text)
    await work_through(reactor)
    answer = await alices.get(f"/notes/{note}/text.html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    page = answer.text
    assert page.startswith("<!doctype html>") and "<title>A &amp; &lt;b&gt;</title>" in page
    assert "<h1>A &amp; &lt;b&gt;</h1>" in page and "embedded words" in page and "<math" in page
    assert 'href="https://x.org"' in page and "<details>" in page
    assert "/notes" not in page and "<script" not in page and "user-content" not in page and "class=" not in page


async def test_only_its_owner_takes_a_text(alices, bobs, database, alice):
    note = await write(database, alice, "Secret", "secret")
    for form in ("text.md", "text.html"):
        assert (await bobs.get(f"/notes/{note}/{form}")).status_code == 404
    assert (await alices.get(f"/notes/{note}/text.pdf")).status_code == 404


def test_attributes_cannot_be_turned_inside_out():
    html = Markup(
        '<p title=" id=" lang=" class=&quot; onclick=x ">y</p><a href="/x" id="z">in</a><a href="//x.org">out</a>'
    )
    assert without_house(html) == ('<p title=" id=" lang=" class=&quot; onclick=x ">y</p>in<a href="//x.org">out</a>')
    assert without_house(Markup('<img src="/files/a" alt="A &lt;b&gt;" loading="lazy">')) == "A &lt;b&gt;"
    assert without_house(Markup('<a>bare</a> <a href="#x">here</a>')) == "bare here"
