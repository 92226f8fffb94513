"""Dates in words, in three languages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from app.core.dating import read_moment

# A Thursday.
NOW = datetime(2026, 3, 12, 14, 0, tzinfo=ZoneInfo("Europe/Madrid"))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Call Ana tomorrow at 9", "2026-03-13T09:00"),
        ("Ana morgen um 9 Uhr anrufen", "2026-03-13T09:00"),
        ("Llamar a Ana mañana a las 9", "2026-03-13T09:00"),
        ("tomorrow at 9:30 pm", "2026-03-13T21:30"),
        ("übermorgen", "2026-03-14T09:00"),
        ("pasado mañana", "2026-03-14T09:00"),
        ("on Monday", "2026-03-16T09:00"),
        ("am Freitag um 18:15", "2026-03-13T18:15"),
        ("el jueves por la tarde", "2026-03-19T17:00"),
        ("in two weeks", "2026-03-26T09:00"),
        ("in 3 Tagen", "2026-03-15T09:00"),
        ("dentro de dos semanas", "2026-03-26T09:00"),
        ("2026-04-01 at 8", "2026-04-01T08:00"),
        ("on 3 May", "2026-05-03T09:00"),
        ("am 3. Mai", "2026-05-03T09:00"),
        ("el 3 de mayo de 2027", "2027-05-03T09:00"),
        ("January 5", "2027-01-05T09:00"),
        ("tonight", "2026-03-12T19:00"),
        ("heute abend", "2026-03-12T19:00"),
        ("today", "2026-03-12T09:00"),
    ],
)
def test_a_moment_is_read_as_it_is_said(text, moment):
    said = read_moment(text, NOW)
    assert said is not None
    assert said.moment.strftime("%Y-%m-%dT%H:%M") == moment


@pytest.mark.parametrize(
    "text", ["Owls", "the mayor", "31 February", "9", "today at 9", "morgenstern", "1999-01-01", ""]
)
def test_what_names_no_moment_ahead_names_none(text):
    assert read_moment(text, NOW) is None
