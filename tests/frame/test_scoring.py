"""The frame score keeps its bounds, falls while nothing happens, and says the same of the same facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.frame.scoring import Facts, Promise, Touch, frame, measure_rhythm

TODAY = date(2026, 6, 1)
DAYS = st.dates(date(2024, 1, 1), date(2028, 1, 1))
TOUCHES = st.lists(st.builds(Touch, DAYS, st.sampled_from(["me", "them", "both"])), max_size=40).map(
    lambda found: tuple(sorted(found, key=lambda touch: touch.day, reverse=True))
)
PROMISES = st.lists(st.builds(Promise, st.sampled_from(["me", "them"]), st.none() | DAYS, st.none()), max_size=8).map(
    tuple
)
FACTS = st.builds(
    Facts, TOUCHES, PROMISES, st.lists(DAYS, max_size=8).map(tuple), st.none() | st.integers(1, 1000), DAYS
)
AFTER_ALL = st.integers(0, 4000).map(lambda days: date(2028, 1, 1) + timedelta(days=days))


def touched(*days_ago: int, direction: str = "both") -> tuple[Touch, ...]:
    return tuple(Touch(TODAY - timedelta(days=ago), direction) for ago in days_ago)


def facts(*days_ago: int, **more: object) -> Facts:
    return replace(Facts(touched(*days_ago), (), (), None, TODAY), **more)


@given(FACTS, DAYS)
def test_a_score_lies_between_0_and_100_and_is_the_sum_of_its_parts(known, day):
    found = frame(known, day)
    if found is None:
        assert known.wished is None and not any(touch.day <= day for touch in known.touches)
        return
    assert 0 <= found.score <= 100
    assert 0 <= found.recency <= 60 and 0 < found.reciprocity <= 20 and 0 <= found.owed <= 20
    assert abs(found.score - (found.recency + found.reciprocity + found.owed)) <= 0.5


@given(FACTS, AFTER_ALL, st.integers(0, 400))
def test_while_nothing_happens_it_can_only_fall(known, day, later):
    now, then = frame(known, day), frame(known, day + timedelta(days=later))
    assert (now is None) == (then is None)
    assert now is None or then is None or (then.score <= now.score and then.recency <= now.recency)


@given(FACTS, DAYS)
def test_the_same_facts_say_the_same(known, day):
    assert frame(known, day) == frame(replace(known), day)


@given(FACTS, AFTER_ALL)
def test_contact_today_is_as_recent_as_can_be(known, day):
    found = frame(replace(known, touches=(Touch(day, "both"), *known.touches)), day)
    assert found is not None and found.recency == 60 and not found.is_cooling


@given(TOUCHES, st.integers(1, 400))
def test_what_is_to_come_counts_for_nothing_yet(touches, ahead):
    day = date(2026, 1, 1)
    past = tuple(touch for touch in touches if touch.day <= day)
    future = (Touch(day + timedelta(days=ahead), "me"),)
    known = Facts(past, (), (), 30, day)
    assert frame(known, day) == frame(replace(known, touches=future + past), day)


def test_the_rhythm_is_robust_against_one_long_silence():
    assert measure_rhythm(list(touched(0, 7, 14, 21, 400))) == 7
    assert measure_rhythm(list(touched(0, 0, 0, 7))) is None


def test_points_halve_with_each_span_after_the_rhythm():
    weekly = (10, 17, 24, 31)
    assert frame(facts(*weekly), TODAY).recency == 60
    late = frame(facts(21, 28, 35, 42), TODAY)
    assert (late.days, late.rhythm, late.recency) == (21, 7, 30)
    assert late.is_cooling


def test_a_wished_rhythm_overrides_the_measured_one_and_is_taken_at_its_word():
    found = frame(facts(10, 17, 24, 31, wished=5), TODAY)
    assert (found.rhythm, found.is_wished, found.recency, found.is_cooling) == (5, True, 30, True)
    never = frame(facts(wished=30, since=TODAY - timedelta(days=60)), TODAY)
    assert (never.days, never.recency) == (60, 30)


def test_only_one_who_reaches_out_costs_points():
    assert frame(facts(1, 2, 3), TODAY).reciprocity == 20
    alone = frame(Facts(touched(*range(12), direction="me"), (), (), None, TODAY), TODAY)
    assert alone.reciprocity == 20 / 13


def test_what_is_owed_costs_points_and_more_once_it_is_late():
    yesterday = TODAY - timedelta(days=1)
    owed = {
        (Promise("me", None),): 18, (Promise("me", yesterday),): 15, (Promise("me", yesterday, yesterday),): 20,
        (Promise("them", None),): 20, (Promise("them", yesterday),): 18, (Promise("me", yesterday),) * 9: 0,
    }  # fmt: skip
    for promises, points in owed.items():
        assert frame(facts(1, promises=promises), TODAY).owed == points, promises
    assert frame(facts(1, follow_ups=(yesterday, TODAY)), TODAY).owed == 15
