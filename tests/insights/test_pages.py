"""What a person sees of it, what they say, and what that does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.insights.keeping import forget_insights
from app.insights.weighing import LEAST, Said, is_shown
from tests.insights.conftest import NOW, TODAY


@pytest.fixture
async def cooling(notice, meet):
    await meet("Cool", 90, wished=30)
    return (await notice("reconnect"))[0].insight.id


async def test_today_shows_cards_with_their_evidence_and_the_night_in_one_line(alices, cooling):
    page = (await alices.get("/")).text
    assert "A word with Cool?" in page and f"/insights/{cooling}/verdict" in page
    assert "While you slept: 1 row looked at, 1 thing noticed" in page
    one = (await alices.get(f"/insights/{cooling}")).text
    assert "A word with Cool?" in one and "100 % sure" in one and "/people/" in one


async def test_today_says_nothing_where_nothing_was_thought_of(alices):
    page = (await alices.get("/")).text
    assert "insights-title" not in page


@pytest.mark.parametrize("verdict", ["useful", "not_useful", "dismissed"])
async def test_a_verdict_sends_it_away_counts_and_can_be_taken_back(alices, cooling, notice, owner, verdict):
    answer = await alices.post(f"/insights/{cooling}/verdict", {"verdict": verdict, "back": "/"})
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    assert await notice.again("reconnect") == []
    assert await notice("reconnect", again=True) == []
    assert await owner.fetchval("select verdict from insight_verdicts") == verdict
    page = (await alices.get("/insights")).text
    assert "Take back: A word with Cool?" in page
    await alices.post(f"/insights/{cooling}/reconsider")
    assert len(await notice.again("reconnect")) == 1
    assert not await owner.fetchval("select count(*) from insight_verdicts")


async def test_a_word_that_is_no_verdict_changes_nothing(alices, cooling, owner):
    assert (await alices.post(f"/insights/{cooling}/verdict", {"verdict": "splendid"})).status_code == 400
    assert not await owner.fetchval("select count(*) from insight_verdicts")


async def test_later_is_later_and_pinned_stays(alices, cooling, notice, owner, worker_database):
    await alices.post(f"/insights/{cooling}/snooze", {"by": "week"})
    assert await notice.again("reconnect") == []
    assert len(await notice.again("reconnect", TODAY + timedelta(days=7))) == 1
    await alices.post(f"/insights/{cooling}/reconsider")
    await alices.post(f"/insights/{cooling}/pin", {"pinned": "1"})
    await owner.execute("update insights set created_at = '2020-01-01'")
    assert await forget_insights(worker_database, NOW) == 0
    await alices.post(f"/insights/{cooling}/pin", {"pinned": "0"})
    assert await forget_insights(worker_database, NOW) == 1


async def test_never_this_kind_is_neither_shown_nor_looked_for(alices, cooling, notice, owner):
    await alices.post(f"/insights/{cooling}/never")
    assert await notice.again("reconnect") == []
    runs = await owner.fetchval("select count(*) from sleep_runs")
    await notice("reconnect", again=True)
    assert await owner.fetchval("select count(*) from sleep_runs") == 0 < runs
    await alices.post("/sleep/kinds", {"kind": "reconnect", "on": "1"})
    assert len(await notice.again("reconnect")) == 1


def test_the_formula_is_the_one_that_the_page_states():
    assert Said().weight == 1
    assert Said(useful=2).weight == pytest.approx(2 * 4 / 6)
    assert Said(not_useful=4).weight == pytest.approx(0.5)
    assert Said(dismissed=4).weight == pytest.approx(2 * 2 / 6)
    assert 0 < Said(not_useful=1000).weight < Said(useful=1000).weight < 2
    assert is_shown(LEAST, Said()) and not is_shown(LEAST - 0.01, Said())
    assert not is_shown(1.0, Said(not_useful=10))


async def test_a_kind_that_was_never_useful_falls_silent(alices, cooling, notice, owner, alice):
    for _time in range(12):
        await owner.execute(
            "insert into insight_verdicts (user_id, insight_id, kind, verdict) "
            "values ($1, gen_random_uuid(), 'reconnect', 'not_useful')", alice.id,
        )  # fmt: skip
    assert await notice.again("reconnect") == []
    await owner.execute("update insight_verdicts set at = now() - interval '181 days'")
    assert len(await notice.again("reconnect")) == 1


async def test_bob_sees_and_says_nothing(bobs, cooling, owner):
    assert (await bobs.get(f"/insights/{cooling}")).status_code == 404
    for verb in ("verdict", "snooze", "pin", "never", "reconsider", "link"):
        assert (await bobs.post(f"/insights/{cooling}/{verb}", {"verdict": "useful"})).status_code == 404
    assert "Cool" not in (await bobs.get("/insights")).text + (await bobs.get("/")).text
    assert await owner.fetchval("select verdict from insights") is None
