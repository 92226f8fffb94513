"""Archives that were made to do harm: each ends in a sentence or in a row left out, never in another's data."""

from __future__ import annotations

import hashlib
import json
import zipfile
from uuid import uuid4

import pytest

from app.core.errors import Invalid
from tests.conftest import write


def forge(path, to, *, rows=None, manifest=None, drop=()):
    """The archive with other rows (by table, each a function on the parsed row), its checksums made to fit."""
    with zipfile.ZipFile(path) as old:
        members = {info.filename: old.read(info) for info in old.infolist() if info.filename not in drop}
    told = json.loads(members["hearth/manifest.json"])
    for table, change in (rows or {}).items():
        name = f"hearth/{table}.jsonl"
        changed = [change(json.loads(line)) for line in members[name].splitlines()]
        members[name] = b"".join(
            (row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in changed
        )
        told["members"][name]["sha256"] = hashlib.sha256(members[name]).hexdigest()
    members["hearth/manifest.json"] = json.dumps(told | (manifest or {})).encode()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
    return to


async def count_of(owner, person):
    return await owner.fetchval("select count(*) from records where user_id = $1", person.id)


async def test_rows_that_say_they_are_another_s_are_the_importer_s(
    owner, full, alice, bob, take_out, bring_in, tmp_path
):
    forged = forge(await take_out(), tmp_path / "f.zip", manifest={"account": str(uuid4())},
                   rows={"notes": lambda row: row | {"id": str(uuid4()), "user_id": str(alice.id)}})  # fmt: skip
    before = await count_of(owner, alice)
    await bring_in(forged, bob)
    assert await count_of(owner, alice) == before
    assert await owner.fetchval("select count(*) from notes where user_id = $1", bob.id) == 2


async def test_an_id_that_another_record_of_another_kind_has_is_not_written_over(
    owner, database, full, alice, bob, take_out, bring_in, tmp_path
):
    zero = await owner.fetchval("select id from contacts where user_id = $1 and is_self", alice.id)
    before = await owner.fetchrow("select * from records where id = $1", zero)
    forged = forge(await take_out(), tmp_path / "f.zip", manifest={"account": str(uuid4())},
                   rows={"notes": lambda row: row | {"id": str(zero)} if row["title"] == "Owls" else row})  # fmt: skip
    report = await bring_in(forged, bob)
    assert [path for path, _ in report.failed if path.startswith("notes")] == []
    assert await owner.fetchrow("select * from records where id = $1", zero) == before
    assert await owner.fetchval("select count(*) from notes where user_id = $1", bob.id) == 2


async def test_what_refers_to_another_s_rows_refers_to_nothing(
    owner, database, full, alice, bob, take_out, bring_in, tmp_path
):
    archive, theirs = await take_out(), await write(database, alice, "Secret")
    folder, contact = full[0], full[1]

    def point(row):
        return row | {"folder_id": str(folder), "author_contact_id": str(contact)}

    forged = forge(
        archive, tmp_path / "f.zip", manifest={"account": str(uuid4())}, drop=["hearth/folders.jsonl"],
        rows={"notes": point, "entity_links": lambda row: row | {"target_id": str(theirs), "id": str(uuid4())}},
    )  # fmt: skip
    with pytest.raises(Invalid):
        await bring_in(forged, bob)  # a member that the manifest names is not there
    forged = forge(
        archive, tmp_path / "g.zip", manifest={"account": str(uuid4())},
        rows={"folders": lambda row: row | {"id": str(uuid4()), "parent_id": None}, "notes": point,
              "entity_links": lambda row: row | {"target_id": str(theirs), "id": str(uuid4())}},
    )  # fmt: skip
    await bring_in(forged, bob)
    rows = await owner.fetch("select folder_id from notes where user_id = $1", bob.id)
    assert {row[0] for row in rows} == {None}
    links = await owner.fetch("select target_id from entity_links where user_id = $1 and origin = 'manual'", bob.id)
    assert [row[0] for row in links] == [None]


async def test_a_file_is_what_its_content_is_whatever_its_row_says(
    owner, full, bob, take_out, bring_in, blobs, tmp_path
):
    secret = blobs.put(b"the secret of another")
    forged = forge(await take_out(), tmp_path / "f.zip", drop=["files/pics/Owl.PNG"],
                   rows={"attachments": lambda row: row | {"sha256": secret.sha256, "size": secret.size}})  # fmt: skip
    report = await bring_in(forged, bob)
    assert [reason for _, reason in report.failed] == ["its content is not in the archive"]
    kept = await owner.fetch("select sha256 from attachments where user_id = $1", bob.id)
    assert secret.sha256 not in {row[0] for row in kept}


WRONG = [
    ("notes", lambda row: row | {"created_at": "some day"}),
    ("notes", lambda row: row | {"version": "many"}),
    ("notes", lambda row: row | {"content": None}),
    ("notes", lambda row: row | {"id": "no id"}),
    ("notes", lambda row: row | {"custom_fields": 7}),
    ("notes", lambda row: row | {"folder_id": {"a": 1}}),
    ("notes", lambda row: b"[1, 2"),
    ("notes", lambda row: b"[" * 100_000),
    ("notes", lambda row: row | {"note_kind": "worm"}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "change"), WRONG)
async def test_a_row_that_does_not_fit_is_told_and_holds_back_no_other(
    full, bob, take_out, bring_in, tmp_path, owner, table, change
):
    def one(row):
        return change(row) if row["title"] == "Owls" else row

    report = await bring_in(forge(await take_out(), tmp_path / "f.zip", rows={table: one}), bob)
    assert report.notes["added"] == 1
    assert [path for path, _ in report.failed if path.startswith("notes")]
    titles = await owner.fetch("select title from notes where user_id = $1", bob.id)
    assert [row[0] for row in titles] == ["Herons"]


async def test_contact_zero_stays_the_importer_s_own(owner, full, bob, take_out, bring_in, tmp_path):
    zero = await owner.fetchval("select id from contacts where user_id = $1 and is_self", bob.id)
    forged = forge(await take_out(), tmp_path / "f.zip",
                   rows={"contacts": lambda row: row | {"is_self": True, "deleted_at": "2020-01-01"}})  # fmt: skip
    await bring_in(forged, bob)
    row = await owner.fetchrow("select id, deleted_at from contacts where user_id = $1 and is_self", bob.id)
    assert tuple(row) == (zero, None)


@pytest.mark.parametrize("manifest", [
    {"format": 2}, {"format": "x"}, {"members": []}, {"members": {}}, {"account": "nobody"},
    {"history": None, "account": 7},
])  # fmt: skip
async def test_a_manifest_that_lies_or_is_newer_changes_nothing(
    full, bob, owner, take_out, bring_in, tmp_path, manifest
):
    before = await count_of(owner, bob)
    with pytest.raises(Invalid, match=r"newer|altered"):
        await bring_in(forge(await take_out(), tmp_path / "f.zip", manifest=manifest), bob)
    assert await count_of(owner, bob) == before


async def test_a_column_that_is_not_known_here_is_from_a_newer_hearth(full, bob, owner, take_out, bring_in, tmp_path):
    archive = await take_out()
    with zipfile.ZipFile(archive) as zipped:
        told = json.loads(zipped.read("hearth/manifest.json"))
    told["members"]["hearth/notes.jsonl"]["columns"].append("mood")
    with pytest.raises(Invalid, match="newer Hearth"):
        await bring_in(forge(archive, tmp_path / "f.zip", manifest=told), bob)


async def test_an_altered_row_without_its_checksum_is_refused(full, bob, take_out, bring_in, tmp_path):
    archive, to = await take_out(), tmp_path / "f.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(to, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            new.writestr(
                info.filename, content.replace(b"Owls", b"Orcs") if "notes.jsonl" in info.filename else content
            )
    with pytest.raises(Invalid, match="cut off or altered"):
        await bring_in(to, bob)


async def test_tables_that_are_ways_into_the_house_are_not_read(full, bob, owner, take_out, bring_in, tmp_path):
    archive, to = await take_out(), tmp_path / "f.zip"
    row = json.dumps({"id": str(uuid4()), "user_id": str(bob.id), "token_hash": "\\x" + "00" * 32,
                      "expires_at": "2999-01-01", "created_at": "2020-01-01", "last_seen_at": "2020-01-01",
                      "user_agent": "x"}).encode() + b"\n"  # fmt: skip
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(to, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == "hearth/manifest.json":
                told = json.loads(content)
                told["members"]["hearth/sessions.jsonl"] = {
                    "rows": 1, "columns": ["id"], "sha256": hashlib.sha256(row).hexdigest()
                }  # fmt: skip
                content = json.dumps(told).encode()
            new.writestr(info.filename, content)
        new.writestr("hearth/sessions.jsonl", row)
    before = await owner.fetchval("select count(*) from sessions")
    await bring_in(to, bob)
    assert await owner.fetchval("select count(*) from sessions") == before
