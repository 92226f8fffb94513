"""Where each thing on a person's page came from, files that are put on it, and who is in a group."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

from app.contacts.dossier import SHOW
from app.contacts.dossier_pages import LABELS
from app.contacts.fields import COLUMNS
from app.history.undoing import undo_action
from app.kinds import KINDS
from tests.conftest import work_through


def origins(page: str) -> dict[str, str]:
    """What stands behind each word, without the day."""
    found = re.search(r'<details class="origins">(.*?)</details>', page, re.S)
    assert found
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?) <span", found[1])
    return dict(pairs)


async def add(database, user, actor: str, **columns: str) -> UUID:
    async with database.reading(user.id, actor, uuid4()) as connection:
        return await connection.fetchval(
            "insert into contacts (user_id, full_name, company, emails) values ($1, $2, $3, $4) returning id",
            user.id, columns["full_name"], columns.get("company"), columns.get("emails", "[]"),
        )  # fmt: skip


async def test_each_field_says_who_wrote_it_last(alices, alice, database):
    ana = await add(
        database, alice, "import", full_name="Ana", company="Tea", emails='[{"label": "", "value": "a@x.org"}]'
    )
    async with database.reading(alice.id, "carddav", uuid4()) as connection:
        await connection.execute("update contacts set company = 'Tea Ltd' where id = $1", ana)
    await alices.post(f"/people/{ana}/facts/location", {"version": "2", "location": "Lima"})
    told = origins((await alices.get(f"/people/{ana}")).text)
    assert told == {
        "Name": "an import", "E-mail": "an import", "Company": "an address book", "Place": "written by hand",
    }  # fmt: skip


async def test_what_a_merge_brought_names_whom_until_it_is_undone(alices, alice, database, owner):
    one = await add(database, alice, "person", full_name="Ana")
    other = await add(database, alice, "import", full_name="Anna L.", company="Tea")
    await alices.post("/people/merge", {"id": [str(one), str(other)], "keep": str(one)})
    assert origins((await alices.get(f"/people/{one}")).text)["Company"] == "merged from Anna L."
    action = await owner.fetchval("select action_id from change_log where record_id = $1 order by seq desc", one)
    await undo_action(database, alice.id, action, KINDS)
    assert "Company" not in origins((await alices.get(f"/people/{one}")).text)


def test_all_that_is_shown_is_asked_about():
    found = re.search(r"'\{(full_name.*?)\}'", SHOW, re.S)
    assert found
    named = {name.strip() for name in found[1].split(",")}
    assert named == {"full_name", "notes", *LABELS} <= set(COLUMNS)


async def test_files_come_to_a_person_and_go_by_one_undo(alices, bobs, alice, database, owner):
    ana = await add(database, alice, "person", full_name="Ana")

    async def send(browser):
        files = {"files": ("letter.txt", b"dear")}
        return await browser.http.post(f"/people/{ana}/files", files=files, data={"_csrf_token": browser.csrf})

    assert (await send(bobs)).status_code == 404
    assert (await send(alices)).headers["location"] == f"/people/{ana}#files"
    assert "letter.txt" in (await alices.get(f"/people/{ana}")).text
    action = await owner.fetchval("select action_id from change_log order by seq desc limit 1")
    await undo_action(database, alice.id, action, KINDS)
    assert "letter.txt" not in (await alices.get(f"/people/{ana}")).text
    async with database.reading(alice.id) as connection:
        await connection.execute("update contacts set deleted_at = now() where id = $1", ana)
    assert (await send(alices)).status_code == 409


async def test_the_list_narrows_to_a_group_by_its_name_in_any_case(alices, alice, database, reactor):
    ana = await add(database, alice, "person", full_name="Ana")
    await add(database, alice, "person", full_name="Bea")
    group = (await alices.post("/groups", {"name": "Chör"})).headers["location"]
    await alices.post(f"{group}/add", {"people": "Ana"})
    await work_through(reactor)
    page = (await alices.get("/people?q=group:chor")).text
    assert (f"/people/{ana}" in page, "Bea" in page) == (True, False)
    assert f"/people/{ana}" in (await alices.get("/search?q=group:chor")).text
    await alices.post(f"{group}/discard")
    assert f"/people/{ana}" not in (await alices.get("/people?q=group:chor")).text
