"""A note about somebody becomes that person: nothing that named it is lost, and one Undo makes it a note again."""

from __future__ import annotations

import json

from tests.conftest import work_through, write
from tests.contacts.test_merging import state

ANA = "---\naliases: [Anita]\nemail: ana@x.org\nbirthday: 1980-02-29\nshoe: 38\n---\nMet at the [[Mill]]. #friends\n"


async def test_a_note_becomes_a_person_with_its_text_names_and_links(alices, database, alice, owner, reactor):
    note = await write(database, alice, "Ana", ANA)
    await write(database, alice, "Trip", "With [[Ana]], whom they call [[Anita]].")
    await work_through(reactor)
    before = await state(owner, alice)
    answer = await alices.post(f"/notes/{note}/person")
    assert answer.status_code == 303
    person = answer.headers["location"].rpartition("/")[2]
    row = await owner.fetchrow("select * from contacts where id::text = $1", person)
    assert (row["full_name"], row["notes"]) == ("Ana", "Met at the [[Mill]]. #friends")
    assert json.loads(row["emails"])[0]["value"] == "ana@x.org"
    assert json.loads(row["dates"]) == [{"label": "birthday", "date": "1980-02-29"}]
    assert json.loads(row["custom_fields"]) == {"shoe": 38}
    await work_through(reactor)
    page = (await alices.get(f"/people/{person}")).text
    assert "Trip" in page
    await write(database, alice, "Later", "[[Anita]] called")
    await work_through(reactor)
    assert "Later" in (await alices.get(f"/people/{person}")).text
    assert await owner.fetchval("select deleted_at is not null from notes where id = $1", note)
    action = await owner.fetchval(
        "select action_id from change_log where record_id = $1 and 'became_contact_id' = any(columns)", note
    )
    assert (await alices.post(f"/history/{action}/undo")).status_code == 303
    assert await owner.fetchval("select deleted_at from notes where id = $1", note) is None
    after = await state(owner, alice)
    linked = [link for link in before["links"] if link[1] == str(note)]
    assert linked
    assert all(link in after["links"] for link in linked)


async def test_a_folder_of_notes_becomes_people_at_once_and_comes_back_at_once(alices, database, alice, owner):
    async with database.reading(alice.id) as connection:
        folder = await connection.fetchval(
            "insert into folders (user_id, name) values ($1, 'People') returning id", alice.id
        )
    ids = [await write(database, alice, name, "x", folder_id=folder) for name in ("Ana", "Bo", "")]
    assert (await alices.post(f"/folders/{folder}/people")).headers["location"] == "/people"
    assert await owner.fetchval("select count(*) from contacts where not is_self and user_id = $1", alice.id) == 2
    assert await owner.fetchval("select deleted_at from notes where id = $1", ids[2]) is None
    action = await owner.fetchval("select action_id from change_log where 'became_contact_id' = any(columns) limit 1")
    await alices.post(f"/history/{action}/undo")
    assert await owner.fetchval("select count(*) from notes where deleted_at is null and user_id = $1", alice.id) == 3
    assert await owner.fetchval("select count(*) from contacts where deleted_at is null and not is_self") == 0


async def test_what_is_no_note_about_somebody_stays_what_it_is(alices, bobs, database, alice):
    untitled = await write(database, alice, "", "x")
    assert (await alices.post(f"/notes/{untitled}/person")).status_code == 400
    note = await write(database, alice, "Ana", "x")
    assert (await bobs.post(f"/notes/{note}/person")).status_code == 404
    async with database.reading(alice.id) as connection:
        folder = await connection.fetchval(
            "insert into folders (user_id, name) values ($1, 'People') returning id", alice.id
        )
    assert (await bobs.post(f"/folders/{folder}/people")).status_code == 404
