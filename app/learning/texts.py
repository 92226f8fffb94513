"""What texts tell by themselves: at which hours they are written, in which language, with which units.

The newest 2,000 of a person's own are read, a few at a time; what was counted so far goes along in the step's cursor
and is kept only at the end, so that a night that is broken off leaves the count of the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.core.sleeping import Stretch
from app.learning.languages import guess_language
from app.learning.measuring import MOST_EVIDENCE, Habit
from app.learning.units import SIGNS, read_units

BATCH, MOST = 200, 2000
# Of a window of three hours: a person who writes at any hour is in each of them one time in eight.
HOURS = 3
CATEGORIES = ("hour", "language", "units")
KEYS = {"hour": ("workday", "weekend"), "language": ("",), "units": tuple(SIGNS)}

# When an import was written says its record, but not its clock: of those the hour is not counted.
TEXTS = """
select r.id, r.created_at, t.text, t.is_here
  from (select id, created_at from records
         where kind in ('note', 'capture', 'interaction') and deleted_at is null
           and ($1::timestamptz is null or (created_at, id) < ($1, $2))
         order by created_at desc, id desc limit 200) r
  left join lateral (
       select left(words_in(n.content, n.content_format), 4000) as text, n.source = 'local' as is_here from notes n
        where n.id = r.id and n.note_kind <> 'system' and n.template_for is null
       union all
       select left(c.content, 4000), c.source not in ('import', 'file', 'mail') from captures c
        where c.id = r.id and c.capture_type not in ('link', 'quote', 'snippet')
       union all
       select left(i.summary, 4000), false from interactions i where i.id = r.id) t on true
 order by r.created_at desc, r.id desc"""

Votes = dict[str, dict[str, dict[str, Any]]]


async def read_texts(connection: asyncpg.Connection, stretch: Stretch, cursor: Mapping[str, Any]) -> dict[str, Any]:
    """The next cursor: `votes` up to there, `done` texts, and `ends` with the last of them."""
    at = datetime.fromisoformat(cursor["at"]) if "at" in cursor else None
    rows = await connection.fetch(TEXTS, at, UUID(cursor["id"]) if at else None)
    votes: Votes = {
        name: {value: dict(vote) for value, vote in of.items()} for name, of in cursor.get("votes", {}).items()
    }
    for row in rows:
        if row["text"] is not None:
            _count(votes, row, stretch.zone)
    done = cursor.get("done", 0) + len(rows)
    last = {"at": rows[-1]["created_at"].isoformat(), "id": str(rows[-1]["id"])} if rows else {}
    return {**last, "done": done, "votes": votes, "ends": len(rows) < BATCH or done >= MOST, "rows": len(rows)}


def habits_of_texts(category: str, votes: Votes) -> list[Habit]:
    """One of each key that anything was counted for."""
    found = ((key, votes.get(f"{category}:{key}", {})) for key in KEYS[category])
    return [_hours(key, of) if category == "hour" else _most(key, of) for key, of in found if of]


def _count(votes: Votes, row: asyncpg.Record, zone: str) -> None:
    for name, value in _votes_of(row["text"], row["created_at"], zone, is_here=row["is_here"]):
        vote = votes.setdefault(name, {}).setdefault(value, {"n": 0, "ids": []})
        vote["n"] += 1
        # The newest come first.
        if len(vote["ids"]) < MOST_EVIDENCE:
            vote["ids"].append(str(row["id"]))


def _votes_of(text: str, at: datetime, zone: str, *, is_here: bool) -> Iterable[tuple[str, str]]:
    if is_here:
        local = at.astimezone(ZoneInfo(zone))
        yield f"hour:{'weekend' if local.weekday() >= 5 else 'workday'}", str(local.hour)
    if language := guess_language(text):
        yield "language:", language
    yield from ((f"units:{key}", value) for key, value in read_units(text).items())


def _most(key: str, of: Mapping[str, Mapping[str, Any]]) -> Habit:
    seen = sum(vote["n"] for vote in of.values())
    value, vote = min(of.items(), key=lambda one: (-one[1]["n"], one[0]))
    return Habit(vote["n"], seen, value, key, evidence=_ids(vote["ids"]))


def _hours(key: str, of: Mapping[str, Mapping[str, Any]]) -> Habit:
    """The three hours in a row, past midnight too, in which the most was written; the value is the first of them."""
    seen = sum(vote["n"] for vote in of.values())
    windows = {start: [str((start + nth) % 24) for nth in range(HOURS)] for start in range(24)}
    hits = {start: sum(of[hour]["n"] for hour in hours if hour in of) for start, hours in windows.items()}
    # Of windows that hold the same, the one whose middle does: 21 to 24 and not 19 to 22 for who writes at ten.
    start = min(windows, key=lambda first: (-hits[first], -of.get(windows[first][1], {"n": 0})["n"], first))
    ids = [one for hour in windows[start] for one in of.get(hour, {"ids": []})["ids"]]
    return Habit(hits[start], seen, str(start), key, evidence=_ids(sorted(ids, reverse=True)[:MOST_EVIDENCE]))


def _ids(ids: Sequence[str]) -> list[UUID]:
    return [UUID(one) for one in ids]
