"""The whole record of a note: its form, whom it is by and for, its format, and the way back from each."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest

from app.contacts.fields import ContactFields, Labelled
from app.contacts.service import add_contact, discard_contact
from app.history.undoing import undo_action
from app.kinds import KINDS
from app.notes.service import pin_note
from tests.conftest import work_through, write

UNDO = re.compile(r'action="(/history/[0-9a-f-]{36}/undo)"')


async def person(database, whose, name: str, email: str = "") -> UUID:
    async with database.writing(whose.id) as session:
        return (await add_contact(session, whose.id, ContactFields(name, emails=(Labelled("", email),)))).id


async def kept(owner, note: UUID, *columns: str) -> tuple:
    return tuple(await owner.fetchrow(f"select {', '.join(columns)} from notes where id = $1", note))  # noqa: S608


async def targets(database, whose, note: UUID) -> set[UUID]:
    async with database.reading(whose.id) as connection:
        return {
            row[0] for row in await connection.fetch("select contact_id from note_targets where note_id = $1", note)
        }


async def undo_last(browser, note: UUID) -> None:
    """By the toast of the page that the form led to."""
    page = await browser.get(f"/notes/{note}")
    assert (await browser.post(UNDO.search(page.text)[1])).status_code == 303


async def test_every_field_of_the_form_is_kept_shown_and_undone_at_once(alices, database, owner, alice):
    note = await write(database, alice, "Bees", "<b>bold</b>")
    ana = await person(database, alice, "Ana Lima")
    columns = ("icon", "colour", "content_format", "preferred_view", "note_kind", "date_key::text", "template_for",
               "author_contact_id", "target_contact_ids")  # fmt: skip
    before = await kept(owner, note, *columns)
    fields = {
        "icon": " 🐝 ", "colour": "moss", "content_format": "html", "preferred_view": "canvas", "note_kind": "system",
        "date_key": "2026-03-12", "template_for": "note", "author": "ana lima", "added": "Ana Lima",
    }  # fmt: skip
    answer = await alices.post(f"/notes/{note}/about", fields)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/notes/{note}")
    after = ("🐝", "moss", "html", "canvas", "system", "2026-03-12", "note", ana, [ana])
    assert await kept(owner, note, *columns) == after
    undo = UNDO.search((await alices.get(f"/notes/{note}")).text)[1]
    form = (await alices.get(f"/notes/{note}/about")).text
    assert 'value="🐝"' in form
    assert '<option value="canvas" selected>' in form
    await alices.post(undo)
    assert await kept(owner, note, *columns) == before
    assert await owner.fetchval("select count(*) from entity_links where source_id = $1", note) == 0


async def test_the_page_says_calmly_whom_a_note_is_by_and_for(alices, database, owner, reactor, alice):
    ana, bea = await person(database, alice, "Ana"), await person(database, alice, "Bea")
    note = await write(database, alice, "Letter", "Dear @Ana", author_contact_id=bea, icon="✉", colour="sky")
    await work_through(reactor)
    page = (await alices.get(f"/notes/{note}")).text
    assert f'written by <a class="person" href="/people/{bea}">Bea</a>' in page
    assert f'for <a class="person" href="/people/{ana}">Ana</a>' in page
    assert '<span class="note-mark tint-sky" aria-hidden="true">' in page
    assert '<span class="note-icon">✉</span>' in page
    assert "Letter" in (await alices.get(f"/people/{bea}")).text
    assert "Letter" in (await alices.get(f"/people/{ana}")).text


async def test_a_form_that_has_some_fields_changes_those_alone(alices, database, owner, alice):
    note = await write(database, alice, "Bees", icon="🐝", colour="moss")
    await alices.post(f"/notes/{note}/about", {"icon": "🍯"})
    assert await kept(owner, note, "icon", "colour", "version") == ("🍯", "moss", 2)
    await alices.post(f"/notes/{note}/about", {})
    assert await kept(owner, note, "version") == (2,)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"icon": "x" * 17}, "one sign"),
        ({"date_key": "tomorrow"}, "is no day"),
        ({"date_key": "0004-01-01"}, "is no day"),
        ({"content_format": "rtf"}, "a choice that there is not"),
        ({"colour": "url(x)"}, "a choice that there is not"),
        ({"note_kind": "log"}, "say which"),
        ({"note_kind": "log", "date_key": "2026-03-12", "template_for": "log"}, "cannot be a template"),
        ({"author": "Nobody Here"}, "Nobody is called “Nobody Here”"),
        ({"added": "Twin"}, "Several people are called “Twin”"),
        ({"shown": "x"}, "a choice that there is not"),
    ],
)
async def test_what_cannot_be_kept_gets_a_sentence_and_loses_nothing(alices, database, owner, alice, fields, sentence):
    note = await write(database, alice, "Bees")
    for number in (1, 2):
        await person(database, alice, "Twin", email=f"twin{number}@example.org")
    answer = await alices.post(f"/notes/{note}/about", {"weather": "", "icon": "🐝", **fields})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert all(
        f'value="{value}"' in answer.text for name, value in fields.items() if name in ("icon", "author", "added")
    )
    assert await kept(owner, note, "version") == (1,)


async def test_a_namesake_is_told_by_the_address_and_stays_while_the_name_does(alices, database, owner, alice):
    note = await write(database, alice, "Bees")
    await person(database, alice, "Twin", email="one@example.org")
    second = await person(database, alice, "Twin", email="Two@example.org")
    await alices.post(f"/notes/{note}/about", {"author": "two@example.org"})
    assert await kept(owner, note, "author_contact_id") == (second,)
    assert (await alices.post(f"/notes/{note}/about", {"author": "Twin", "icon": "🐝"})).status_code == 303
    assert await kept(owner, note, "author_contact_id", "icon") == (second, "🐝")
    await alices.post(f"/notes/{note}/about", {"author": ""})
    assert await kept(owner, note, "author_contact_id") == (None,)


async def test_mentions_fill_in_whom_a_note_is_for_and_the_person_has_the_last_word(
    alices, database, owner, reactor, alice
):
    ana, bea = await person(database, alice, "Ana"), await person(database, alice, "Bea")
    note = await write(database, alice, "Plan", "With @Ana")
    await work_through(reactor)
    assert await targets(database, alice, note) == {ana}
    await alices.post(f"/notes/{note}/about", {"shown": str(ana), "added": "Bea"})
    assert await targets(database, alice, note) == {bea}
    await owner.execute("update notes set content = 'Still with @Ana and @Bea' where id = $1", note)
    await work_through(reactor)
    assert await targets(database, alice, note) == {bea}
    await undo_last(alices, note)
    assert await targets(database, alice, note) == {ana, bea}
    await alices.post(f"/notes/{note}/about", {"shown": str(ana), "added": "Ana"})
    assert ana in await targets(database, alice, note)


async def test_a_person_who_goes_takes_no_note_along(database, worker_database, owner, alice):
    ana = await person(database, alice, "Ana")
    note = await write(database, alice, "Letter", author_contact_id=ana, target_contact_ids=[ana])
    assert await targets(database, alice, note) == {ana}
    async with database.writing(alice.id) as session:
        await discard_contact(session, ana)
    assert await targets(database, alice, note) == set()
    async with worker_database.reading(alice.id) as connection:
        await connection.execute("delete from contacts where id = $1", ana)
    assert await kept(owner, note, "title", "author_contact_id", "deleted_at") == ("Letter", None, None)
    assert await owner.fetchval("select count(*) from entity_links where source_id = $1", note) == 0


async def test_an_undo_that_brings_back_somebody_who_went_for_ever_does_not_fail(
    database, worker_database, owner, alice
):
    ana = await person(database, alice, "Ana")
    note = await write(database, alice, "Letter", target_contact_ids=[ana])
    async with database.writing(alice.id, action_id=(action := uuid4())) as session:
        (await pin_note(session, note, True)).target_contact_ids = []
    async with worker_database.reading(alice.id) as connection:
        await connection.execute("delete from contacts where id = $1", ana)
    await undo_action(database, alice.id, action, KINDS)
    assert await kept(owner, note, "is_pinned") == (False,)
    assert await targets(database, alice, note) == set()


async def test_nobody_can_be_named_across_people(bobs, alices, database, owner, alice, bob):
    theirs = await person(database, alice, "Secret Ana")
    mine = await write(database, bob, "Mine", target_contact_ids=[theirs])
    assert await owner.fetchval("select count(*) from entity_links where source_id = $1", mine) == 0
    answer = await bobs.post(f"/notes/{mine}/about", {"author": "Secret Ana"})
    assert answer.status_code == 422
    assert "Secret Ana" not in (await bobs.get(f"/notes/{mine}/about")).text


async def test_a_day_has_one_log_whoever_asks_for_another(alices, database, owner, alice):
    first, second = await write(database, alice, "One"), await write(database, alice, "Two")
    fields = {"note_kind": "log", "date_key": "2026-03-12"}
    assert (await alices.post(f"/notes/{first}/about", fields)).status_code == 303
    answer = await alices.post(f"/notes/{second}/about", fields)
    assert answer.status_code == 422
    assert "has a log already" in answer.text
    await alices.post(f"/notes/{second}/about", {**fields, "note_kind": "note"})
    page = (await alices.get("/day?on=2026-03-12")).text
    assert "Two" in page.partition("Of this day")[2]


async def test_a_note_behind_the_scenes_is_in_no_list_and_at_its_address(alices, database, alice):
    note = await write(database, alice, "Machinery", "cogs", note_kind="system")
    for path in ("/notes", "/", "/day"):
        assert "Machinery" not in (await alices.get(path)).text
    assert "behind the scenes" in (await alices.get(f"/notes/{note}")).text
    assert "Machinery" in (await alices.get("/search?q=cogs")).text


async def test_html_is_shown_safely_edited_as_source_and_found_by_its_words(alices, database, owner, reactor, alice):
    source = (
        '<h2 onclick="x()">Roof</h2><script>alert(1)</script><p style="color:#abc" hx-get="/x">tiles &amp; @Ana</p>'
    )
    ana = await person(database, alice, "Ana")
    note = await write(database, alice, "", source, content_format="html")
    await work_through(reactor)
    page = (await alices.get(f"/notes/{note}")).text
    assert "<h2>Roof</h2>" in page
    assert "<p>tiles &amp; @Ana</p>" in page
    assert "<script>alert" not in page
    assert "hx-get" not in page.partition("prose")[2].partition("</div>")[0]
    assert "&lt;h2 onclick" in (await alices.get(f"/notes/{note}/edit")).text
    assert (await owner.fetchval("select preview from records where id = $1", note)).startswith("Roof")
    assert await owner.fetchval("select count(*) from record_topics where record_id = $1", note) == 0
    assert await targets(database, alice, note) == {ana}
    await alices.post(f"/notes/{note}/about", {"content_format": "plain"})
    assert "<pre" in (await alices.get(f"/notes/{note}")).text
    assert (await owner.fetchval("select preview from records where id = $1", note)).startswith("<h2")


async def test_the_source_is_told_and_cannot_be_changed(alices, database, owner, alice):
    note = await write(database, alice, "Bees", source="import", source_id="garden/bees.md")
    assert "Imported: garden/bees.md" in (await alices.get(f"/notes/{note}/about")).text
    await alices.post(f"/notes/{note}/about", {"source": "local", "source_id": "x", "user_id": str(uuid4())})
    assert await kept(owner, note, "source", "source_id") == ("import", "garden/bees.md")


async def test_an_account_goes_with_all_that_its_notes_say_of_people(database, owner, alice, bob):
    for number in range(3):
        ana = await person(database, alice, f"Ana {number}")
        await write(database, alice, f"Letter {number}", author_contact_id=ana, target_contact_ids=[ana])
    assert await owner.fetchval("select count(*) from entity_links") == 6
    await owner.fetchval("select gate_remove_user($1)", alice.email)
    for table in ("notes", "contacts", "records", "entity_links"):
        assert not await owner.fetchval(f"select count(*) from {table} where user_id = $1", alice.id), table  # noqa: S608
