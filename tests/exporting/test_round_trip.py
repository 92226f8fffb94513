"""Export, wipe, import: the same account again, every column of every row."""

from __future__ import annotations

import json
import zipfile

from app.exporting import catalogue
from app.history.undoing import undo_action
from app.kinds import KINDS
from tests.conftest import work_through
from tests.exporting.conftest import read_account

# Of Contact Zero and the first folders, which every account has from its start: they stay the ones that they are.
OF_THE_ACCOUNT = {"id", "version", "user_id", "parent_id"}
# What is as it always is in the rows of the made-up account, and why that is no gap.
ALWAYS = {
    "id", "user_id", "record_id", "source_id", "target_id", "topic_id", "folder_id", "author_contact_id", "is_default",
    "version", "is_self", "seq",
}  # fmt: skip
# What the pipeline makes: its rows are other ones, but they say the same.
WRITTEN = (
    "select source_id, relation, target_name, target_id from entity_links "
    "where user_id = $1 and origin = 'written' order by 1, 2, 3"
)


def comparable(account, old, new):
    """The rows without what differs by its nature: whose they are, and the ids of what an account begins with."""
    text = json.dumps(account)
    for one, other in zip(old, new, strict=True):
        text = text.replace(one, other)
    rows = json.loads(text)
    for row in rows["record_heat"]:
        row["seq"] = 0  # a place in this house's own log
    for row in rows["attention"]:
        row["seq"] = None
    for table in ("contacts", "folders"):
        for row in rows[table]:
            if row.get("is_self") or row.get("is_default"):
                row["version"] = 0
    return {table: sorted(rows[table], key=json.dumps) for table in rows}


async def firsts(owner, person):
    found = await owner.fetch(
        "select id from contacts where user_id = $1 and is_self union all "
        "select id from (select id from folders where user_id = $1 and is_default order by name) f", person.id,
    )  # fmt: skip
    return [str(person.id), *(str(row[0]) for row in found)]


async def test_the_made_up_account_leaves_no_column_as_it_always_is(owner, full, alice):
    """A table or column that is new must get a value in FILL, or what is carried of it is tested by nothing."""
    account = await read_account(owner, alice.id)
    assert [table for table, rows in account.items() if not rows] == []
    for table, rows in account.items():
        usual = {
            row["column_name"]: row["usual"]
            for row in await owner.fetch(
                "select column_name, column_default as usual from information_schema.columns where table_name = $1",
                "users" if table == catalogue.PERSON else table,
            )
        }
        for column in set(rows[0]) - ALWAYS:
            values = {json.dumps(row[column]) for row in rows}
            default = (usual[column] or "null").partition("::")[0].strip("'")
            assert values - {default, json.dumps(default), "null"}, f"{table}.{column}"


async def test_export_wipe_import_gives_the_same_account_again(
    owner, full, alice, take_out, bring_in, wipe, reactor, blobs
):
    before, old = await read_account(owner, alice.id), await firsts(owner, alice)
    links = await owner.fetch(WRITTEN, alice.id)
    archive = await take_out()
    anew = await wipe(alice)
    report = await bring_in(archive, anew)
    assert report.failed == []
    new = await firsts(owner, anew)
    after = await read_account(owner, anew.id)
    assert comparable(before, old, new) == comparable(after, new, new)
    # The pipeline makes what is derived, and changes nothing of what came.
    await work_through(reactor)
    again = await read_account(owner, anew.id)
    assert comparable(after, new, new) == comparable(again, new, new)
    assert await owner.fetch(WRITTEN, anew.id) == links


async def test_a_second_import_of_the_same_changes_nothing(owner, full, alice, take_out, bring_in, wipe, reactor):
    archive = await take_out()
    anew = await wipe(alice)
    first = await bring_in(archive, anew)
    assert first.headline() == "2 added, 0 changed, 0 unchanged, 0 failed"
    await work_through(reactor)
    before = await read_account(owner, anew.id)
    changes = await owner.fetchval("select count(*) from change_log")
    second = await bring_in(archive, anew)
    assert second.headline() == "0 added, 0 changed, 2 unchanged, 0 failed"
    for counts in (second.attachments, *second.others.values()):
        assert set(counts) == {"unchanged"}
    assert await owner.fetchval("select count(*) from change_log") == changes
    assert await read_account(owner, anew.id) == before


async def test_it_is_undone_as_a_whole_and_comes_again(owner, full, alice, take_out, bring_in, wipe, database, reactor):
    archive = await take_out()
    anew = await wipe(alice)
    await bring_in(archive, anew)
    await work_through(reactor)
    action = await owner.fetchval("select distinct action_id from change_log where actor = 'import'")
    living = "select kind, title from records where user_id = $1 and deleted_at is null and kind <> 'topic'"
    there = len(await owner.fetch(living, anew.id))
    await undo_action(database, anew.id, action, KINDS)
    assert [tuple(row) for row in await owner.fetch(living, anew.id)] == [("contact", "Alice")]
    assert (await bring_in(archive, anew)).headline() == "1 added, 0 changed, 1 unchanged, 0 failed"
    assert len(await owner.fetch(living, anew.id)) == there


async def test_the_history_is_there_on_request(full, take_out):
    with zipfile.ZipFile(await take_out(history=True)) as archive:
        changes = [json.loads(line) for line in archive.read("hearth/change_log.jsonl").splitlines()]
    assert sorted(change["seq"] for change in changes) == [change["seq"] for change in changes]
    assert [change["before"]["icon"] for change in changes if "icon" in change["columns"]] == [None]
    with zipfile.ZipFile(await take_out()) as archive:
        assert "hearth/change_log.jsonl" not in archive.namelist()
