"""Each kind finds what was planted, and is silent where it was not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.insights.conftest import NOW, TODAY, sources, titles


def last_year(day=TODAY):
    return NOW.replace(year=NOW.year - 1) if (day.month, day.day) != (2, 29) else NOW.replace(year=NOW.year - 4)


async def test_on_this_day_finds_the_same_day_of_other_years(notice, put):
    then = last_year()
    await put("A year ago", created_at=then, updated_at=then)
    await put("Its log", "rain", note_kind="log", date_key=then.date())
    await put("The day before", created_at=then - timedelta(days=1), updated_at=then)
    await put("Of today")
    (found,) = await notice("on_this_day")
    assert sources([found]) == {"A year ago", "Its log"}
    assert found.told.body == "From 1 other year."


async def test_on_this_day_is_silent_without_such_a_day(notice, put):
    then = last_year()
    await put("A day off", created_at=then + timedelta(days=2), updated_at=then)
    await put("Of today")
    assert await notice("on_this_day") == []


TEXT = "The kiln must cool for a night before the glaze is opened, or the bowls crack along the rim"


async def cool(owner, record) -> None:
    await owner.execute("update record_heat set warmth = -50 where record_id = $1", record)


async def test_forgotten_finds_what_is_cold_and_near_to_what_is_hot(notice, put, owner):
    old = await put("Glazing", TEXT, days=200)
    await put("Tax", "Numbers of the year and receipts in a drawer", days=200)
    await put("Kiln", TEXT + " again", 0)
    await notice("on_this_day")
    await cool(owner, old)
    (found,) = await notice("forgotten")
    assert found.told.title == "Glazing" and "Kiln" in found.told.body


@pytest.mark.parametrize("spoil", ["young", "linked", "far"])
async def test_forgotten_is_silent_for_what_is_young_linked_or_far(notice, put, owner, spoil):
    text = TEXT if spoil != "far" else "Numbers of the year and receipts in a drawer"
    old = await put("Glazing", text, days=200 if spoil != "young" else 20)
    await put("Kiln", TEXT + (" [[Glazing]]" if spoil == "linked" else " again"), 0)
    await notice("on_this_day")
    await cool(owner, old)
    assert await notice("forgotten") == []


async def test_twins_finds_two_that_say_the_same(notice, put, alices, owner):
    await put("Glazing", TEXT)
    await put("Kiln", TEXT + " again")
    await put("Tax", "Numbers of the year and receipts in a drawer")
    (found,) = await notice("twins")
    assert sources([found]) == {"Glazing", "Kiln"}
    answer = await alices.post(f"/insights/{found.insight.id}/link")
    assert answer.status_code == 303
    assert await owner.fetchval("select origin from entity_links where relation = 'related_to'") == "manual"
    assert await notice.again("twins") == []


@pytest.mark.parametrize("spoil", ["linked", "rejected", "logs", "far"])
async def test_twins_is_silent_for_what_is_linked_rejected_or_alike_by_its_kind(notice, put, owner, alice, spoil):
    kind = {"note_kind": "log"} if spoil == "logs" else {}
    one = await put("Glazing", TEXT, **kind, **({"date_key": TODAY} if kind else {}))
    more = {"linked": "[[Glazing]]", "far": "x " * 60 + "drawer receipts numbers tax year"}.get(spoil, "")
    content = more if spoil == "far" else f"{TEXT} {more}"
    other = await put("Kiln", content, **kind, **({"date_key": TODAY - timedelta(days=1)} if kind else {}))
    if spoil == "rejected":
        await owner.execute(
            "insert into entity_links (user_id, source_id, target_id, relation, origin, rejected_at) "
            "values ($1, $2, $3, 'related_to', 'manual', now())", alice.id, one, other,
        )  # fmt: skip
    assert await notice("twins") == []


INFERRED = """
insert into entity_links (user_id, source_id, target_id, relation, origin, accepted_at, rejected_at)
values ($1, $2, $3, 'is_like', 'inferred', case $4 when 'accepted' then now() end,
        case $4 when 'rejected' then now() end)"""


@pytest.mark.parametrize(("judged", "told"), [("", 1), ("accepted", 0), ("rejected", 0)])
@pytest.mark.parametrize("kind", ["twins", "forgotten"])
async def test_a_link_that_the_house_inferred_says_nothing_until_it_is_judged(
    notice, put, owner, alice, kind, judged, told
):
    """The nights infer what is near in meaning: their own likeness would hide all that these kinds find."""
    one, other = await put("Glazing", TEXT, days=200 * (kind == "forgotten")), await put("Kiln", TEXT + " again")
    await notice("on_this_day")
    await owner.execute(INFERRED, alice.id, one, other, judged)
    if kind == "forgotten":
        await cool(owner, one)
    assert len(await notice(kind)) == told


async def test_reconnect_finds_whoever_cools_below_their_rhythm_until_they_are_met(notice, meet, database, alice):
    await meet("Cool", 90, wished=30)
    await meet("Close", 10, wished=30)
    await meet("Nobody knows")
    (found,) = await notice("reconnect")
    assert found.told.title == "A word with Cool?" and found.told.body.startswith("90 days without a word")
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into interactions (user_id, participant_ids) values ($1, array[$2::uuid])",
            alice.id, found.insight.cores[0].record_id,
        )  # fmt: skip
    assert await notice.again("reconnect") == []


async def test_reconnect_is_silent_where_all_are_in_touch(notice, meet):
    await meet("Close", 10, wished=30)
    await meet("Nobody knows")
    assert await notice("reconnect") == []


async def test_promise_finds_a_sentence_that_nothing_followed(notice, put):
    said = NOW - timedelta(days=10)
    await put("Call", "We spoke. I'll send you the book by tomorrow. It was late.", created_at=said, updated_at=said)
    await put("Brief", "Ich schicke dir das Buch bis morgen.", created_at=said, updated_at=said)
    found = await notice("promise")
    quotes = {one.told.quote for one in found}
    assert quotes == {"I'll send you the book by tomorrow.", "Ich schicke dir das Buch bis morgen."}


@pytest.mark.parametrize(
    "sentence",
    [
        "I will not send you the book.", "If it rains I'll call you.", "Shall I say I'll call you tomorrow?",
        "> I'll send you the book.", "- [x] I'll send you the book.", "She will send you the book.",
        "I'll be at home tomorrow.", "Ich schicke dir das nicht.", "The book was sent.",
    ],
)  # fmt: skip
async def test_promise_is_silent_for_what_promises_nothing(notice, put, sentence):
    await put("Call", sentence, days=10)
    assert await notice("promise") == []


@pytest.mark.parametrize("follow", ["reminder", "met", "edited", "early"])
async def test_promise_is_silent_once_something_followed_or_before_its_day(
    notice, put, meet, database, owner, alice, follow
):
    ana = await meet("Ana")
    when = {"early": "in 3 weeks"}.get(follow, "tomorrow")
    note = await put("Call", f"With @[[Ana]]. I'll send you the book {when}.", days=10, target_contact_ids=[ana])
    assert len(await notice("promise")) == (follow != "early")
    async with database.reading(alice.id) as connection:
        if follow == "reminder":
            await connection.execute(
                "insert into reminders (user_id, record_id, due_at) values ($1, $2, now())", alice.id, note
            )
        elif follow == "met":
            await connection.execute(
                "insert into interactions (user_id, participant_ids) values ($1, array[$2::uuid])", alice.id, ana
            )
        else:
            await connection.execute("update notes set content = 'It is sent.' where id = $1", note)
    assert await notice.again("promise") == []


async def test_week_reviews_the_week_that_is_over(notice, put, meet):
    start = TODAY - timedelta(days=TODAY.weekday() + 7)
    for nth in (0, 0, 3):
        at = NOW.replace(year=start.year, month=start.month, day=start.day, hour=12) + timedelta(days=nth)
        await put(f"Of day {nth}", "words", created_at=at, updated_at=at)
    await meet("Ana", (TODAY - start).days - 1)
    (found,) = await notice("week")
    assert found.insight.week == (start, start + timedelta(days=6))
    assert [value for _day, value in found.told.bars] == [2, 0, 0, 1, 0, 0, 0]
    assert found.told.body.startswith("3 notes written (0 the week before), 1 interaction with 1 person")


async def test_week_is_silent_of_a_week_without_a_trace(notice, put):
    await put("Long ago", days=60)
    assert await notice("week") == []


def every(days: int, times: int):
    return [days * nth + 1 for nth in range(times)]


async def test_pattern_finds_what_comes_together_and_on_which_weekday(notice, put):
    monday = TODAY.weekday() + 70
    for nth in range(10):
        await put(f"Choir {nth}", "#choir with #anna", days=monday + 7 * nth)
    for nth in range(60):
        await put(f"Other {nth}", "#garden" if nth % 6 == 0 else "", days=5 * nth + 1.5)
    said = titles(await notice("pattern"))
    assert any({"anna", "choir"} <= set(title.lower().split()) for title in said), said
    assert any("mostly on Mon" in title for title in said), said
    assert not any("garden" in title for title in said)


async def test_pattern_is_silent_about_chance(notice, put):
    """Three topics at random over a hundred days: some pair of them is always the most frequent."""
    import random

    chance = random.Random(3)
    for nth in range(100):
        tags = " ".join(tag for tag in ("#a", "#b", "#c", "#d") if chance.random() < 0.3)
        await put(f"Note {nth}", tags, days=3 * nth + 0.5)
    assert await notice("pattern") == []


async def test_before_prepares_what_the_next_days_name(notice, put, meet, database, alice):
    ana = await meet("Ana")
    await put("The boat", "With @[[Ana]]", target_contact_ids=[ana])
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into reminders (user_id, text, record_id, due_at) values ($1, 'Ask for the boat', $2, $3)",
            alice.id, ana, NOW.replace(hour=12) + timedelta(days=1),
        )  # fmt: skip
    (found,) = await notice("before")
    assert {"Ana", "The boat"} <= sources([found]) and "Ask for the boat" in found.told.title


async def test_before_is_silent_of_days_that_name_nothing(notice, put, meet, database, alice):
    ana = await meet("Ana")
    await put("The boat", "With @[[Ana]]", target_contact_ids=[ana])
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into reminders (user_id, text, record_id, due_at) values ($1, 'Later', $2, $3)",
            alice.id, ana, NOW + timedelta(days=20),
        )  # fmt: skip
    assert await notice("before") == []
