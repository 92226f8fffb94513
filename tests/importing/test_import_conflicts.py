"""A person went on writing a note, or threw it away, and the file changed as well: nothing is lost."""

from __future__ import annotations

import pytest

from app.core.database import Database

EDITS = {
    "content": "update notes set content = $2 where source_id = $1",
    "title": "update notes set title = $2, is_pinned = true where source_id = $1",
    "deleted_at": "update notes set deleted_at = $2 where source_id = $1",
}


@pytest.fixture
def edit(database: Database, alice):
    """A person's own change to the note of a file."""

    async def change(source_id: str, **values: object) -> None:
        async with database.reading(alice.id) as connection:
            for name, value in values.items():
                await connection.execute(EDITS[name], source_id, value)

    return change


async def test_what_a_person_wrote_is_never_overwritten(write_files, bring_in, edit, rows, now):
    folder = write_files({"a.md": "first"})
    await bring_in(folder)
    await edit("a.md", content="first, and more")
    write_files({"a.md": "second"})
    report = await bring_in(folder)
    assert report.headline() == "1 added, 0 changed, 0 unchanged, 0 failed"
    assert report.conflicts == ["a.md"]
    notes = {row["title"]: row["content"] for row in await rows("select title, content from notes")}
    assert notes == {"a": "first, and more", f"a (imported {now:%Y-%m-%d})": "second"}


async def test_a_conflict_is_told_once_and_each_later_version_is_kept_too(write_files, bring_in, edit, rows):
    folder = write_files({"a.md": "first"})
    await bring_in(folder)
    await edit("a.md", content="mine")
    for version in ("second", "third"):
        write_files({"a.md": version})
        assert (await bring_in(folder)).conflicts == ["a.md"]
        assert (await bring_in(folder)).headline() == "0 added, 0 changed, 1 unchanged, 0 failed"
    assert {row["content"] for row in await rows("select content from notes")} == {"mine", "second", "third"}


async def test_a_file_and_a_person_that_changed_other_places_are_put_together(write_files, bring_in, edit, rows):
    folder = write_files({"a.md": "bread\n\nsalt\n\nwine"})
    await bring_in(folder)
    await edit("a.md", content="dark bread\n\nsalt\n\nwine")
    for brought in ("red wine", "red wine and cheese"):
        write_files({"a.md": f"bread\n\nsalt\n\n{brought}"})
        assert (await bring_in(folder)).headline() == "0 added, 1 changed, 0 unchanged, 0 failed"
        [note] = await rows("select content from notes")
        assert note["content"] == f"dark bread\n\nsalt\n\n{brought}"
        assert (await bring_in(folder)).headline() == "0 added, 0 changed, 1 unchanged, 0 failed"


async def test_the_same_words_on_both_sides_are_no_conflict(write_files, bring_in, edit, rows):
    folder = write_files({"a.md": "first"})
    await bring_in(folder)
    await edit("a.md", content="second")
    write_files({"a.md": "second"})
    assert (await bring_in(folder)).headline() == "0 added, 1 changed, 0 unchanged, 0 failed"
    write_files({"a.md": "third"})
    assert (await bring_in(folder)).conflicts == ["a.md"]
    assert {row["content"] for row in await rows("select content from notes")} == {"second", "third"}


async def test_an_edited_note_whose_file_stayed_is_left_alone(write_files, bring_in, edit, rows):
    folder = write_files({"a.md": "first"})
    await bring_in(folder)
    await edit("a.md", content="mine")
    assert (await bring_in(folder)).headline() == "0 added, 0 changed, 1 unchanged, 0 failed"
    assert [row["content"] for row in await rows("select content from notes")] == ["mine"]


async def test_a_title_that_a_person_gave_stays_while_the_text_follows_the_file(write_files, bring_in, edit, rows):
    folder = write_files({"a.md": "first"})
    await bring_in(folder)
    await edit("a.md", title="Better")
    write_files({"a.md": "second"})
    assert (await bring_in(folder)).headline() == "0 added, 1 changed, 0 unchanged, 0 failed"
    [note] = await rows("select * from notes")
    assert (note["title"], note["content"], note["is_pinned"]) == ("Better", "second", True)
    names = await rows("select folded from names where record_id = $1", note["id"])
    assert {row["folded"] for row in names} >= {"better", "a"}


async def test_what_lies_in_the_trash_stays_there(write_files, bring_in, edit, rows, now):
    folder = write_files({"a.md": "first"})
    await bring_in(folder)
    await edit("a.md", deleted_at=now)
    write_files({"a.md": "second"})
    report = await bring_in(folder)
    assert report.headline() == "0 added, 0 changed, 1 unchanged, 0 failed"
    assert report.in_trash == ["a.md"]
    [note] = await rows("select * from notes")
    assert (note["content"], note["deleted_at"]) == ("first", now)
