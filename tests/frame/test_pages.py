"""The score explains itself, and whom one is losing stands on a page of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from app.frame.pages import frame_panel
from app.frame.plotting import HEIGHT, WIDTH, make_plot
from app.frame.scanning import scan_people
from app.frame.scoring import Facts, Promise, Touch, frame

TODAY = date(2026, 6, 1)


def test_the_breakdown_says_why_in_words():
    touches = tuple(Touch(TODAY - timedelta(days=ago), "me") for ago in (30, 37, 44, 51))
    known = Facts(touches, (Promise("me", TODAY - timedelta(days=1)),), (TODAY - timedelta(days=2),), None, TODAY)
    panel = frame_panel(frame(known, TODAY), [], TODAY)
    recency, reciprocity, owed = (part.why for part in panel.parts)
    assert recency == "Last contact: 1 month ago. Your rhythm: about every 7 days."
    assert reciprocity == "Of the last ones you reached out in 4, they in 0."
    assert owed == "1 open promise of yours, 1 of them overdue, 1 overdue reminder."
    assert panel.is_cooling and panel.plot is None


def test_the_plot_lies_within_its_frame():
    points = [(TODAY - timedelta(days=ago), ago) for ago in range(90, -1, -1)]
    plot = make_plot(points)
    pairs = [tuple(map(float, pair.split(","))) for pair in plot.line.split()]
    assert len(pairs) == 91
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in pairs)
    assert pairs == sorted(pairs) and (plot.first, plot.last) == (90, 0)
    assert make_plot(points[:1]) is None


async def test_who_cools_is_listed_for_their_own_user_alone(alices, bobs, owner, worker_database, database, alice):
    person = UUID((await alices.post("/people", {"full_name": "Ana"})).headers["location"].rpartition("/")[2])
    now = datetime.now(UTC)
    async with database.reading(alice.id) as connection:
        for ago in (70, 77, 84, 91):
            await connection.execute(
                "insert into interactions (user_id, occurred_at, participant_ids) values ($1, $2, $3)",
                alice.id, now - timedelta(days=ago), [person],
            )  # fmt: skip
    assert "You are in touch" in (await alices.get("/people/losing-touch")).text
    await scan_people(worker_database, now)
    page = (await alices.get("/people/losing-touch")).text
    assert "Ana" in page and "usually about every 7 days" in page and "2 months ago" in page
    assert "Ana" not in (await bobs.get("/people/losing-touch")).text
    await alices.post("/interactions", {"person": str(person), "interaction_type": "call"})
    assert "You are in touch" in (await alices.get("/people/losing-touch")).text
