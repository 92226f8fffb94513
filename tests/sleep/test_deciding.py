"""When the house may think, and of what: rules alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sleep.deciding import MOST_ATTEMPTS, Last, Situation, Spent, Wishes, choose_next, is_open, why_awake
from tests.sleep.conftest import MIDNIGHT, Counting

LONG_AGO = MIDNIGHT - timedelta(hours=5)
ASLEEP = Situation(MIDNIGHT, "UTC", LONG_AGO, Wishes(), Spent(), 100, {})


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"seen_at": None}, ""),
        ({"seen_at": MIDNIGHT - timedelta(minutes=19)}, "here"),
        ({"seen_at": MIDNIGHT - timedelta(minutes=21)}, ""),
        ({"wishes": Wishes(is_on=False)}, "off"),
        ({"now": MIDNIGHT + timedelta(hours=8), "seen_at": None}, "hours"),
        ({"zone": "Asia/Tokyo"}, "hours"),
        ({"spent": Spent(seconds=600)}, "spent"),
        ({"spent": Spent(rows=20000)}, "spent"),
        ({"spent": Spent(tokens=10**6)}, ""),
        ({"spent": Spent(tokens=10), "wishes": Wishes(tokens=10)}, ""),
    ],
)
def test_what_keeps_the_house_from_thinking(changed, why):
    situation = replace(ASLEEP, **changed)
    assert why_awake(situation) == why
    assert (choose_next([Counting().kind], situation) is None) == bool(why)


@given(st.times(), st.times(), st.datetimes())
def test_the_hours_of_two_halves_of_a_day_are_the_day(opens, closes, at):
    one = is_open(Wishes(opens=opens, closes=closes), at)
    other = is_open(Wishes(opens=closes, closes=opens), at)
    assert one != other or opens == closes


def test_hours_go_past_midnight():
    for hour, is_night in ((21, False), (22, True), (3, True), (7, False), (12, False)):
        assert is_open(Wishes(opens=time(22), closes=time(7)), datetime(2026, 1, 1, hour, tzinfo=UTC)) == is_night


def chosen(last: Last | None = None, **changed):
    counting = Counting(follows_days=changed.pop("follows_days", False))
    situation = replace(ASLEEP, last={"count": last} if last else {}, **changed)
    return choose_next([counting.kind], situation)


def test_only_what_is_new_is_looked_at():
    assert chosen().seq_from == 0 and chosen().seq_to == 100
    assert chosen(newest=0) is None
    done = Last(state="done", seen_seq=60, done_at=LONG_AGO, done_day=ASLEEP.day)
    assert (chosen(done).seq_from, chosen(done).seq_to) == (60, 100)
    assert chosen(replace(done, seen_seq=100)) is None
    assert chosen(done, wishes=Wishes(without=frozenset({"count"}))) is None


def test_what_follows_the_days_waits_for_another_day_and_somebody_to_see_it():
    yesterday = ASLEEP.day - timedelta(days=1)
    done = Last(state="done", seen_seq=100, done_at=LONG_AGO - timedelta(days=1), done_day=yesterday)
    assert chosen(done, follows_days=True) is not None
    assert chosen(done, follows_days=True, seen_at=done.done_at - timedelta(hours=1)) is None
    assert chosen(replace(done, done_day=ASLEEP.day), follows_days=True, newest=200) is None


@pytest.mark.parametrize("state", ["woken", "spent", "morning", "interrupted"])
def test_it_goes_on_where_it_stopped(state):
    last = Last(state=state, seq_from=5, seq_to=50, cursor={"done": 2}, attempts=1, night=ASLEEP.night)
    plan = chosen(last)
    assert (plan.seq_from, plan.seq_to, plan.cursor) == (5, 50, {"done": 2})
    assert plan.attempts == (2 if state == "interrupted" else 1)


def test_what_dies_or_fails_again_and_again_waits_for_another_night():
    last = Last(state="interrupted", attempts=MOST_ATTEMPTS, night=ASLEEP.night, cursor={"done": 1})
    assert chosen(last) is None
    assert chosen(replace(last, night=ASLEEP.night - timedelta(days=1))).cursor == {}
    assert chosen(replace(last, state="failed")) is None
    assert chosen(replace(last, state="failed", night=ASLEEP.night - timedelta(days=1))) is not None


@pytest.mark.parametrize(
    ("may_ask", "tokens", "spent", "is_chosen"),
    [(True, 100, 0, True), (False, 100, 0, False), (True, 100, 100, False), (True, 0, 0, False)],
)
def test_what_asks_a_model_has_its_turn_while_there_is_one_and_tokens_are_left(may_ask, tokens, spent, is_chosen):
    asking = replace(Counting("asking").kind, asks_model=True)
    situation = replace(ASLEEP, may_ask=may_ask, wishes=Wishes(tokens=tokens), spent=Spent(tokens=spent))
    assert (choose_next([asking], situation) is not None) == is_chosen
    # The others go on without it.
    chosen = choose_next([asking, Counting("other").kind], situation)
    assert chosen.kind.name == ("asking" if is_chosen else "other")
