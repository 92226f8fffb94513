"""Mood and weather of a day: said by whoever wants to, in the log's own properties."""

from __future__ import annotations

import asyncio
import json
import re

import pytest

from app.importing.service import import_path
from app.ports.blobs import BlobStore
from tests.conftest import write

UNDO = re.compile(r'action="(/history/[0-9a-f-]{36}/undo)"')
DAY = "2026-03-12"


async def say(browser, mood: str = "", weather: str = "", day: str = DAY):
    return await browser.post("/day/mood", {"on": day, "mood": mood, "weather": weather, "back": f"/day?on={day}"})


async def fields(owner) -> dict:
    return json.loads(await owner.fetchval("select custom_fields from notes where note_kind = 'log'") or "null")


async def test_mood_and_weather_are_said_changed_found_and_undone(alices, owner):
    assert (await say(alices, "4", "  light   rain ")).headers["location"] == f"/day?on={DAY}"
    assert await fields(owner) == {"mood": 4, "weather": "light rain"}
    page = (await alices.get(f"/day?on={DAY}")).text
    assert "<summary>🙂 good · light rain" in page
    await say(alices, "2", "light rain")
    page = (await alices.get(f"/day?on={DAY}")).text
    assert "🙁 bad · light rain" in page
    await alices.post(UNDO.search(page)[1])
    assert await fields(owner) == {"mood": 4, "weather": "light rain"}
    assert DAY in (await alices.get("/notes?property=mood&from=4")).text
    await say(alices)
    assert await fields(owner) == {}


async def test_nothing_said_makes_no_log_and_no_history(alices, owner):
    await say(alices)
    assert await owner.fetchval("select count(*) from notes") == 0
    await say(alices, "3")
    before = await owner.fetchval("select max(seq) from change_log")
    await say(alices, "3")
    assert await owner.fetchval("select max(seq) from change_log") == before


async def test_a_log_that_is_made_for_it_begins_with_the_template_and_keeps_its_lines(alices, database, owner, alice):
    await write(database, alice, "Day", "# {{date}}", template_for="log")
    await say(alices, "5")
    await alices.post("/day", {"on": DAY, "text": "Coffee", "back": "/"})
    await say(alices, "5", "sun")
    row = await owner.fetchrow("select content, custom_fields from notes where note_kind = 'log'")
    assert row["content"] == f"# {DAY}\n\n- Coffee"
    assert json.loads(row["custom_fields"]) == {"mood": 5, "weather": "sun"}


async def test_two_who_say_it_at_once_find_one_log(alices, owner):
    await asyncio.gather(*[say(alices, str(number)) for number in (1, 2, 3)])
    assert await owner.fetchval("select count(*) from notes") == 1


@pytest.mark.parametrize(
    ("mood", "weather", "sentence"),
    [("6", "", "from 1 to 5"), ("happy", "", "from 1 to 5"), ("", "x" * 201, "at most 200"), ("", "a\0b", "NUL")],
)
async def test_what_cannot_be_kept_gets_a_sentence_and_stays_in_the_form(alices, owner, mood, weather, sentence):
    answer = await say(alices, mood, weather)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "\0" in weather or f'value="{weather}"' in answer.text
    assert await owner.fetchval("select count(*) from notes") == 0


async def test_what_a_daily_file_said_in_its_own_words_is_shown_and_kept(
    alices, database, owner, alice, settings, tmp_path
):
    (tmp_path / f"{DAY}.md").write_text("---\nMood: over the moon\nweather: 12\ntemperature: 1.50\n---\nx")
    await import_path(database, BlobStore(settings.blobs_dir), alice.id, tmp_path)
    assert "over the moon · 12" in (await alices.get(f"/day?on={DAY}")).text
    before = await owner.fetchval("select custom_fields from notes")
    await say(alices, "over the moon", "12")
    assert await owner.fetchval("select custom_fields from notes") == before
    await say(alices, "5", "12")
    after = json.loads(await owner.fetchval("select custom_fields from notes"))
    assert (after["Mood"], after["weather"]) == (5, 12)
    assert "mood" not in after
    assert '"temperature": 1.5' in await owner.fetchval("select custom_fields from notes")


async def test_whoever_does_not_want_to_be_asked_is_not(alices, owner, alice):
    assert "Mood and weather" in (await alices.get("/")).text
    assert (await alices.post("/settings/you", {"asks_mood": "false"})).status_code == 303
    for path in ("/", f"/day?on={DAY}"):
        assert "Mood and weather" not in (await alices.get(path)).text
    assert (await alices.post("/settings/you", {"asks_mood": "perhaps"})).status_code == 422


async def test_a_line_and_its_mood_leave_the_other_s_days_alone(alices, bobs, owner):
    await say(alices, "1", "hail")
    assert "hail" not in (await bobs.get(f"/day?on={DAY}")).text
    await say(bobs, "5")
    assert await owner.fetchval("select count(*) from notes where note_kind = 'log'") == 2
