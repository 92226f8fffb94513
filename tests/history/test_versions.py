"""Versions of a text: one for each sitting, any two compared word by word, any one again."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.history.comparing import compare_words
from app.history.versions import list_versions, read_version
from app.kinds import KINDS
from tests.conftest import write
from tests.notes.test_notes import save

NOTE = KINDS["note"]


async def versions_of(database, person, note):
    async with database.reading(person.id) as connection:
        versions = await list_versions(connection, person.id, note, NOTE)
        return versions, [await read_version(connection, person.id, note, one.seq, NOTE) for one in versions]


async def rest(owner, note, hours: int) -> None:
    """As if all that was done so far had been done earlier."""
    await owner.execute("alter table change_log no force row level security")
    await owner.execute(
        "update change_log set at = at - $2::interval where record_id = $1", note, timedelta(hours=hours)
    )


@pytest.fixture
async def plan(alices, database, alice, owner):
    """A note written in three sittings."""
    note = await write(database, alice, "Plan", "one")
    await save(alices, note, 1, "Plan", "one two")
    await rest(owner, note, 5)
    await save(alices, note, 2, "Plan", "one two three")
    await save(alices, note, 3, "Plan B", "one two three four")
    await rest(owner, note, 5)
    await save(alices, note, 4, "Plan B", "one TWO three four")
    return note


async def test_what_was_written_in_one_sitting_is_one_version(database, alice, plan):
    versions, texts = await versions_of(database, alice, plan)
    assert [version.changes for version in versions] == [1, 2, 2]
    assert texts == [("Plan B", "one TWO three four"), ("Plan B", "one two three four"), ("Plan", "one two")]


async def test_two_versions_are_compared_word_by_word(alices, database, alice, plan):
    page = (await alices.get(f"/records/{plan}/versions")).text
    assert "<del>two</del><ins>TWO</ins>" in page
    versions, _texts = await versions_of(database, alice, plan)
    answer = await alices.get(f"/records/{plan}/versions?old={versions[2].seq}&new={versions[1].seq}")
    assert "<ins> B</ins>" in answer.text
    assert "<ins> three four</ins>" in answer.text


async def test_a_version_is_restored_and_that_is_taken_back(alices, database, alice, owner, plan):
    versions, texts = await versions_of(database, alice, plan)
    answer = await alices.post(f"/records/{plan}/versions/restore", {"seq": str(versions[2].seq)})
    assert answer.status_code == 303
    row = await owner.fetchrow("select title, content from notes where id = $1", plan)
    assert tuple(row) == texts[2]
    action = await owner.fetchval("select action_id from change_log order by seq desc limit 1")
    await alices.post(f"/history/{action}/undo")
    row = await owner.fetchrow("select title, content from notes where id = $1", plan)
    assert tuple(row) == texts[0]


async def test_it_is_said_whose_hand_a_version_is(alices, database, alice, owner):
    note = await write(database, alice, "Plan", "one")
    async with database.reading(alice.id, "import") as connection:
        await connection.execute("update notes set content = 'from a file' where id = $1", note)
    versions, _texts = await versions_of(database, alice, note)
    assert [version.actor for version in versions] == ["import", "person"]
    page = (await alices.get(f"/records/{note}/versions")).text
    assert "An import" in page
    assert "You" in page


async def test_a_text_too_large_to_be_kept_is_told(alices, database, alice, owner):
    note = await write(database, alice, "Plan", "x" * 300_000)
    await save(alices, note, 1, "Plan", "short")
    await rest(owner, note, 5)
    await save(alices, note, 2, "Plan", "shorter")
    first = await owner.fetchval("select min(seq) from change_log where record_id = $1", note)
    last = await owner.fetchval("select max(seq) from change_log where record_id = $1", note)
    answer = await alices.get(f"/records/{note}/versions?old={first}&new={last}")
    assert "too large to be kept" in answer.text
    await alices.post(f"/records/{note}/versions/restore", {"seq": str(first)})
    assert await owner.fetchval("select content from notes where id = $1", note) == "shorter"


@pytest.mark.parametrize("query", ["old=x&new=1", "old=1", f"old=1&new={'9' * 30}"])
async def test_an_address_that_names_no_version_is_refused_in_a_sentence(alices, plan, query):
    answer = await alices.get(f"/records/{plan}/versions?{query}")
    assert answer.status_code == 400
    assert "names no version" in answer.text


async def test_a_version_of_another_record_is_not_found(alices, bobs, database, alice, bob, owner, plan):
    theirs = await write(database, bob, "Secret", "of Bob")
    seq = await owner.fetchval("select max(seq) from change_log where record_id = $1", theirs)
    assert (await alices.post(f"/records/{plan}/versions/restore", {"seq": str(seq)})).status_code == 404
    assert (await alices.get(f"/records/{plan}/versions?old={seq}&new={seq}")).status_code == 404
    assert (await bobs.get(f"/records/{plan}/versions")).status_code == 404
    assert (await alices.post(f"/records/{uuid4()}/versions/restore", {"seq": "1"})).status_code == 404


async def test_people_have_versions_as_well(alices, owner):
    await alices.post("/people", {"full_name": "Ana", "notes": "met in Oslo"})
    person = await owner.fetchval("select id from contacts where full_name = 'Ana'")
    assert (await alices.get(f"/records/{person}/versions")).status_code == 200


TEXTS = st.text(alphabet="ab \n\u2028é.", max_size=40)


@given(before=TEXTS, after=TEXTS)
def test_a_comparison_tells_each_word_of_both(before, after):
    spans = compare_words(before, after)
    if not any(sign == "…" for sign, _text in spans) and spans:
        new = "".join(text for sign, text in spans if sign in " +")
        assert after.endswith(new) or new in after
    came = "".join(text for sign, text in spans if sign == "+")
    assert (before == after) == (not any(sign in "+-" for sign, _text in spans))
    assert len(came) <= len(after)
