"""When a birthday comes. Whoever was born on 29 February has it on the last day of February in other years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Birthday:
    """A month and a day, and the year where it is known."""

    month: int
    day: int
    year: int | None

    @property
    def is_leap(self) -> bool:
        return (self.month, self.day) == (2, 29)

    def in_year(self, year: int) -> date:
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return date(year, 2, 28)

    def next_from(self, today: date) -> date:
        """Today counts."""
        this = self.in_year(today.year)
        return this if this >= today else self.in_year(today.year + 1)

    def age_on(self, day: date) -> int | None:
        """None without a year, and for a year that is still to come."""
        return day.year - self.year if self.year is not None and day.year > self.year else None


def read_birthday(value: str) -> Birthday | None:
    """1980-02-29, or --02-29 where nobody knows the year. None for what is no day."""
    has_year = not value.startswith("--")
    try:
        day = date.fromisoformat(value if has_year else f"2000{value[1:]}")
    except ValueError:
        return None
    return Birthday(day.month, day.day, day.year if has_year else None)
