"""One page of settings: a person's own for themselves, the house's for those who look after it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from app.core.house import HouseSettings, read_house
from app.trash.purging import purge_trash


async def test_a_person_s_settings_are_kept_and_every_page_follows(alices):
    fields = {"theme": "dark", "density": "dense", "motion": "still", "week_start": "7", "time_zone": "Asia/Kolkata"}
    assert (await alices.post("/settings/you", {**fields, "name": "Alice B."})).status_code == 303
    root = re.search(r"<html[^>]*>", (await alices.get("/notes")).text)[0]
    assert 'data-theme="dark" data-density="dense" data-motion="still"' in root
    page = (await alices.get("/settings")).text
    for value in ("dark", "dense", "still", "7", "Asia/Kolkata"):
        assert f'<option value="{value}" selected>' in page
    assert 'value="Alice B."' in page


async def test_a_form_with_three_settings_changes_three(alices):
    await alices.post("/settings/you", {"theme": "dark", "time_zone": "Asia/Kolkata"})
    await alices.post("/settings/you", {"theme": "light"})
    page = (await alices.get("/settings")).text
    assert '<option value="Asia/Kolkata" selected>' in page
    assert 'value="Alice"' in page


@pytest.mark.parametrize(
    ("name", "value"), [("theme", "pink"), ("time_zone", "Mars"), ("name", "  "), ("week_start", "3")]
)
async def test_what_cannot_be_is_refused_and_nothing_is_changed(alices, name, value):
    answer = await alices.post("/settings/you", {"density": "dense", name: value})
    assert answer.status_code == 422
    assert f'id="s-{name}-note"' in answer.text
    assert 'data-density="dense"' not in (await alices.get("/settings")).text


async def test_the_house_s_settings_are_its_administrators(alices, bobs, database, alice):
    assert (await alices.post("/settings/house", {"trash_days": "30"})).status_code == 303
    assert (await bobs.post("/settings/house", {"trash_days": "7"})).status_code == 404
    assert "trash_days" not in (await bobs.get("/settings")).text
    async with database.reading(alice.id) as connection:
        assert await read_house(connection) == HouseSettings(trash_days=30)


async def test_not_even_sql_lets_a_member_change_the_house(database, bob):
    async with database.reading(bob.id) as connection:
        assert not await connection.fetchval("select gate_change_house('trash_days', '1')")
        assert not await connection.fetchval("select has_table_privilege('house_settings', 'insert')")


@pytest.mark.parametrize("value", ["6", "3651", "", "many", "-30", "1e3", "9" * 40])
async def test_a_number_out_of_its_bounds_is_told_what_they_are(alices, value):
    answer = await alices.post("/settings/house", {"trash_days": value, "link_days": "3"})
    assert answer.status_code == 422
    assert "From 7 to 3650." in answer.text
    assert f'value="{value}"' in answer.text
    assert (
        'name="link_days" type="number" inputmode="numeric" min="1" max="30" required value="7"'
        in (await alices.get("/settings")).text
    )


async def test_the_trash_is_purged_after_the_days_that_the_house_says(
    alices, database, worker_database, owner, settings, application, alice
):
    from datetime import UTC, datetime

    from app.kinds import KINDS
    from app.ports.blobs import BlobStore
    from tests.conftest import write

    note = await write(database, alice, "Old")
    await alices.post(f"/notes/{note}/discard", {"version": "1"})
    await alices.post("/settings/house", {"trash_days": "10"})
    assert "after 10 days" in (await alices.get("/trash")).text
    later = datetime.now(UTC) + timedelta(days=11)
    assert (await purge_trash(worker_database, BlobStore(settings.blobs_dir), KINDS, later))[0] == 1


async def test_the_page_is_searched_by_words_in_any_order(alices):
    page = (await alices.get("/settings?q=trash+days")).text
    assert "trash_days" in page
    assert "time_zone" not in page
    assert "No setting is called like that." in (await alices.get("/settings?q=zeppelin")).text


async def test_the_machine_s_settings_are_shown_without_its_secrets(alices, bobs, settings):
    page = (await alices.get("/settings?q=hearth")).text
    assert "HEARTH_EMBEDDING" in page
    assert "HEARTH_DATABASE_URL" not in page
    assert "PASSWORD" not in page
    assert "HEARTH_" not in (await bobs.get("/settings")).text
