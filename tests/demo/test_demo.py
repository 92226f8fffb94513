"""The demo moves into an empty account as one action, which can be undone as one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.core.errors import Conflict
from app.demo.service import build_demo
from app.heat.warmth import score, tier
from app.history.undoing import undo_action
from app.kinds import KINDS
from tests.conftest import work_through, write

NOW = datetime.now(UTC)
LIVING = """
select kind, count(*) from records r where user_id = $1 and deleted_at is null and kind <> 'topic'
   and not exists (select from contacts c where c.id = r.id and c.is_self) group by kind"""


async def living(owner, person) -> dict[str, int]:
    return dict(await owner.fetch(LIVING, person.id))


async def test_it_moves_in_through_the_pipeline_and_every_link_but_one_is_bound(database, reactor, owner, alice):
    await build_demo(database, alice.id, NOW)
    await work_through(reactor)
    there = await living(owner, alice)
    assert 75 <= there["note"] <= 95
    assert 13 <= there["contact"] <= 17
    waiting = await owner.fetch("select target_name from entity_links where target_id is null")
    assert [row[0] for row in waiting] == ["why the index has two ms"]
    assert not await owner.fetchval("select count(*) from entity_links where is_ambiguous")
    assert not await owner.fetchval("select count(*) from pipeline")


async def test_a_few_notes_are_hot_and_most_are_cold(database, reactor, owner, alice):
    await build_demo(database, alice.id, NOW)
    await work_through(reactor)
    rows = await owner.fetch("select h.warmth from record_heat h join notes n on n.id = h.record_id")
    tiers = [tier(score(row["warmth"], NOW)) for row in rows]
    assert 2 <= tiers.count("hot") <= 8
    assert tiers.count("warm") + tiers.count("warmer") >= 10
    assert tiers.count("cold") > len(tiers) / 2


async def test_a_page_that_was_written_on_yesterday_is_warm_however_old_it_is(database, reactor, owner, alice):
    await build_demo(database, alice.id, NOW)
    await work_through(reactor)
    warmth = await owner.fetchval(
        "select warmth from record_heat h join notes n on n.id = h.record_id where n.title = 'Tide clock' "
        "and n.created_at < now() - interval '360 days' and n.updated_at > now() - interval '3 days'"
    )
    assert tier(score(warmth, NOW)) in {"warm", "warmer"}


async def test_notes_lie_in_folders_pinned_put_away_or_thrown_away_on_their_own_dates(database, owner, alice):
    await build_demo(database, alice.id, NOW)
    assert await owner.fetchval("select count(*) from folders") >= 8
    assert await owner.fetchval("select count(*) from notes where is_pinned") >= 3
    assert await owner.fetchval("select count(*) from notes where archived_at < $1", NOW) == 1
    assert await owner.fetchval("select count(*) from notes where deleted_at < $1", NOW) == 1
    assert await owner.fetchval("select max(updated_at) from records where kind = 'note'") < NOW
    assert await owner.fetchval("select min(created_at) from contacts where not is_self") < NOW - timedelta(days=300)


async def test_an_account_with_something_in_it_is_refused_with_a_sentence(database, owner, alice):
    await write(database, alice, "Mine")
    with pytest.raises(Conflict, match="something in this account already"):
        await build_demo(database, alice.id, NOW)
    assert await living(owner, alice) == {"note": 1}
    assert not await owner.fetchval("select count(*) from folders where not is_default")


async def test_it_moves_in_only_once(database, owner, alice):
    await build_demo(database, alice.id, NOW)
    once = await living(owner, alice)
    with pytest.raises(Conflict):
        await build_demo(database, alice.id, NOW)
    assert await living(owner, alice) == once


async def test_it_moves_in_with_one_person_alone(database, owner, alice, bob):
    await build_demo(database, alice.id, NOW)
    assert await living(owner, bob) == {}


async def test_undo_empties_the_account_and_it_may_move_in_again(database, reactor, owner, alice):
    action = await build_demo(database, alice.id, NOW)
    there = await living(owner, alice)
    await work_through(reactor)
    await undo_action(database, alice.id, action, KINDS)
    assert await living(owner, alice) == {}
    await build_demo(database, alice.id, NOW)
    assert await living(owner, alice) == there


async def test_a_note_that_a_person_went_on_writing_survives_the_undo(database, owner, alice):
    action = await build_demo(database, alice.id, NOW)
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set content = 'mine now' where title = 'Beans'")
    await undo_action(database, alice.id, action, KINDS)
    assert await living(owner, alice) == {"note": 1}


async def test_history_tells_of_the_demo_as_one_deed(alices, database, alice):
    await build_demo(database, alice.id, NOW)
    page = (await alices.get("/history")).text
    assert page.count("records moved in") == 1
    assert "Demo: " in page
    assert "The demo" in page


async def test_a_later_import_does_not_take_the_demo_s_notes_for_its_own(database, settings, owner, alice, tmp_path):
    from app.importing.service import import_path
    from app.ports.blobs import BlobStore

    await build_demo(database, alice.id, NOW)
    (tmp_path / "Garden").mkdir()
    (tmp_path / "Garden" / "Beans.md").write_text("My own beans.")
    report = await import_path(database, BlobStore(settings.blobs_dir), alice.id, tmp_path)
    assert report.headline().startswith("1 added, 0 changed, 0 unchanged")
