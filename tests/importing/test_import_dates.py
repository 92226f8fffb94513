"""When a note came to be: by its own word, its name or its file; and what is told when nothing tells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.importing.dating import Calendar, date_in_name, read_date, whole_day
from app.importing.sources import SourceFile

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def file(path: str, modified: datetime | None = None) -> SourceFile:
    return SourceFile(path, 0, modified, lambda: b"")


@pytest.mark.parametrize(
    ("stem", "day"),
    [
        ("2021-03-08", date(2021, 3, 8)),
        ("2021_03_08", date(2021, 3, 8)),
        ("2021-03-08 Meeting", date(2021, 3, 8)),
        ("2021-03-08.conflicted.1721582925825", date(2021, 3, 8)),
        ("202103081230 zettel", date(2021, 3, 8)),
        ("20210308", date(2021, 3, 8)),
        ("2021-13-08", None),
        ("2021", None),
        ("12021-03-081", None),
        ("1066-10-14", None),
        ("2021-03_08", None),
        ("notes", None),
    ],
)
def test_a_date_is_found_in_a_name(stem: str, day: date | None):
    assert date_in_name(stem) == day


def test_a_daily_note_is_called_by_its_date_and_nothing_else():
    assert whole_day("2021-03-08") == date(2021, 3, 8)
    assert whole_day("2021-03-08 Meeting") is None


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2021-03-08", datetime(2021, 3, 7, 23, tzinfo=UTC)),
        ("2021-03-08 9:05", datetime(2021, 3, 8, 8, 5, tzinfo=UTC)),
        ("2021-03-08T10:00:00Z", datetime(2021, 3, 8, 10, tzinfo=UTC)),
        ("2021-03-08T10:00:00.123+02:00", datetime(2021, 3, 8, 8, tzinfo=UTC)),
        ("2021/3/8", datetime(2021, 3, 7, 23, tzinfo=UTC)),
        ("[[2021-03-08]]", datetime(2021, 3, 7, 23, tzinfo=UTC)),
        (1615197600, datetime(2021, 3, 8, 10, tzinfo=UTC)),
        (1615197600000, datetime(2021, 3, 8, 10, tzinfo=UTC)),
        ("2021-02-30", None),
        ("soon", None),
        (3, None),
        (True, None),
        (None, None),
        (["2021-03-08"], None),
    ],
)
def test_a_date_is_read_as_people_and_apps_write_it(value: object, moment: datetime | None):
    assert read_date(value, BERLIN) == moment


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2022, 6, number, hour, tzinfo=UTC)


def test_its_own_word_dates_a_note_before_its_name_and_its_name_before_its_file():
    files = [
        file("2021-03-08.md", modified=day(1)),
        file("b.md", modified=day(5)),
        file("c.md", modified=day(9)),
    ]
    calendar = Calendar(files, UTC, NOW)
    assert calendar.date_note(files[0], "2020-01-01", None).created == datetime(2020, 1, 1, tzinfo=UTC)
    assert calendar.date_note(files[0], None, None).created == datetime(2021, 3, 8, tzinfo=UTC)
    assert calendar.date_note(files[1], None, None).created == day(5)
    assert calendar.date_note(files[1], None, None).updated == day(5)


def test_file_times_that_are_nearly_all_equal_say_nothing():
    copied = [file(f"{number}.md", modified=NOW - timedelta(minutes=number)) for number in range(18)]
    files = [*copied, file("2021-03-08.md", modified=NOW), file("own.md", modified=day(5))]
    calendar = Calendar(files, UTC, NOW)
    undated = calendar.date_note(copied[3], None, None)
    assert undated.created == datetime(2021, 3, 8, tzinfo=UTC)  # the middle of what the names say
    assert undated.updated is None
    assert calendar.date_note(files[-1], None, None).created == day(5)  # the one that was not copied with them


@pytest.mark.parametrize("named", ["notes.md", f"{NOW:%Y-%m-%d}.md", "2027-01-01.md"])
def test_what_nobody_dated_never_looks_new(named: str):
    files = [file(f"{number}.md", modified=NOW) for number in range(20)] + [file(named, modified=NOW)]
    assert Calendar(files, UTC, NOW).date_note(files[0], None, None).created <= NOW - timedelta(days=30)


def test_a_day_to_come_is_no_date_of_writing():
    files = [
        file("2027-01-01.md", modified=day(5)),
        file("b.md", modified=day(1)),
        file("c.md", modified=day(9)),
    ]
    dates = Calendar(files, UTC, NOW).date_note(files[0], "2028-01-01", None)
    assert dates.created == day(5)
    assert dates.day == date(2027, 1, 1)
