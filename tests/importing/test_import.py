"""An import from end to end: what becomes of files, and what a second import does."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime

import pytest

import app.importing.service as service
from app.core.errors import Invalid
from app.core.text import fold
from tests.conftest import work_through

OLD = datetime(2021, 6, 1, tzinfo=UTC).timestamp()


async def test_notes_come_in_with_their_properties_folders_and_dates(write_files, bring_in, rows):
    folder = write_files({"top.md": "---\ntitle: The Top\ntags: [one]\nrating: 5\ncreated: 2020-01-02\n---\n# Hi\n",
                          "a/b/2021-03-08.md": "day", "a/c.markdown": "[[top]]"})  # fmt: skip
    report = await bring_in(folder)
    assert report.headline() == "3 added, 0 changed, 0 unchanged, 0 failed"
    notes = {row["source_id"]: row for row in await rows("select * from notes")}
    top, daily = notes["top.md"], notes["a/b/2021-03-08.md"]
    assert (top["title"], top["content"], top["created_at"]) == ("The Top", "# Hi\n", datetime(2020, 1, 2, tzinfo=UTC))
    fields = json.loads(top["custom_fields"])
    assert (fields["rating"], fields["tags"]) == (5, ["one"])
    assert (daily["date_key"], daily["created_at"]) == (date(2021, 3, 8), datetime(2021, 3, 8, tzinfo=UTC))
    assert (daily["note_kind"], daily["source"]) == ("log", "import")
    tree = await rows("select c.name, p.name as parent from folders c left join folders p on p.id = c.parent_id "
                      "where not c.is_default")  # fmt: skip
    assert sorted((row["name"], row["parent"] or "") for row in tree) == [("a", ""), ("b", "a")]
    assert await rows("select from notes n join folders f on f.id = n.folder_id where f.name = 'b' and n.id = $1",
                      daily["id"])  # fmt: skip


async def test_one_import_is_one_action_by_the_import_and_waits_behind_what_a_person_writes(
    write_files, bring_in, rows
):
    await bring_in(write_files({f"{number}.md": "text" for number in range(450)}))
    changes = await rows("select distinct action_id, actor from change_log where kind = 'note'")
    assert [row["actor"] for row in changes] == ["import"]
    assert (await rows("select bool_and(backlog) as all from pipeline where record_id in (select id from notes)"))[0][
        "all"
    ]


async def test_a_second_import_changes_nothing(write_files, bring_in, rows):
    folder = write_files({"a.md": "---\ntags: x\n---\n[[b]]", "b/c.md": "text", "b/i.png": b"\x89PNG"})
    await bring_in(folder)
    before = await rows("select max(seq) as seq from change_log")
    report = await bring_in(folder)
    assert report.headline() == "0 added, 0 changed, 2 unchanged, 0 failed"
    assert dict(report.attachments) == {"unchanged": 1}
    assert await rows("select max(seq) as seq from change_log") == before


async def test_a_changed_file_updates_its_note(write_files, bring_in, rows, reactor):
    folder = write_files({"a.md": "---\ntags: [old]\naliases: [Former]\nmood: good\n---\nold", "b.md": "same"})
    await bring_in(folder)
    await rows("update notes set custom_fields = custom_fields || '{\"here\": 1}' where source_id = 'a.md'")
    write_files({"a.md": "---\ntags: [new]\naliases: [Later]\n---\nnew"})
    report = await bring_in(folder)
    assert report.headline() == "0 added, 1 changed, 1 unchanged, 0 failed"
    [note] = await rows("select * from notes where source_id = 'a.md'")
    fields = json.loads(note["custom_fields"])
    assert note["content"] == "new"
    assert {key: fields[key] for key in fields if not key.startswith("_")} == {
        "tags": ["new"], "aliases": ["Later"], "here": 1,
    }  # fmt: skip
    names = await rows("select name from names where record_id = $1", note["id"])
    assert {row["name"] for row in names} == {"a", "Later"}
    await work_through(reactor)
    topics = await rows("select label from topics join record_topics on topic_id = id where record_id = $1", note["id"])
    assert [row["label"] for row in topics] == ["new"]


async def test_a_touched_file_is_unchanged(write_files, bring_in):
    folder = write_files({"a.md": "text"})
    await bring_in(folder)
    os.utime(folder / "a.md", (OLD, OLD))
    assert (await bring_in(folder)).headline() == "0 added, 0 changed, 1 unchanged, 0 failed"


async def test_names_that_differ_by_case_only_are_two_notes(write_files, bring_in, rows):
    await bring_in(write_files({"Push.md": "one", "push.md": "two", "a.conflicted.1721.md": "three"}))
    titles = await rows("select title from notes order by title")
    assert [row["title"] for row in titles] == ["Push", "a.conflicted.1721", "push"]


async def test_links_resolve_by_file_name_alias_and_relative_path(write_files, bring_in, rows, react):
    names = ["plain", "PLAIN ", "Shown Title", "stem", "Other Name", "dir/deep", "nothing"]
    text = " ".join(f"[[{name}]]" for name in names) + " [rel](../dir/deep.md) [again](plain.md#part)"
    report = await bring_in(write_files({
        "index/hub.md": text, "plain.md": "", "stem.md": "---\ntitle: Shown Title\naliases: Other Name\n---\n",
        "dir/deep.md": "",
    }))  # fmt: skip
    assert report.links.unresolved == 1
    assert sorted(report.links.most_linked) == [("Shown Title", 1), ("deep", 1), ("plain", 1)]
    await react()
    waiting = await rows("select target_name from entity_links where target_id is null")
    assert [row["target_name"] for row in waiting] == ["nothing"]


async def test_a_tag_files_its_note_under_a_topic_as_old_as_the_note(write_files, bring_in, rows, react):
    await bring_in(write_files({"2020-01-01.md": "---\ntags: [garden/bed]\n---\n#written"}))
    await react()
    found = await rows(
        "select t.label, rt.origin, t.created_at from topics t join record_topics rt on rt.topic_id = t.id"
    )
    assert {(row["label"], row["origin"]) for row in found} == {("garden/bed", "property"), ("written", "written")}
    assert {row["created_at"].year for row in found} <= {2019, 2020}


async def test_no_imported_note_glows_that_is_not_young_by_its_own_date(write_files, bring_in, rows, react, now):
    names = [f"{number}.md" for number in range(20)]
    await bring_in(write_files({**dict.fromkeys(names, "text"), f"{now:%Y-%m-%d}.md": "today"}))
    await react()
    from app.heat.warmth import least_warmth

    warm = await rows("select title from notes n join record_heat h on h.record_id = n.id where warmth > $1",
                      least_warmth(0.2, now))  # fmt: skip
    assert [row["title"] for row in warm] == [f"{now:%Y-%m-%d}"]


async def test_attachments_are_kept_by_content_and_belong_to_the_note_that_shows_them(
    write_files, bring_in, rows, blobs
):
    picture = b"\x89PNG\r\n\x1a\n picture"
    report = await bring_in(write_files({
        "a.md": "![[one.png]] ![](img/two%20x.png) ![r](https://example.org/r.png) `![[code.png]]`",
        "n/b.md": "![two](../img/two%20x.png) ![[lost.png|300]] ![gone](gone.jpg)",
        "one.png": picture, "copy/one.png": b"another", "img/two x.png": picture, "paper.pdf": b"%PDF",
    }))  # fmt: skip
    assert dict(report.attachments) == {"added": 4}
    assert sorted(report.missing) == [("code.png", "a.md"), ("gone.jpg", "n/b.md"), ("lost.png", "n/b.md")]
    kept = await rows("select a.*, n.source_id as note from attachments a left join notes n on n.id = a.record_id")
    by_path = {row["path"]: row for row in kept}
    assert {path: row["note"] for path, row in by_path.items()} == {
        "one.png": "a.md", "img/two x.png": "a.md", "copy/one.png": None, "paper.pdf": None,
    }  # fmt: skip
    one = by_path["one.png"]
    assert (one["media_type"], one["size"], one["folded"]) == ("image/png", len(picture), fold("one.png"))
    assert one["sha256"] == by_path["img/two x.png"]["sha256"]
    assert blobs.path(one["sha256"]).read_bytes() == picture


async def test_a_changed_attachment_is_updated(write_files, bring_in, rows):
    folder = write_files({"a.png": b"one"})
    await bring_in(folder)
    write_files({"a.png": b"second"})
    assert dict((await bring_in(folder)).attachments) == {"changed": 1}
    assert [row["size"] for row in await rows("select size from attachments")] == [6]


async def test_a_file_that_fails_is_listed_and_stops_nothing(write_files, bring_in, rows):
    files = {"fine.md": "text", "picture.md": b"\x89PNG\0\0\0" * 40, "latin.md": "Größe".encode("cp1252"),
             "nul.md": b"a\0b", "broken.md": "---\na: [\n---\nbody", "huge.md": b"x" * 5_000_001}  # fmt: skip
    report = await bring_in(write_files(files))
    assert report.headline() == "4 added, 0 changed, 0 unchanged, 2 failed"
    assert {path for path, _ in report.failed} == {"picture.md", "huge.md"}
    assert {path for path, _ in report.notices} == {"latin.md", "nul.md", "broken.md"}
    stored = {row["source_id"]: row["content"] for row in await rows("select source_id, content from notes")}
    assert (stored["latin.md"], stored["nul.md"]) == ("Größe", "a\ufffdb")
    assert stored["broken.md"] == "---\na: [\n---\nbody"


async def test_a_note_that_the_database_refuses_fails_alone(write_files, bring_in, owner, rows):
    await owner.execute("alter table notes add constraint picky check (title <> 'bad')")
    report = await bring_in(write_files({"a.md": "x", "bad.md": "y", "c.md": "z"}))
    assert report.headline() == "2 added, 0 changed, 0 unchanged, 1 failed"
    assert "picky" in report.failed[0][1]
    assert len(await rows("select from notes")) == 2


async def test_an_import_that_broke_off_is_finished_by_the_next_one(write_files, bring_in, rows, monkeypatch):
    folder = write_files({f"{number}.md": "---\ntags: t\n---\n" for number in range(30)})
    monkeypatch.setattr(service, "AT_ONCE", 10)
    written = service.write_notes
    batches = 0

    async def die_in_the_second(*arguments: object) -> dict[str, str]:
        nonlocal batches
        batches += 1
        if batches == 2:
            raise KeyboardInterrupt
        return await written(*arguments)

    monkeypatch.setattr(service, "write_notes", die_in_the_second)
    with pytest.raises(KeyboardInterrupt):
        await bring_in(folder)
    report = await bring_in(folder)
    assert report.headline() == "20 added, 0 changed, 10 unchanged, 0 failed"
    assert len(await rows("select from notes")) == 30


async def test_bob_sees_nothing_of_what_alice_imports_and_imports_his_own(write_files, bring_in, rows, alice, bob):
    folder = write_files({"a/b.md": "---\ntags: t\n---\n![[i.png]]", "a/i.png": b"1"})
    await bring_in(folder)
    for table in ("notes", "folders", "attachments", "topics", "record_topics", "change_log"):
        seen = await rows(f"select from {table} where user_id = $1", alice.id, person=bob)
        assert seen == []
    report = await bring_in(folder, bob)
    assert report.headline() == "1 added, 0 changed, 0 unchanged, 0 failed"
    assert len(await rows("select from notes", person=bob)) == len(await rows("select from notes")) == 1


async def test_a_path_to_nothing_is_refused_with_a_sentence(vault, bring_in):
    with pytest.raises(Invalid, match="nothing at"):
        await bring_in(vault / "missing")
