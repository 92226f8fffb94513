"""From thought to place: in one transaction, once, and back again."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from app.core.errors import Invalid, NotFound
from app.history.undoing import undo_action
from app.inbox import filing
from app.kinds import KINDS
from app.targets import TARGETS
from tests.conftest import work_through, write
from tests.inbox.conftest import catch_for, file_as

LINKS = "select source_id, target_id from entity_links where relation = 'filed_from'"


async def test_a_capture_becomes_a_note_that_knows_where_it_came_from(database, owner, alice, catch):
    one = await catch("Owls at dusk\nThey see in the dark.", tags=("birds",))
    _action, filed = await file_as(database, alice, "note", [one])
    note = await owner.fetchrow("select id, title, content from notes")
    assert (note["title"], note["content"]) == ("Owls at dusk", "They see in the dark.\n")
    row = await owner.fetchrow("select * from captures")
    assert (
        (row["processed_as"], row["processed_id"]) == ("note", note["id"])
        and row["processed_at"]
        and row["archived_at"]
    )
    assert [tuple(link) for link in await owner.fetch(LINKS)] == [(note["id"], one)]
    assert await owner.fetchval("select count(*) from record_topics where record_id = $1", note["id"]) == 1
    assert filed.count == 1


async def test_a_text_that_names_topics_keeps_every_word_of_it(database, owner, alice, catch):
    await file_as(database, alice, "note", [await catch("See @Ana about #owls")])
    assert tuple(await owner.fetchrow("select title, content from notes")) == ("", "See @Ana about #owls\n")


async def test_a_capture_becomes_a_person(database, owner, alice, catch):
    await file_as(
        database, alice, "contact", [await catch("Ana García, ana@example.org, +34 600 111 222\nMet on a train")]
    )
    row = await owner.fetchrow(
        "select full_name, emails -> 0 ->> 'value', phones -> 0 ->> 'value', notes from contacts where not is_self"
    )
    assert tuple(row)[:3] == ("Ana García", "ana@example.org", "+34 600 111 222")
    assert "Met on a train" in row["notes"]


async def test_a_link_becomes_a_bookmark_once_per_address(database, owner, alice, catch):
    first = await catch("https://www.Example.org/owls/?utm_source=mail#top")
    second = await catch("Owls, a page: http://example.org/owls")
    for one in (first, second):
        await file_as(database, alice, "bookmark", [one])
    row = await owner.fetchrow("select normal_url, count(*) over () as many from bookmarks")
    assert tuple(row) == ("example.org/owls", 1)
    assert await owner.fetchval("select count(distinct processed_id) from captures") == 1


async def test_what_holds_no_address_is_no_bookmark_and_stays(database, owner, alice, catch):
    one = await catch("Just words")
    with pytest.raises(Invalid):
        await file_as(database, alice, "bookmark", [one])
    assert await owner.fetchval("select processed_at from captures") is None


async def test_a_todo_is_a_line_of_today_s_log(database, owner, alice, catch):
    await file_as(database, alice, "todo", [await catch("todo: Buy milk"), await catch("Call Ana")])
    content = await owner.fetchval("select content from notes where note_kind = 'log'")
    assert content == "- [ ] Buy milk\n- [ ] Call Ana"


async def test_a_capture_is_added_to_what_is_there(database, owner, alice, catch):
    note = await write(database, alice, "Owls", "They hoot.\n")
    one = await catch("They turn their heads.")
    async with database.reading(alice.id, action_id=uuid4()) as connection:
        await filing.join_items(connection, TARGETS, [one], note)
    assert await owner.fetchval("select content from notes") == "They hoot.\n\nThey turn their heads.\n"
    assert [tuple(link) for link in await owner.fetch(LINKS)] == [(note, one)]


async def test_a_note_in_the_inbox_is_kept_filed_or_merged(database, owner, alice):
    kept, made, merged = [await write(database, alice, f"N{at}", f"text {at}", is_inbox=True) for at in range(3)]
    await file_as(database, alice, "note", [kept])
    await file_as(database, alice, "contact", [made])
    async with database.reading(alice.id, action_id=uuid4()) as connection:
        await filing.join_items(connection, TARGETS, [merged], kept)
    rows = {row["id"]: row for row in await owner.fetch("select * from notes")}
    assert not any(row["is_inbox"] for row in rows.values())
    assert rows[kept]["processed_id"] is None and "text 2" in rows[kept]["content"]
    assert rows[merged]["merged_into"] == kept
    contact = await owner.fetchval("select id from contacts where full_name = 'N1'")
    assert (contact, made) in [tuple(link) for link in await owner.fetch(LINKS)]


async def test_a_double_click_files_once(database, owner, alice, catch):
    one = await catch("Owls")
    results = await asyncio.gather(*(file_as(database, alice, "note", [one]) for _ in range(4)))
    assert sorted(filed.count for _action, filed in results) == [0, 0, 0, 1]
    assert await owner.fetchval("select count(*) from notes") == 1


async def test_files_move_along_and_undo_brings_everything_back(database, owner, alice, catch, reactor):
    one = await catch("Owls")
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into attachments (user_id, record_id, name, folded, path, sha256, size, media_type) "
            "values ($1, $2, 'a.txt', 'a.txt', 'a.txt', $3, 1, 'text/plain')", alice.id, one, "0" * 64,
        )  # fmt: skip
    action, filed = await file_as(database, alice, "note", [one])
    assert await owner.fetchval("select record_id from attachments") == filed.record_id
    await work_through(reactor)
    await undo_action(database, alice.id, action, KINDS)
    assert await owner.fetchval("select record_id from attachments") == one
    assert await owner.fetch(LINKS) == []
    row = await owner.fetchrow("select processed_at, processed_as, processed_id, deleted_at from captures")
    assert list(row) == [None] * 4
    assert await owner.fetchval("select deleted_at is not null from notes")


async def test_undoing_the_first_of_two_that_share_a_bookmark_leaves_the_second_its_own(database, owner, alice, catch):
    first, second = await catch("https://example.org/a"), await catch("https://example.org/a")
    action, _filed = await file_as(database, alice, "bookmark", [first])
    await file_as(database, alice, "bookmark", [second])
    await undo_action(database, alice.id, action, KINDS)
    assert await owner.fetchval("select deleted_at from bookmarks") is None
    states = await owner.fetch("select id, processed_at is null from captures")
    assert dict(tuple(row) for row in states) == {first: True, second: False}


async def test_nobody_files_what_is_another_s(database, alice, bob, catch):
    one = await catch("Owls")
    theirs = await write(database, alice, "Theirs")
    own = await catch_for(database, bob, "Mine")
    with pytest.raises(NotFound):
        await file_as(database, bob, "note", [one])
    with pytest.raises(NotFound):
        async with database.reading(bob.id) as connection:
            await filing.join_items(connection, TARGETS, [own], theirs)


async def test_discarded_is_in_the_trash_and_waits_again_once_restored(database, owner, alice, catch):
    from app.trash.service import restore_records

    one = await catch("Owls")
    async with database.reading(alice.id) as connection:
        assert (await filing.discard_items(connection, [one])).count == 1
        assert (await filing.discard_items(connection, [one])).count == 0
        await restore_records(connection, alice.id, [one], KINDS)
    assert await owner.fetchval("select discarded_at is null and deleted_at is null from captures")
