"""No insight says a word of a record that is gone, changed or another's, whatever happens to what it follows from."""

from __future__ import annotations

import json
import random

import asyncpg
import pytest

from app.insights.kinds import INSIGHTS
from app.insights.reading import read_judged, read_now, read_weeks
from app.kinds import KINDS
from tests.conftest import write
from tests.insights.conftest import NOW, TODAY, timedelta
from tests.insights.test_kinds import TEXT

DEEDS = ("trash", "restore", "purge", "edit", "rename", "archive")


async def plant(put, meet, database, alice, owner) -> None:
    """Something for every kind; each record bears a word that no other has."""
    then = NOW.replace(year=NOW.year - 1, day=min(NOW.day, 28))
    if then.day == NOW.day:
        await put("Word00 of last year", "Word01", created_at=then, updated_at=then)
    ana = await meet("Word02", 90, wished=30)
    await put("Word03", TEXT + " Word04", days=200)
    await put("Word05", TEXT + " again Word06", 0)
    await put("Word07", TEXT + " and again Word08", 0)
    await put("Word09", "I'll send you Word10 by tomorrow.", days=10)
    for nth in range(6):
        await put(f"Word{11 + nth}", "#word20 #word21", days=8 + 7 * nth)
    for nth in range(20):
        await put(f"Word{30 + nth}", days=5 * nth + 1)
    async with database.reading(alice.id) as connection:
        await connection.execute(
            "insert into reminders (user_id, text, record_id, due_at) values ($1, 'Word22', $2, $3)",
            alice.id, ana, NOW + timedelta(hours=1),
        )  # fmt: skip


@pytest.fixture
async def thought(put, meet, notice, database, owner, alice, bob):
    await write(database, bob, "Secret of Bob", TEXT)
    await plant(put, meet, database, alice, owner)
    await notice("on_this_day")
    await owner.execute(
        "update record_heat set warmth = -50 where record_id = (select id from notes where title = 'Word03')"
    )
    for kind in INSIGHTS:
        await notice(kind)
    return notice


async def words_on_screen(database, person) -> str:
    """Everything that any list of insights would say."""
    async with database.reading(person.id) as connection:
        shown = [
            *await read_now(connection, KINDS, TODAY),
            *await read_judged(connection, KINDS, TODAY),
            *await read_weeks(connection, KINDS),
        ]
    said = [(one.told.title, one.told.body, one.told.quote, one.insight.facts, [e.title for e in one.insight.evidence])
            for one in shown]  # fmt: skip
    return json.dumps(said)


async def living_words(owner, person) -> str:
    rows = await owner.fetch(
        "select title || ' ' || content from notes where user_id = $1 and deleted_at is null union all "
        "select full_name from contacts where user_id = $1 and deleted_at is null union all "
        "select label from topics where user_id = $1 and deleted_at is null union all "
        "select text from reminders where user_id = $1 and deleted_at is null", person.id,
    )  # fmt: skip
    return " ".join(row[0] for row in rows)


async def happen(owner: asyncpg.Connection, database, person, deed: str, record, chance) -> None:
    table, column = {
        "note": ("notes", "content"), "contact": ("contacts", "full_name"), "topic": ("topics", "label"),
        "reminder": ("reminders", "text"), "interaction": ("interactions", "summary"),
    }[record["kind"]]  # fmt: skip
    title = {"note": "title", "contact": "full_name", "topic": "label"}.get(record["kind"], column)
    statements = {
        "trash": "update {t} set deleted_at = now() where id = $1",
        "restore": "update {t} set deleted_at = null where id = $1",
        "purge": "delete from {t} where id = $1",
        "edit": "update {t} set {c} = 'Changed' || $2 where id = $1",
        "rename": "update {t} set {n} = 'Renamed' || $2 where id = $1",
        "archive": "update {t} set archived_at = now() where id = $1",
    }
    statement = statements[deed].format(t=table, c=column, n=title)
    given = [record["id"], str(chance.random())][: 1 + ("$2" in statement)]
    async with database.reading(person.id) as connection:
        await connection.execute(statement, *given)


async def test_no_insight_tells_of_what_is_gone_or_another_s(thought, owner, database, reactor, alice, bob):
    chance = random.Random(11)
    before = await words_on_screen(database, alice)
    kinds = {row[0] for row in await owner.fetch("select kind from insights where user_id = $1", alice.id)}
    assert {"forgotten", "twins", "reconnect", "promise", "week", "before"} <= kinds
    assert "Word02" in before and "Word10" in before
    for _time in range(60):
        records = await owner.fetch(
            "select id, kind from records r where user_id = $1 and kind in ('note', 'contact', 'topic', 'reminder', "
            "'interaction') and not exists (select from contacts c where c.id = r.id and c.is_self) order by id",
            alice.id,
        )  # fmt: skip
        await happen(owner, database, alice, chance.choice(DEEDS), chance.choice(records), chance)
        said, alive = await words_on_screen(database, alice), await living_words(owner, alice)
        for word in {f"Word{nth:02}" for nth in range(60)} | {"Word20", "Word21"}:
            assert word not in said or word.lower() in alive.lower(), word
        assert "Bob" not in said
    assert await words_on_screen(database, alice) != before
    assert "Word" not in await words_on_screen(database, bob)


async def test_nights_hold_no_words_say_nothing_twice_and_let_go_of_what_is_purged(
    thought, owner, database, reactor, alice
):
    rows = await owner.fetch("select id, kind, key, facts::text as facts from insights order by id")
    assert rows and "word" not in " ".join(row["key"] + row["facts"] for row in rows).lower()
    # A second night with nothing new looks at nothing.
    runs = await owner.fetchval("select count(*) from sleep_runs")
    for kind in INSIGHTS:
        await thought(kind)
    assert await owner.fetchval("select count(*) from sleep_runs") == runs
    # One that looks at everything again says nothing twice.
    for kind in INSIGHTS:
        await thought(kind, again=True)
    again = await owner.fetch("select id, kind, key from insights order by id")
    assert [tuple(row) for row in again] == [tuple(row)[:3] for row in rows]
    async with database.reading(alice.id) as connection:
        await connection.execute("delete from contacts where full_name = 'Word02'")
    assert not await owner.fetchval("select count(*) from insights where kind = 'reconnect'")
    assert not await owner.fetchval(
        "select count(*) from insight_evidence e where not exists (select from insights i where i.id = e.insight_id)"
    )
