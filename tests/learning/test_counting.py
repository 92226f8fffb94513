"""Each category learns what was planted, is silent where it was not, and lets go of it with its evidence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.learning.languages import guess_language
from app.learning.measuring import Bounds, Habit, lower_bound
from app.learning.units import read_units
from tests.learning.conftest import count_anew, see

GERMAN = "Ich habe das Buch nicht mit nach Hause genommen, und die Kinder sind noch bei der Oma."
ENGLISH = "They have not been to the house that was for sale, and what would you do with it?"


@given(st.integers(0, 500), st.integers(0, 500))
def test_confidence_lies_below_the_share_and_grows_with_what_was_seen(hits, more):
    seen = hits + more
    bound = lower_bound(hits, seen)
    assert 0 <= bound <= (hits / seen if seen else 0)
    if hits:
        assert lower_bound(hits * 2, seen * 2) > bound
        assert lower_bound(hits, seen + 1) < bound


def test_the_bounds_are_the_ones_that_the_page_states():
    assert int(lower_bound(3, 3) * 100) == 43 and int(lower_bound(30, 30) * 100) == 88
    assert lower_bound(500, 1000) < 0.5
    assert Habit(3, 3).is_one(Bounds(3, 0.4)) and not Habit(3, 3).is_one(Bounds(4, 0.4))


@pytest.mark.parametrize(("text", "language"), [
    (GERMAN, "de"), (ENGLISH, "en"), ("No está muy lejos, pero el tren con los niños sale más tarde.", "es"),
    ("Elle est dans une maison avec les enfants, mais pas pour nous.", "fr"), ("Milk, eggs, 3 apples", None),
    (f"{GERMAN} {ENGLISH}", None), ("", None),
])  # fmt: skip
def test_a_text_s_language_is_read_from_its_little_words(text, language):
    assert guess_language(text) == language


@pytest.mark.parametrize(("text", "units"), [
    ("Ran 12 km and lifted 40kg", {"measure": "metric"}), ("It is 3 miles, 5 feet wide", {"measure": "imperial"}),
    ("It cost 12,50 € or €3", {"currency": "EUR"}), ("$5 is $5", {"currency": "USD"}), ("CHF 30", {"currency": "CHF"}),
    ("At 18:30, then 21:05", {"clock": "24"}), ("um 7 Uhr", {"clock": "24"}), ("At 6 pm", {"clock": "12"}),
    ("On 2026-03-14", {"date_order": "ymd"}), ("am 14.3.2026", {"date_order": "dmy"}),
    ("3/14/2026", {"date_order": "mdy"}), ("14/3/2026", {"date_order": "dmy"}), ("3/4/2026", {}),
    ("March 14", {"date_order": "mdy"}), ("14 March", {"date_order": "dmy"}), ("5 in a row, 10 people, 3.5 stars", {}),
    ("6 pm or 18:30", {}), ("Version 12.11.1, at 10.0.0.1", {}), ("https://x.example/a?b=1", {}),
])  # fmt: skip
def test_a_text_s_units_are_read_from_their_signs(text, units):
    assert read_units(text) == units


async def test_the_hour_of_writing_is_learned_of_working_days(learn, put):
    await put(14, "x", hour=21)
    await put(8, "x", hour=22)
    await put(4, "x", hour=9)
    assert await learn("hour") == {"workday": "20"} or await learn("hour") == {"workday": "21"}
    # By the person's own clock.
    assert set((await learn("hour", "Asia/Tokyo")).values()) <= {"5", "6"}


async def test_no_hour_is_learned_of_all_of_them_of_few_or_of_what_was_brought_in(learn, put):
    await put(19, "x", hour=21)
    assert await learn("hour") == {}
    await put(30, "x", hour=7, source="import")
    assert await learn("hour") == {}
    for hour in range(24):
        await put(3, "x", hour=hour, title=f"At {hour}")
    assert await learn("hour") == {}


async def test_what_a_person_is_called_is_learned_from_texts(learn, put, person_named):
    ana = await person_named("Ana García")
    await put(4, "Ana came by. With @[[Ana García]]", target_contact_ids=[ana])
    assert await learn("name") == {"Ana García": "Ana"}


async def test_no_name_is_learned_where_the_whole_one_is_used_or_too_little_is_said(learn, put, person_named):
    ana, ida = await person_named("Ana García"), await person_named("Ida Lund")
    await put(6, "Ana García came by.", target_contact_ids=[ana])
    await put(2, "Ida came by.", target_contact_ids=[ida], title="Two")
    # Of another Ana nobody speaks here.
    await put(5, "Ana Maria is another one", title="Nobody's")
    assert await learn("name") == {}


async def test_the_usual_folder_of_a_topic_is_learned(learn, put, folder_named):
    choir, home = await folder_named("Choir"), await folder_named("Home")
    await put(6, "#song", folder_id=choir)
    await put(1, "#song", folder_id=home, title="Other")
    assert await learn("folder") == {"song": "Choir"}


async def test_no_folder_is_learned_of_few_of_many_or_of_what_waits(learn, put, folder_named):
    choir, home = await folder_named("Choir"), await folder_named("Home")
    await put(3, "#few", folder_id=choir)
    await put(4, "#both", folder_id=choir, title="One")
    await put(4, "#both", folder_id=home, title="Two")
    await put(6, "#waits", folder_id=choir, is_inbox=True, title="Three")
    await put(5, "#none", title="Four")
    assert await learn("folder") == {}


async def test_the_language_is_learned_and_is_not_of_half_and_half(learn, put):
    await put(12, GERMAN)
    assert await learn("language") == {"": "de"}
    await put(12, ENGLISH)
    assert await learn("language") == {}


async def test_units_are_learned_and_are_not_of_half_and_half(learn, put):
    await put(5, "It weighs 5 kg and costs 5 €, at 18:30 on 14.3.2026")
    found = await learn("units")
    assert found == {"measure": "metric", "currency": "EUR", "clock": "24", "date_order": "dmy"}
    await put(5, "It weighs 5 lbs and costs $5, at 6 pm on 3/14/2026")
    assert await learn("units") == {}


async def test_it_is_counted_anew_so_evidence_that_goes_takes_it_along(
    learn, put, folder_named, database, alice, owner
):
    choir = await folder_named("Choir")
    made = await put(8, "#song", folder_id=choir)
    assert await learn("folder") == {"song": "Choir"}
    before = (await see(database, alice))[-1]
    assert (before.hits, before.seen) == (8, 8) and len(before.evidence) == 5
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set deleted_at = now() where id = any($1)", made[:3])
    await learn("folder")
    (less,) = [one for one in await see(database, alice) if one.category == "folder"]
    assert less.id == before.id and (less.hits, less.seen) == (5, 5) and less.confidence < before.confidence
    assert len(less.evidence) == 5 and not {str(one) for one in made[:3]} & {e.href[-36:] for e in less.evidence}
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set folder_id = null where id = any($1)", made[3:5])
    assert await learn("folder") == {}
    assert await owner.fetchval("select count(*) from learned where category = 'folder'") == 0


async def test_two_nights_count_the_same(learn, put, folder_named, person_named, worker_database, database, alice):
    choir, ana = await folder_named("Choir"), await person_named("Ana García")
    await put(24, f"{GERMAN} Ana wog 5 kg. #song", folder_id=choir, target_contact_ids=[ana], hour=21)
    await learn("folder")
    before = await see(database, alice)
    assert {one.category for one in before} == {"hour", "name", "folder", "language", "units"}
    await count_anew(worker_database, alice)
    assert await see(database, alice) == before


async def test_what_rests_on_what_is_gone_is_not_told_before_the_next_night(learn, put, person_named, database, alice):
    ana = await person_named("Ana García")
    made = await put(4, "Ana came by.", target_contact_ids=[ana])
    assert await learn("name") == {"Ana García": "Ana"}
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set deleted_at = now() where id = any($1)", made)
    assert [one for one in await see(database, alice) if one.category == "name"] == []
    async with database.reading(alice.id) as connection:
        await connection.execute("update notes set deleted_at = null where id = any($1)", made)
        await connection.execute("update contacts set deleted_at = now() where id = $1", ana)
    assert [one for one in await see(database, alice) if one.category == "name"] == []


async def test_many_texts_are_read_in_small_steps_and_a_broken_night_keeps_the_last_count(
    put, worker_database, database, alice, reactor
):
    from app.core.sleeping import Stretch
    from app.learning.counting import LEARN
    from tests.learning.conftest import NOW, no_meaning

    await put(12, GERMAN)
    await count_anew(worker_database, alice)
    assert [one.value for one in await see(database, alice) if one.category == "language"] == ["de"]
    await put(230, ENGLISH, title="More")
    async with worker_database.reading(alice.id, "sleep") as connection:
        stretch = Stretch(alice.id, NOW, NOW.date(), "UTC", 0, 0, {}, no_meaning)
        step = await LEARN.step(connection, stretch)
    assert step.rows == 200 and step.cursor["part"] == "texts"
    assert [one.value for one in await see(database, alice) if one.category == "language"] == ["de"]
    assert await count_anew(worker_database, alice) >= 242
    assert [one.value for one in await see(database, alice) if one.category == "language"] == ["en"]
