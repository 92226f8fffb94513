"""The same evidence told by a model that lies: nothing wrong is kept or shown, and the night ends."""

from __future__ import annotations

import json
import random
from datetime import timedelta

import pytest

from app.asleep import ASLEEP
from app.insights.citing import Said, Saying, keep_cited
from app.insights.kinds import INSIGHTS
from app.insights.reading import read_judged, read_now, read_weeks
from app.insights.telling import tell_with
from app.kinds import KINDS
from app.ports.embedding import make_embedder
from app.ports.models import Models
from app.privacy.sending import Given
from app.sleep.running import SleepRunner
from tests.conftest import write
from tests.insights.conftest import NOW, TODAY
from tests.insights.test_truth import DEEDS, happen, plant
from tests.privacy.conftest import saying, sections
from tests.sleep.conftest import sleep_through

PEOPLE = {"Ana": "A ceramist from Porto", "Rui": "Repairs boats in winter"}


async def fall_asleep(owner):
    """At noon, so that the day that is prepared is this one, whatever pages were looked at before."""
    noon = NOW.replace(hour=12)
    await owner.execute("update users set sleep_from = '00:00', sleep_until = '00:00'")
    await owner.execute("update sessions set last_seen_at = $1", noon - timedelta(hours=1))
    return noon


@pytest.fixture
def tell(worker_database, sender, owner, database, alice):
    """A night of telling alone, and what is on screen after it."""

    async def tell_all():
        at = await fall_asleep(owner)
        models = Models(make_embedder("fake"))
        runner = SleepRunner(worker_database, [tell_with(KINDS)], models, "tests", lambda: at, sender.ask)
        await sleep_through(runner)
        async with database.reading(alice.id) as connection:
            return await read_now(connection, KINDS, at.date())

    return tell_all


@pytest.fixture
async def noticed(notice, put, meet, database, alice):
    """Two people who cool below their rhythm."""
    for name, about in PEOPLE.items():
        person = await meet(name, 90, wished=30)
        async with database.reading(alice.id) as connection:
            await connection.execute("update contacts set notes = $2 where id = $1", person, about)
    return await notice("reconnect")


def told(shown) -> list[str]:
    return [sentence.text for one in shown if one.telling for sentence in one.telling.sentences]


async def state_of(owner) -> str:
    return await owner.fetchval("select state from sleep_runs where kind = 'telling' order by began_at desc limit 1")


def about(asked) -> str:
    """A sentence from what was given."""
    words = sections(asked)["R1"]
    return next((f"{name} is {text.lower()}." for name, text in PEOPLE.items() if text in words), "Nothing is there.")


async def test_what_was_noticed_is_told_with_its_sources(noticed, tell, choose, server, alices, owner):
    await choose()
    server.say = lambda asked: saying((about(asked), ["R1"]), ("And 77 more of it for Ana, Rui.", ["R1"]))
    server.usage = {"prompt_tokens": 900, "completion_tokens": 20}
    shown = await tell()
    assert sorted(told(shown)) == ["Ana is a ceramist from porto.", "Rui is repairs boats in winter."]
    page = (await alices.get("/")).text
    assert "Ana is a ceramist from porto.<sup>" in page and "Told by a-model" in page
    assert "90 days without a word" not in page
    one = (await alices.get(f"/insights/{shown[0].insight.id}")).text
    assert "own words: 90 days without a word" in one
    run = await owner.fetchrow("select * from sleep_runs where kind = 'telling'")
    assert (run["state"], run["tokens"], float(run["cost"])) == ("done", 1840, 0.00188)
    assert json.loads(run["output"]) == {"found": 2}
    assert "1,840 tokens" in (await alices.get("/sleep")).text


async def test_a_night_with_nothing_new_tells_nothing_again(noticed, tell, choose, server, owner):
    await choose()
    server.say = lambda asked: saying((about(asked), ["R1"]))
    await tell()
    asked = len(server.asked)
    await owner.execute("delete from sleep_runs where kind = 'telling'")
    assert len(told(await tell())) == 2 and len(server.asked) == asked == 2


LIES = {
    "cites nothing": saying(("Ana is a ceramist from Porto.", [])),
    "cites strangers": saying(("Ana is a ceramist from Porto.", ["R9"]), ("Ana makes pots in Porto.", ["R1", "R7"])),
    "cites by another name": saying(("Ana is a ceramist from Porto.", ["01000000-0000-7000-8000-000000000000"])),
    "says what is not there": saying(("Somebody won gold medals yesterday.", ["R1"])),
    "makes numbers up": saying(("Ana, Rui and you met 4711 times.", ["R1"])),
    "injects HTML": saying(("Ana, Rui <script>alert(1)</script> <b>ceramist</b> boats.", ["R1"])),
    "injects links": saying(("Ana, Rui: see https://evil.example for boats.", ["R1"]),
                            ("Ana, Rui: [ceramist boats](javascript:alert) here.", ["R1"])),
    "hides signs": saying(("Ana, Rui \u202eceramist boats\u202c.", ["R1"]), ("Ana, Rui\u0000 ceramist boats.", ["R1"])),
    "says too much": saying(("Ana Rui ceramist boats " * 60, ["R1"])),
    "broken JSON": '{"sentences": [{"text": "Ana',
    "another shape": '{"sentences": "Ana"}',
    "no JSON": "Of course! Ana is a ceramist from Porto.",
    "nothing": "",
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
async def test_of_a_lie_nothing_is_kept_or_shown(noticed, tell, choose, server, alices, owner, lie):
    await choose()
    server.say = lambda _asked: LIES[lie]
    assert told(await tell()) == [] and await state_of(owner) == "done"
    assert [row[0] for row in await owner.fetch("select sentences::text from insight_tellings")] == ["[]", "[]"]
    page = (await alices.get("/")).text
    assert "90 days without a word" in page and "Told by" not in page and "alert(1)" not in page
    # It is not asked again for what it could not say.
    await owner.execute("delete from sleep_runs where kind = 'telling'")
    await tell()
    assert len(server.asked) == 2


@pytest.mark.parametrize(("how", "state"), [
    ("tools", "done"), ("huge", "done"), ("broken chunk", "done"), ("odd chunk", "done"), ("cut", "done"),
    ("never", "failed"), ("never ends", "failed"), ("429", "failed"), ("500", "failed"), ("401", "failed"),
    ("404", "failed"),
])  # fmt: skip
async def test_whatever_the_server_does_the_night_ends(
    noticed, notice, tell, choose, server, alices, owner, worker_database, sender, how, state
):  # fmt: skip
    await choose()
    await owner.execute("update language_model set timeout_seconds = 1")
    server.hows = [how]
    assert told(await tell()) == [] and await state_of(owner) == state
    assert not await owner.fetchval("select count(*) from insight_tellings where sentences <> '[]'")
    assert "90 days without a word" in (await alices.get("/")).text
    assert "failed: Language" in (await alices.get("/sleep")).text or state == "done"
    # A whole night goes on past it, and what failed waits for another one.
    await owner.execute("delete from sleep_runs")
    asked, noon = len(server.asked), await fall_asleep(owner)
    models = Models(make_embedder("fake"))
    await sleep_through(SleepRunner(worker_database, ASLEEP, models, "tests", lambda: noon, sender.ask))
    states = dict(await owner.fetch("select kind, state from sleep_runs"))
    assert set(states) == {kind.name for kind in ASLEEP} - {"names"}  # which is off until somebody wants it
    assert {name for name, ended in states.items() if ended != "done"} == ({"telling"} if state == "failed" else set())
    assert len(server.asked) == asked or state == "failed"


@pytest.mark.parametrize("usage", [{"prompt_tokens": 10**15, "completion_tokens": 10**15}, {"prompt_tokens": -1}])
async def test_wrong_token_counts_neither_spend_nor_save_a_budget(
    noticed,
    tell,
    choose,
    server,
    owner,
    usage,
):
    await choose()
    server.usage, server.say = usage, lambda asked: saying((about(asked), ["R1"]))
    assert len(told(await tell())) == 2
    assert 200 < await owner.fetchval("select tokens from sleep_runs where kind = 'telling'") < 5000


async def test_the_budget_of_tokens_ends_the_telling_and_nothing_else(noticed, tell, choose, server, owner):
    await choose()
    await owner.execute("update users set sleep_tokens = 1")
    await tell()
    assert len(server.asked) == 1 and await state_of(owner) == "spent"
    await owner.execute("update users set sleep_tokens = 0")
    await owner.execute("delete from sleep_runs where kind = 'telling'")
    await tell()
    assert len(server.asked) == 1


async def test_only_so_many_are_told_in_a_night(notice, meet, tell, choose, server, monkeypatch):
    monkeypatch.setattr("app.insights.telling.MOST_A_NIGHT", 3)
    await choose()
    for nth in range(5):
        await meet(f"Person {nth}", 90, wished=30)
    await notice("reconnect")
    await tell()
    assert len(server.asked) == 3


async def test_a_dry_run_sends_nothing(noticed, tell, choose, server, alices, owner):
    await choose()
    await alices.post("/sleep/run", {"kind": "telling", "dry": "1"})
    await owner.execute("update users set sleeps = false")
    await tell()
    run = await owner.fetchrow("select * from sleep_runs where kind = 'telling'")
    assert (run["is_dry"], run["state"], json.loads(run["output"])) == (True, "done", {"found": 2})
    assert not server.asked and not await owner.fetchval("select count(*) from insight_tellings")


async def test_without_a_model_there_is_no_such_kind(noticed, tell, choose, alices, owner):
    await tell()
    assert not await owner.fetchval("select count(*) from sleep_runs where kind = 'telling'")
    page = (await alices.get("/sleep")).text
    assert "In a model" not in page and "Tokens a night" not in page
    await choose(local=False, leave="nothing")
    assert "In a model" not in (await alices.get("/sleep")).text
    await choose()
    page = (await alices.get("/sleep")).text
    assert "In a model" in page and "Tokens a night" in page


async def test_what_may_not_leave_is_told_in_the_house_s_own_words(
    noticed,
    tell,
    choose,
    server,
    alices,
    owner,
):
    await choose(local=False)
    ana = next(one for one in noticed if "Ana" in one.told.title).insight.cores[0].record_id
    await alices.post(f"/records/{ana}/privacy", {"level": "critical"})
    server.say = lambda asked: saying((about(asked), ["R1"]))
    assert told(await tell()) == ["Rui is repairs boats in winter."]
    assert b"Ana" not in server.heard and b"ceramist" not in server.heard
    # What was told before its record became critical is not shown either.
    rui = next(one for one in noticed if "Rui" in one.told.title).insight.cores[0].record_id
    assert "repairs boats" in (await alices.get("/")).text
    await alices.post(f"/records/{rui}/privacy", {"level": "critical"})
    assert "repairs boats" not in (await alices.get("/")).text


async def test_what_was_told_of_a_day_is_not_shown_after_it_nor_in_another_language(
    noticed,
    tell,
    choose,
    server,
    database,
    owner,
    alices,
    alice,
):
    await choose()
    server.say = lambda asked: saying((about(asked), ["R1"]))
    await tell()
    async with database.reading(alice.id) as connection:
        assert told(await read_now(connection, KINDS, TODAY))
        assert not told(await read_now(connection, KINDS, TODAY + timedelta(days=1)))
    await owner.execute("update users set locale = 'de'")
    assert "is a ceramist" not in (await alices.get("/")).text


async def test_what_changes_while_the_model_speaks_is_not_told(noticed, tell, choose, server, database, owner, alice):
    await choose()
    import asyncio

    loop = asyncio.get_running_loop()

    async def spoil() -> None:
        async with database.reading(alice.id) as connection:
            await connection.execute("update contacts set deleted_at = now() where full_name = 'Ana'")
            await connection.execute("update contacts set notes = 'Changed' where full_name = 'Rui'")

    def say(asked) -> str:
        said = saying((about(asked), ["R1"]))
        asyncio.run_coroutine_threadsafe(spoil(), loop).result(5)
        return said

    server.say = say
    server.asked.clear()
    shown = await tell()
    assert not any("Ana" in text or "boats" in text for text in told(shown))


async def test_no_telling_says_a_word_of_what_is_gone_changed_or_another_s(
    put,
    meet,
    notice,
    tell,
    choose,
    server,
    database,
    owner,
    reactor,
    alice,
    bob,
):
    """The model says all that it was given, and names but one of its sources: still no word outlives its record."""
    await choose()
    await write(database, bob, "Secret of Bob", "Word99")
    await plant(put, meet, database, alice, owner)
    await notice("on_this_day")
    await owner.execute(
        "update record_heat set warmth = -50 where record_id = (select id from notes where title = 'Word03')"
    )
    for kind in INSIGHTS:
        await notice(kind)

    def say_all(asked) -> str:
        found = sections(asked)
        words = sorted(
            {word for name, text in found.items() if name != "noticed" for word in text.split() if "Word" in word}
        )
        return saying((("It is about " + " ".join(words))[:390], [next(name for name in found if name != "noticed")]))

    server.say = say_all
    chance, seen = random.Random(7), 0
    for nth in range(25):
        if nth % 5 == 0:
            await owner.execute("delete from sleep_runs where kind = 'telling'")
            await tell()
        records = await owner.fetch(
            "select id, kind from records r where user_id = $1 and kind in ('note', 'contact', 'topic', 'reminder') "
            "and not exists (select from contacts c where c.id = r.id and c.is_self) order by id", alice.id,
        )  # fmt: skip
        await happen(owner, database, alice, chance.choice(DEEDS), chance.choice(records), chance)
        said = " ".join(told(await on_screen(database, alice)))
        seen += "Word" in said
        alive = await living(owner, alice)
        gone = {word for word in {f"Word{n:02}" for n in range(60)} if word.lower() not in alive}
        assert not [word for word in gone if word in said]
        assert "Word99" not in said and not told(await on_screen(database, bob))
    assert seen > 10


async def on_screen(database, person):
    async with database.reading(person.id) as connection:
        return [*await read_now(connection, KINDS, TODAY), *await read_judged(connection, KINDS, TODAY),
                *await read_weeks(connection, KINDS)]  # fmt: skip


async def living(owner, person) -> str:
    rows = await owner.fetch(
        "select title || ' ' || content from notes where user_id = $1 and deleted_at is null union all "
        "select full_name || ' ' || notes from contacts where user_id = $1 and deleted_at is null union all "
        "select label from topics where user_id = $1 and deleted_at is null union all "
        "select text from reminders where user_id = $1 and deleted_at is null", person.id,
    )  # fmt: skip
    return " ".join(row[0] for row in rows).lower()


async def test_with_a_record_that_is_deleted_goes_what_was_told_from_it(
    notice,
    put,
    tell,
    choose,
    server,
    database,
    owner,
    alice,
):
    await choose()
    then = NOW.replace(year=NOW.year - 1)
    one = await put("Kiln of old", created_at=then, updated_at=then)
    await put("Glaze of old", created_at=then, updated_at=then)
    await notice("on_this_day")
    server.say = lambda _asked: saying(("The kiln and the glaze of old.", ["R1", "R2"]))
    assert told(await tell())
    async with database.reading(alice.id) as connection:
        await connection.execute("delete from notes where id = $1", one)
    assert await owner.fetchval("select count(*) from insights") == 1
    assert not await owner.fetchval("select count(*) from insight_tellings")
    assert not await owner.fetchval("select count(*) from telling_sources")


GIVEN = {"R1": Given("one", b"", "Ana\nA ceramist from Porto, 1,200 °C"), "R2": Given("two", b"", "Glaze 14 March"),
         "R3": Given("three", b"")}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "cites", "kept"),
    [
        ("Ana works with clay in Porto.", ["R1"], "Ana works with clay in Porto."),
        ("Ana fires at 1,200 °C (R1).", ["R1"], "Ana fires at 1,200 °C."),
        ("Ana [R1, R2] likes glaze.", ["R1", "R2"], "Ana likes glaze."),
        ("Ana met you 90 days ago.", ["R1"], "Ana met you 90 days ago."),
        ("Ana met you 91 days ago.", ["R1"], None), ("On 14 March with Ana.", ["R1"], None),
        ("On 14 March with Ana.", ["R1", "R2"], "On 14 March with Ana."), ("R1 is about Ana.", ["R1"], None),
        ("And that is that here.", ["R1"], None), ("Ana is here too.", ["R3"], None), ("Ana.", ["R1"], None),
        ("Ana\nworks in Porto.", ["R1"], None), ("Ana at 3 < 5 of Porto.", ["R1"], None),
    ],
)  # fmt: skip
def test_which_sentences_are_kept(text, cites, kept):
    sentences = keep_cited(Saying([Said(text, cites)]), GIVEN, "90 days without a word")
    assert [one.text for one in sentences] == ([kept] if kept else [])


def test_no_more_than_five_sentences_are_kept():
    assert len(keep_cited(Saying([Said("Ana works in Porto.", ["R1"])] * 9), GIVEN, "")) == 5


def test_it_is_told_after_all_that_is_told_of():
    names = [kind.name for kind in ASLEEP]
    assert {kind.name for kind in ASLEEP if kind.asks_model} == {"names", "telling", "titles"}
    assert names.index("telling") > max(names.index(name) for name in INSIGHTS)
