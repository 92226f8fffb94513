"""Folders and files go and come with the action that brought them, unless something living needs them."""

from __future__ import annotations

from pathlib import Path

from app.history.undoing import undo_action
from app.importing.service import import_path
from app.kinds import KINDS
from app.notes import service
from app.ports.blobs import BlobStore
from tests.conftest import write
from tests.history.test_undoing import act, field, last_action


async def bring(database, settings, person, folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    await import_path(database, BlobStore(settings.blobs_dir), person.id, folder)


async def living(owner, person, table: str) -> set[str]:
    rows = await owner.fetch(f"select name from {table} where user_id = $1 and deleted_at is null", person.id)  # noqa: S608
    return {row[0] for row in rows}


async def company(owner, person) -> tuple[set[str], set[str]]:
    return await folders_of(owner, person), await living(owner, person, "attachments")


async def folders_of(owner, person) -> set[str]:
    """All but those that came with the house."""
    return await living(owner, person, "folders") - {"Projects", "Areas", "Resources", "Archive"}


async def test_folders_and_files_of_an_import_go_and_come_with_it(database, owner, alice, settings, tmp_path):
    await bring(database, settings, alice, tmp_path, a__b__one_md="![[x.png]]", a__b__x_png="x", c__y_png="y")
    here = {"a", "b"}, {"x.png", "y.png"}
    assert await company(owner, alice) == here
    undone = await undo_action(database, alice.id, await last_action(owner, alice), KINDS)
    assert await company(owner, alice) == (set(), set())
    again = await undo_action(database, alice.id, undone.action_id, KINDS)
    assert await company(owner, alice) == here
    assert again.left_alone == {}


async def test_what_still_serves_stays_when_an_import_is_undone(database, owner, alice, settings, tmp_path):
    await bring(
        database, settings, alice, tmp_path, kept__one_md="one", gone__two_md="two", kept__x_png="x", gone__y_png="y"
    )
    imported = await last_action(owner, alice)
    one = await owner.fetchval("select id from notes where content = 'one'")
    await act(database, alice, service.write_note, alice.id, one, 1, "one", "I went on")
    await write(database, alice, "Mine", "with ![a picture](files/x.png)")
    await undo_action(database, alice.id, imported, KINDS)
    assert await company(owner, alice) == ({"kept"}, {"x.png"})


async def test_a_note_out_of_the_trash_finds_its_folder_again(database, owner, alice, settings, tmp_path):
    await bring(database, settings, alice, tmp_path, a__b__one_md="one", a__c__two_md="two")
    await undo_action(database, alice.id, await last_action(owner, alice), KINDS)
    one = await owner.fetchval("select id from notes where content = 'one'")
    restored = await act(database, alice, service.restore_note, one)
    assert await folders_of(owner, alice) == {"a", "b"}
    await undo_action(database, alice.id, restored, KINDS)
    assert await folders_of(owner, alice) == set()


async def test_a_picture_that_was_brought_anew_becomes_again_what_it_was(database, owner, alice, settings, tmp_path):
    await bring(database, settings, alice, tmp_path, x_png="first")
    before = await owner.fetchval("select sha256 from attachments")
    await bring(database, settings, alice, tmp_path, x_png="second")
    assert await owner.fetchval("select sha256 from attachments") != before
    await undo_action(database, alice.id, await last_action(owner, alice), KINDS)
    assert await owner.fetchval("select sha256 from attachments") == before


async def test_what_was_undone_comes_again_with_the_next_import(database, owner, alice, settings, tmp_path):
    await bring(database, settings, alice, tmp_path, a__one_md="one", two_md="two", a__x_png="x")
    await undo_action(database, alice.id, await last_action(owner, alice), KINDS)
    two = await owner.fetchval("select id from notes where content = 'two'")
    (tmp_path / "a" / "one.md").write_text("one, and more")
    report = await import_path(database, BlobStore(settings.blobs_dir), alice.id, tmp_path)
    assert (report.notes["added"], report.attachments["added"]) == (2, 1)
    texts = await owner.fetch("select content from notes where user_id = $1 and deleted_at is null", alice.id)
    assert {row[0] for row in texts} == {"one, and more", "two"}
    assert await company(owner, alice) == ({"a"}, {"x.png"})
    await act(database, alice, service.discard_note, two)
    report = await import_path(database, BlobStore(settings.blobs_dir), alice.id, tmp_path)
    assert report.notes["unchanged"] == 2
    assert await field(owner, two, "deleted_at") is not None
