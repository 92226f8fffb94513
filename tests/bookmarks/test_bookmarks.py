"""Bookmarks: one address once, with what is known of it, in and out by the browsers' own file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookmarks.addresses import check_address, normalise
from app.bookmarks.netscape import read_netscape, write_netscape
from app.core.errors import Invalid

FIREFOX = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<TITLE>Bookmarks</TITLE><H1>Bookmarks Menu</H1>
<DL><p>
    <DT><A HREF="https://one.example.org/" ADD_DATE="1600000000" TAGS="owls,night">One &amp; only</A>
    <DD>What it says
    <DT><H3 ADD_DATE="1">Birds</H3>
    <DL><p>
        <DT><A HREF="https://two.example.org/a?utm_source=x" LAST_VISIT="1600000000000000">Two</A>
        <DT><H3>Night</H3>
        <DL><p><DT><A HREF="https://three.example.org">Three</A></DL><p>
    </DL><p>
    <DT><A HREF="place:sort=8">Most visited</A>
    <DT><A HREF="javascript:alert(1)">Evil</A>
</DL>
"""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://Example.org", "http://www.example.org/"),
        ("https://example.org/a/", "https://example.org/a#part"),
        ("https://example.org/?b=2&a=1", "https://example.org?a=1&b=2&utm_medium=mail"),
        ("https://example.org:443/ü", "https://example.org/%C3%BC"),
    ],
)
def test_two_spellings_of_one_page_are_one(one, other):
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("https://example.org/a", "https://example.org/A"), ("https://example.org/?a=1", "https://example.org/?a=2"),
     ("https://example.org/#/one", "https://example.org/#/two"), ("https://example.org:8080", "https://example.org")],
)  # fmt: skip
def test_two_pages_stay_two(one, other):
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize(
    "given_address", ["", "javascript:alert(1)", "file:///etc/passwd", "owls", "http://", "http://[::1"]
)
def test_what_is_no_web_address_is_refused(given_address):
    with pytest.raises(Invalid):
        check_address(given_address)


@given(st.text(max_size=60))
def test_any_address_that_is_taken_has_a_key_that_stays(text):
    try:
        url = check_address(f"https://example.org/{text}")
    except Invalid:
        return
    assert normalise(url) == normalise("http://" + normalise(url)) or "#" in url or "%" in url or "?" in url


def test_the_file_of_a_browser_is_read_with_its_folders():
    entries = {entry.title: entry for entry in read_netscape(FIREFOX)}
    assert entries["One & only"].tags == ("owls", "night") and entries["One & only"].description == "What it says"
    assert entries["One & only"].added.year == 2020 and entries["Two"].visited.year == 2020
    assert (entries["Two"].category, entries["Three"].category) == ("Birds", "Birds/Night")


def test_what_is_given_away_reads_back_as_it_was():
    rows = [({"url": "https://a.example.org", "title": "A <b>", "description": "d & e", "category": None}, ()),
            ({"url": "https://b.example.org", "title": "B", "description": "", "category": "X"}, ("t",))]  # fmt: skip
    first, second = read_netscape("".join(write_netscape(rows)))
    assert (first.title, first.description, first.category) == ("A <b>", "d & e", "")
    assert (second.category, second.tags) == ("X", ("t",))


async def test_a_bookmark_s_life(alices, owner):
    fields = {"url": "example.org/owls", "title": "", "category": " Birds / Night ", "tags": "#owls, dusk"}
    answer = await alices.post("/bookmarks", fields)
    href = answer.headers["location"]
    row = await owner.fetchrow("select url, title, category from bookmarks")
    assert tuple(row) == ("https://example.org/owls", "", "Birds/Night")
    again = await alices.post("/bookmarks", {"url": "http://www.example.org/owls/"})
    assert again.headers["location"] == href
    assert (await alices.post("/bookmarks", {"url": "nothing"})).status_code == 422
    assert (await alices.post(f"{href}/visit")).status_code == 204
    await alices.post(f"{href}/favourite")
    page = (await alices.get(href)).text
    assert "visited once" in page and "#dusk" in page
    for path in (
        "/bookmarks",
        "/bookmarks?favourites=1",
        "/bookmarks?category=Birds/Night",
        "/bookmarks?q=site:example.org",
    ):
        assert href in (await alices.get(path)).text, path
    assert href not in (await alices.get("/bookmarks?category=Fish")).text
    other = (await alices.post("/bookmarks", {"url": "https://other.example.org"})).headers["location"]
    assert (await alices.post(other, {"url": "https://example.org/owls"})).status_code == 409
    await alices.post(f"{href}/discard")
    assert href not in (await alices.get("/bookmarks")).text
    await alices.post(f"{href}/restore")
    assert href in (await alices.get("/bookmarks")).text


async def test_a_browser_s_file_comes_in_once_and_goes_out_again(alices, owner):
    for added in ("3 bookmarks added.", "0 bookmarks added."):
        files = {"file": ("bookmarks.html", FIREFOX.encode(), "text/html")}
        headers = {"x-csrftoken": alices.csrf}
        answer = await alices.http.post("/bookmarks/import", files=files, headers=headers)
        assert answer.status_code == 303
        assert added in (await alices.get("/bookmarks")).text
    assert await owner.fetchval("select count(*) from bookmarks") == 3
    out = await alices.get("/bookmarks/export")
    assert "attachment" in out.headers["content-disposition"]
    assert {entry.url for entry in read_netscape(out.text)} == {
        "https://one.example.org/", "https://two.example.org/a?utm_source=x", "https://three.example.org",
    }  # fmt: skip


async def test_a_bookmark_is_found_by_the_words_of_its_page(alices, owner, database, alice):
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into bookmarks (user_id, url, normal_url, title) "
            "values ($1, 'https://x.example.org', 'x.example.org', 'X')", alice.id,
        )  # fmt: skip
    # As the worker does; the page stands in one place, whatever record points at it.
    await owner.execute(
        "insert into link_pages (record_id, user_id, url, host, state, text, favicon, read_at) "
        "select id, user_id, url, 'x.example.org', 'done', 'The nightjar churrs.', '\\x89504e47', now() from bookmarks"
    )
    assert "x.example.org" in (await alices.get("/search?q=nightjar")).text
    assert 'ICON="data:image/png;base64,iVBORw=="' in (await alices.get("/bookmarks/export")).text
