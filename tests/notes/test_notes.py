"""Notes over HTTP: nothing typed is lost, whatever happens."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.notes.kind import Note
from app.notes.service import write_note
from tests.conftest import work_through, write


class Fields(HTMLParser):
    """The values of a page's inputs and textareas, as a browser would send them back."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.values: dict[str, str] = {}
        self._area = ""
        # The dialogs behind every page have forms of their own.
        self.feed(html.partition("<hearth-switcher")[0])

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "input" and given.get("name"):
            self.values[given["name"]] = given.get("value") or ""
        if tag == "textarea":
            self._area = given["name"]
            self.values[self._area] = ""

    def handle_data(self, data):
        if self._area:
            self.values[self._area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            # The one line break after the opening tag is the browser's, not the text's.
            self.values[self._area] = self.values[self._area].removeprefix("\n")
            self._area = ""


async def save(browser, note, version: int, title: str, content: str, **headers: str):
    return await browser.post(
        f"/notes/{note}", {"version": str(version), "title": title, "content": content}, **headers
    )


async def test_a_new_note_is_written_and_shown(alices):
    note = uuid4()
    answer = await save(alices, note, 0, "First light", "Hello **world**")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/notes/{note}")
    page = await alices.get(f"/notes/{note}")
    assert "First light" in page.text
    assert "<strong>world</strong>" in page.text


async def test_the_same_form_sent_twice_makes_one_note(alices, owner):
    note = uuid4()
    for _time in range(2):
        assert (await save(alices, note, 0, "Once", "text")).status_code == 303
    assert await owner.fetchval("select count(*) from notes") == 1


async def test_an_autosave_answers_with_the_next_version_alone(alices):
    note = uuid4()
    answer = await save(alices, note, 0, "One", "text", **{"hx-request": "true", "hx-target": "saved"})
    assert answer.status_code == 200
    assert Fields(answer.text).values == {"version": "1"}
    assert "<html" not in answer.text


async def test_saving_what_stands_there_already_is_no_conflict(alices, database, alice):
    note = await write(database, alice, "One", "start")
    await save(alices, note, 1, "One", "same")
    assert (await save(alices, note, 1, "One", "same")).status_code == 303


@pytest.mark.parametrize(("title", "content"), [("x" * 501, "kept"), ("t", "nul\0 kept")])
async def test_a_text_that_cannot_be_stored_comes_back_in_the_form(alices, title, content):
    answer = await save(alices, uuid4(), 0, title, content)
    assert answer.status_code == 422
    assert "kept" in Fields(answer.text).values["content"]
    assert "cannot be stored" in answer.text or "at most" in answer.text


async def test_a_note_is_pinned_archived_discarded_and_restored(alices, database, alice):
    note = await write(database, alice, "One", "bread")
    other = await write(database, alice, "Two", "salt")
    await alices.post(f"/notes/{note}/pin")
    listed = (await alices.get("/notes")).text
    assert listed.index(str(note)) < listed.index(str(other))
    await alices.post(f"/notes/{note}/archive")
    assert str(note) not in (await alices.get("/notes")).text
    assert str(note) in (await alices.get("/notes?show=archived")).text
    await alices.post(f"/notes/{note}/unarchive")
    await alices.post(f"/notes/{note}/discard")
    assert str(note) not in (await alices.get("/notes")).text
    assert str(note) in (await alices.get("/trash")).text
    await alices.post(f"/notes/{note}/restore")
    assert str(note) in (await alices.get("/notes")).text


async def test_a_list_is_paged_without_gaps_or_repeats(alices, database, alice):
    made = {str(await write(database, alice, f"Note {number}")) for number in range(75)}
    seen: list[str] = []
    path = "/notes"
    while path:
        page = (await alices.get(path, **({"hx-target": "pager", "hx-request": "true"} if seen else {}))).text
        seen += [part[:36] for part in page.split('href="/notes/')[1:] if part[36:37] == '"' and part[:36] in made]
        path = page.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&") if 'id="pager"' in page else ""
    assert len(seen) == len(set(seen)) == 75


async def test_a_list_is_narrowed_by_words_and_by_topic(alices, database, reactor, alice):
    bread = await write(database, alice, "Kitchen", "We baked brëad. #food")
    salt = await write(database, alice, "Cellar", "We kept salt.")
    await work_through(reactor)
    for path in ("/notes?q=bread", "/notes?topic=food"):
        page = (await alices.get(path)).text
        assert str(bread) in page
        assert str(salt) not in page


@pytest.mark.parametrize("path", ["/notes?after=nonsense", "/notes?after=WzFd", "/notes?folder=nonsense"])
async def test_an_address_that_was_tampered_with_is_refused_gently(alices, path):
    assert (await alices.get(path)).status_code in {400, 404}


async def test_a_page_names_who_links_to_it_with_the_sentence(alices, database, reactor, alice):
    target = await write(database, alice, "Lisbon")
    source = await write(database, alice, "Trip", "We saw [[Lisbon]] at dawn.")
    await work_through(reactor)
    page = (await alices.get(f"/notes/{target}")).text
    assert f'href="/notes/{source}"' in page
    assert "We saw Lisbon at dawn." in page
    assert f'href="/notes/{target}"' in (await alices.get(f"/notes/{source}")).text


async def test_a_link_to_nothing_offers_to_write_it(alices, database, reactor, alice):
    source = await write(database, alice, "Trip", "To [[São Tomé & more]].")
    await work_through(reactor)
    assert "/notes/new?title=S%C3%A3o%20Tom%C3%A9%20%26%20more" in (await alices.get(f"/notes/{source}")).text
    form = (await alices.get("/notes/new?title=S%C3%A3o%20Tom%C3%A9%20%26%20more")).text
    assert Fields(form).values["title"] == "São Tomé & more"


async def test_opening_a_note_warms_it(alices, database, reactor, owner, alice):
    note = await write(database, alice, "One")
    await work_through(reactor)
    before = await owner.fetchval("select warmth from record_heat where record_id = $1", note)
    await alices.get(f"/notes/{note}")
    assert await owner.fetchval("select warmth from record_heat where record_id = $1", note) > before


def hostile_strings(shared_data) -> list[str]:
    strings = json.loads((shared_data / "hostile" / "naughty_strings.json").read_text())
    strings += (shared_data / "hostile" / "xss_payloads.txt").read_text().splitlines()
    strings += [example.replace("→", "\t") for example in commonmark_examples(shared_data)]
    return [text for text in strings if "\0" not in text]


def commonmark_examples(shared_data) -> list[str]:
    specification = (shared_data / "commonmark_spec.txt").read_text()
    return re.findall(r"^`{32} example\n(.*?)^\.$", specification, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("step", [10, pytest.param(1, marks=pytest.mark.whole)], ids=["a tenth", "all"])
async def test_every_hostile_string_is_stored_and_given_back_unchanged(database, alice, shared_data, step):
    strings = hostile_strings(shared_data)[::step]
    assert len(strings) > 7_700 / step
    written = {}
    async with database.writing(alice.id) as session:
        for text in strings:
            note_id = uuid4()
            session.expunge((await write_note(session, alice.id, note_id, 0, text[:500], text)).note)
            written[note_id] = (text[:500], text.replace("\r\n", "\n"))
        stored = await session.execute(select(Note.id, Note.title, Note.content))
    assert {row[0]: (row[1], row[2]) for row in stored} == written


@pytest.mark.slow
@pytest.mark.whole
async def test_a_hostile_string_comes_back_in_the_form_as_it_was_typed(alices, shared_data, owner):
    for text in hostile_strings(shared_data)[::25]:
        note = uuid4()
        answer = await save(alices, note, 0, text[:500], text)
        assert answer.status_code == 303, text
        stored = await owner.fetchval("select content from notes where id = $1", note)
        shown = Fields((await alices.get(f"/notes/{note}/edit")).text).values
        assert shown["content"] == stored.replace("\r", "\n")
        assert (await alices.get(f"/notes/{note}")).status_code == 200


async def test_several_notes_are_changed_at_once_and_undone_at_once(alices, database, owner, alice):
    notes = [await write(database, alice, f"Note {number}") for number in range(4)]
    page = (await alices.get("/notes?select=1")).text
    assert page.count('type="checkbox"') == 4
    form = {"id": [str(note) for note in notes[:3]], "back": "/notes?topic=x"}
    answer = await alices.post("/notes/selected/archive", form)
    assert answer.headers["location"] == "/notes?topic=x"
    archived = "select count(*) from notes where archived_at is not null"
    assert await owner.fetchval(archived) == 3
    listed = (await alices.get("/notes")).text
    assert "3 notes archived." in listed
    await alices.post(re.search(r"/history/[0-9a-f-]+/undo", listed)[0])
    assert await owner.fetchval(archived) == 0


@pytest.mark.parametrize("verb", ["archive", "unarchive", "pin", "discard"])
async def test_a_selection_with_another_person_s_note_changes_nothing(alices, bobs, database, owner, alice, bob, verb):
    theirs, mine = await write(database, alice, "Alice's"), await write(database, bob, "Bob's")
    answer = await bobs.post(f"/notes/selected/{verb}", {"id": [str(mine), str(theirs)]})
    assert answer.status_code == 404
    assert await owner.fetchval("select max(version) from notes") == 1
    assert (await bobs.post(f"/notes/selected/{verb}", {"id": ["x"]})).status_code == 400
    assert (await bobs.post(f"/notes/selected/{verb}")).headers["location"] == "/notes"
