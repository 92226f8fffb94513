"""When a digest is due: at the person's hour of their own day, once, and for the rest of that day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# It is due until its day is over, and for an hour late at night so long beyond it.
AT_LEAST = timedelta(hours=6)
# After the first, second … try; none is tried once it is not due any more.
PAUSES = (timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=45), timedelta(hours=2))


def due_day(now: datetime, zone: str, at: time, first: date | None) -> date | None:
    """The day whose digest may be sent at this moment; None where none may.

    By the clock on the wall: an hour that a spring's night leaves out comes with the next one, and one that comes twice
    in autumn has its row by then.
    """
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    day = local.date() - timedelta(days=local.time() < at)
    if day < local.date() and local - datetime.combine(day, at) >= AT_LEAST:
        return None
    return None if first is not None and day < first else day


def first_day(now: datetime, zone: str, at: time) -> date:
    """Of whoever asks for it now: today, where its hour is still to come."""
    local = now.astimezone(ZoneInfo(zone))
    return local.date() + timedelta(days=local.time() >= at)


def retry_at(now: datetime, attempts: int) -> datetime:
    return now + PAUSES[min(attempts, len(PAUSES)) - 1]
