"""Into accounts that are used, by others than the one it came from, and with what was changed meanwhile."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from app.importing.service import import_path
from tests.conftest import work_through, write

Rewrite = Callable[..., Path]


@pytest.fixture
def rewritten(tmp_path) -> Rewrite:
    """The archive with some of its members replaced, as somebody's tools would leave it."""

    def rewrite(path: Path, changes: Mapping[str, bytes | None], prefix: str = "") -> Path:
        to = tmp_path / f"rewritten-{len(list(tmp_path.iterdir()))}.zip"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w") as new:
            for info in old.infolist():
                content = changes.get(info.filename, old.read(info))
                if content is not None:
                    new.writestr(prefix + info.filename, content)
        return to

    return rewrite


async def test_ids_are_kept_where_they_are_free_also_in_an_account_that_is_lived_in(
    owner, database, full, alice, bob, take_out, bring_in
):
    note = await write(database, alice, "Living")
    archive = await take_out()
    await owner.execute("select gate_remove_user($1)", alice.email)
    mine = await write(database, bob, "Mine")
    assert (await bring_in(archive, bob)).headline().startswith("3 added, 0 changed")
    ids = {row[0] for row in await owner.fetch("select id from notes where user_id = $1", bob.id)}
    assert ids == {note, mine, full[3], full[4]}


async def everything(owner, tables, person):
    return {
        table: await owner.fetch(f"select * from {table} where user_id = $1 order by 1, 2, 3", person.id)  # noqa: S608
        for table in tables
    }


async def test_a_second_person_gets_ids_of_their_own_and_the_first_is_untouched(
    owner, full, alice, bob, take_out, bring_in, reactor
):
    archive = await take_out()
    tables = ("records", "notes", "contacts", "folders", "attachments", "names", "entity_links", "record_topics")
    before = await everything(owner, tables, alice)
    report = await bring_in(archive, bob)
    assert report.failed == []
    assert report.headline() == "2 added, 0 changed, 0 unchanged, 0 failed"
    assert await everything(owner, tables, alice) == before
    theirs = await owner.fetch("select id from records where user_id = $1", bob.id)
    assert not {row[0] for row in theirs} & set(full)
    linked = await owner.fetchrow(
        "select n.user_id, c.full_name, f.name from notes n join contacts c on c.id = n.author_contact_id "
        "join folders f on f.id = n.folder_id where n.user_id = $1", bob.id,
    )  # fmt: skip
    assert tuple(linked) == (bob.id, "Ana García", "Birds")
    again = await bring_in(archive, bob)
    assert again.headline() == "0 added, 0 changed, 2 unchanged, 0 failed"


async def test_a_second_person_s_people_know_one_another_by_their_own_ids(owner, full, alice, bob, take_out, bring_in):
    group = await owner.fetchval("insert into groups (user_id, name) values ($1, 'Choir') returning id", alice.id)
    await owner.execute(
        "update contacts set relations = $2, groups = $3 where user_id = $1 and full_name = 'Gone Away'", alice.id,
        json.dumps([{"contact_id": str(full[1]), "relation": "partner"}]),
        json.dumps([{"group_id": str(group), "joined_at": "2024-05-05T00:00:00+00:00"}]),
    )  # fmt: skip
    await bring_in(await take_out(), bob)
    known = await owner.fetchrow(
        "select p.full_name, g.name from contacts c join contacts p on p.id::text = c.relations -> 0 ->> 'contact_id' "
        "join groups g on g.id::text = c.groups -> 0 ->> 'group_id' "
        "where c.user_id = $1 and c.full_name = 'Gone Away' and p.user_id = $1 and g.user_id = $1", bob.id,
    )  # fmt: skip
    assert tuple(known) == ("Ana García", "Choir")


async def test_what_a_second_person_sees_does_not_depend_on_what_the_first_still_has(
    owner, full, alice, bob, take_out, bring_in, database
):
    archive = await take_out()
    await owner.execute("select set_config('app.user_id', $1, false)", str(alice.id))
    await owner.execute("delete from notes where id = $1", full[4])
    await bring_in(archive, bob)
    ids = {row[0] for row in await owner.fetch("select id from notes where user_id = $1", bob.id)}
    assert len(ids) == 2
    assert full[4] not in ids  # though it is free


async def test_the_later_text_stands_and_a_text_that_a_person_wrote_here_is_never_lost(
    owner, database, full, alice, take_out, bring_in, wipe
):
    archive = await take_out()
    anew = await wipe(alice)
    await bring_in(archive, anew)
    async with database.reading(anew.id) as connection:
        await connection.execute("update notes set content = 'written here' where id = $1", full[3])
    assert (await bring_in(archive, anew)).headline() == "0 added, 0 changed, 2 unchanged, 0 failed"
    later = await take_out(anew)
    async with database.reading(anew.id, "import") as connection:
        await connection.execute("update notes set content = 'older', updated_at = '2001-01-01' where id = $1", full[3])
    assert (await bring_in(later, anew)).headline() == "0 added, 1 changed, 1 unchanged, 0 failed"
    assert await owner.fetchval("select content from notes where id = $1", full[3]) == "written here"
    async with database.reading(anew.id) as connection:
        await connection.execute("update notes set content = 'mine', updated_at = '2002-01-01' where id = $1", full[3])
    report = await bring_in(later, anew)
    assert report.conflicts == ["Owls"]
    texts = await owner.fetch("select content from notes where user_id = $1 and title like 'Owls%' order by 1", anew.id)
    assert [row[0] for row in texts] == ["mine", "written here"]
    assert (await bring_in(later, anew)).notes["added"] == 0


async def test_a_text_changed_outside_comes_in_as_it_is_there(
    owner, database, full, alice, take_out, bring_in, wipe, rewritten
):
    archive = await take_out()
    path = "notes/Birds/Owls.md"
    with zipfile.ZipFile(archive) as zipped:
        text = zipped.read(path)
    changed = rewritten(archive, {path: text + b"\nand more"})
    report = await bring_in(changed)
    assert report.headline() == "0 added, 1 changed, 1 unchanged, 0 failed"
    assert [notice for notice in report.notices if notice[0] == path]
    assert (await owner.fetchval("select content from notes where id = $1", full[3])).endswith("@Ana\nand more")
    assert (await bring_in(changed)).headline() == "0 added, 0 changed, 2 unchanged, 0 failed"
    anew = await wipe(alice)
    await bring_in(changed, anew)
    assert (await owner.fetchval("select content from notes where id = $1", full[3])).endswith("@Ana\nand more")


async def test_an_archive_that_was_packed_again_in_a_folder_is_known(full, bob, take_out, bring_in, rewritten):
    again = rewritten(await take_out(), {}, prefix="hearth-export/")
    assert (await bring_in(again, bob)).headline() == "2 added, 0 changed, 0 unchanged, 0 failed"


async def test_a_folder_that_it_was_unpacked_to_comes_back_with_what_was_changed_there(
    owner, full, alice, take_out, bring_in, tmp_path, blobs
):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(await take_out()) as archive:
        archive.extractall(folder)
    assert (await bring_in(folder)).headline() == "0 added, 0 changed, 2 unchanged, 0 failed"
    with (folder / "notes/Birds/Owls.md").open("a") as note:
        note.write(" and more")
    (folder / "files/pics/Owl.PNG").write_bytes(b"another picture")
    (folder / "notes/link.md").symlink_to("/etc/passwd")
    report = await bring_in(folder)
    assert report.headline() == "0 added, 1 changed, 1 unchanged, 0 failed"
    assert report.attachments == {"changed": 1, "unchanged": 1}
    assert (await owner.fetchval("select content from notes where id = $1", full[3])).endswith("@Ana and more")
    sha256 = await owner.fetchval("select sha256 from attachments where user_id = $1 and name = 'Owl.PNG'", alice.id)
    assert blobs.path(sha256).read_bytes() == b"another picture"
    assert (await bring_in(folder)).attachments == {"unchanged": 2}


async def test_what_has_a_name_already_becomes_one_or_stands_beside(
    owner, database, full, alice, bob, take_out, bring_in, reactor
):
    archive = await take_out()
    async with database.reading(bob.id) as connection:
        folder = await connection.fetchval(
            "insert into folders (user_id, name, icon) values ($1, 'Birds', 'mine') returning id", bob.id
        )
        await connection.execute(
            "insert into saved_searches (user_id, name, query) values ($1, 'Owls in print', 'other')", bob.id
        )
        await connection.execute(
            "insert into attachments (user_id, name, folded, path, sha256, size, media_type) values "
            "($1, 'Owl.PNG', 'owl.png', 'pics/Owl.PNG', repeat('a', 64), 3, 'image/png')", bob.id,
        )  # fmt: skip
    await write(database, bob, "My day", note_kind="log", date_key=date(2024, 3, 4))
    report = await bring_in(archive, bob)
    assert report.failed == []
    row = await owner.fetchrow("select folder_id, note_kind from notes where user_id = $1 and title = 'Owls'", bob.id)
    assert tuple(row) == (folder, "note")
    assert await owner.fetchval("select icon from folders where id = $1", folder) == "mine"
    names = await owner.fetch("select name, query from saved_searches where user_id = $1 order by query", bob.id)
    assert tuple(names[0]) == ("Owls in print", "other")
    assert len(names) == 2
    paths = await owner.fetch("select path from attachments where user_id = $1 and deleted_at is null", bob.id)
    assert len(paths) == 2
    again = await bring_in(archive, bob)
    assert again.headline() == "0 added, 0 changed, 2 unchanged, 0 failed"
    assert {fate for counts in again.others.values() for fate in counts} == {"unchanged"}
    assert await owner.fetchval("select theme from users where id = $1", bob.id) == "system"


async def test_the_worker_s_rights_suffice(worker_database, blobs, full, bob, take_out, owner):
    report = await import_path(worker_database, blobs, bob.id, await take_out())
    assert report.failed == []
    assert report.headline() == "2 added, 0 changed, 0 unchanged, 0 failed"
    row = await owner.fetchrow("select theme, locale, search_language from users where id = $1", bob.id)
    assert tuple(row) == ("dark", "de", "german")


async def test_heat_comes_along_in_its_order(owner, full, alice, take_out, bring_in, wipe, reactor):
    query = "select warmth from record_heat h join notes n on n.id = h.record_id where h.user_id = $1 order by n.title"
    before = [row[0] for row in await owner.fetch(query, alice.id)]
    archive = await take_out()
    anew = await wipe(alice)
    await bring_in(archive, anew)
    await work_through(reactor)
    assert [row[0] for row in await owner.fetch(query, anew.id)] == before
