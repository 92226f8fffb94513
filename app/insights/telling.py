"""The same evidence, told better: a model is asked, asleep, for a few sentences about what would be shown anyway.

Each of them names the records that it is from, or it is dropped (app/insights/citing.py); the house's own words stay,
and stand wherever the model's do not hold (app/insights/tellings.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import asyncpg

from app.core.record import Kind
from app.core.sleeping import SleepKind, Step, Stretch
from app.core.words import Word, gettext_noop
from app.insights.citing import Saying, keep_cited
from app.insights.kinds import INSIGHTS
from app.insights.noticing import Insight
from app.insights.reading import Shown, read_now
from app.insights.tellings import forget_stale, keep_telling
from app.privacy.sending import Asked, Question, ask_asleep
from app.web.locale import SUPPORTED, current_locale, use_locale

MOST_A_NIGHT, MOST_TRIED = 6, 60
# What follows days may say "tomorrow", and is told for the day alone; of the others a month is long enough.
A_MONTH = timedelta(days=30)
READER = "select locale, time_zone, week_start from users where id = app_user_id()"

TASK = """\
You help a person to see what their own notebook holds. Their house noticed something about a few of their records; \
it stands under "noticed" and is right. Say it to them in two to four short, plain sentences in {language}, speaking \
to them as "you" (in German "du"), and say what in the records makes it worth a look. Say nothing that the records do \
not say; give no advice, no praise and no greeting; leave out what you are not sure of. For each sentence name the \
labels (R1, R2, …) of all records that it is from: a sentence without one is thrown away. No Markdown, no HTML, no \
addresses, and no labels in the sentences themselves.
Answer as JSON: {{"sentences": [{{"text": "…", "cites": ["R1"]}}]}}"""


@dataclass(frozen=True, slots=True)
class Brought:
    """An insight, and what a model said of it: None where it was not asked, or nothing may be sent."""

    insight: Insight
    noticed: str
    asked: Asked | None


def tell_with(kinds: Mapping[str, Kind]) -> SleepKind:
    """One insight with each step."""

    async def bring(stretch: Stretch) -> Brought | None:
        assert stretch.read is not None
        async with stretch.read() as connection:
            row = await connection.fetchrow(READER)
            assert row is not None
            use_locale(row["locale"], stretch.zone, row["week_start"])
            one = await _find_next(connection, kinds, stretch)
        if one is None:
            return None
        return Brought(one.insight, noticed := _notice(one), await _ask(stretch, one.insight, noticed))

    return SleepKind(
        "telling", gettext_noop("In a model's words"),
        Word(gettext_noop("What was noticed, told by the language model, each sentence with the record it is from.")),
        _step, follows_days=True, bring=bring, asks_model=True,
    )  # fmt: skip


async def _find_next(connection: asyncpg.Connection, kinds: Mapping[str, Kind], stretch: Stretch) -> Shown | None:
    """What matters most of what would be shown on the day that is prepared, and is not told yet."""
    tried = stretch.cursor.get("tried", [])
    if stretch.cursor.get("asked", 0) >= MOST_A_NIGHT or len(tried) >= MOST_TRIED:
        return None
    shown = await read_now(connection, kinds, stretch.day)
    return next((one for one in shown if one.telling is None and str(one.insight.id) not in tried), None)


def _notice(one: Shown) -> str:
    return "\n".join(part for part in (one.label, one.told.title, one.told.body, one.told.quote) if part)


async def _ask(stretch: Stretch, insight: Insight, noticed: str) -> Asked | None:
    task = TASK.format(language=SUPPORTED[current_locale()])
    records: Sequence[UUID] = [one.record_id for one in insight.evidence]
    return await ask_asleep(stretch, Question("telling", task, noticed, records, Saying))


async def _step(connection: asyncpg.Connection, stretch: Stretch) -> Step:
    brought: Brought | None = stretch.brought
    if brought is None:
        await forget_stale(connection, stretch.day)
        return Step(0)
    asked, before = brought.asked, stretch.cursor
    # What may not be sent costs nothing, and takes no other's turn.
    counted = before.get("asked", 0) + (asked is not None or stretch.is_dry)
    cursor = {"tried": [*before.get("tried", []), str(brought.insight.id)], "asked": counted}
    if asked is None:
        return Step(1, cursor, {"found": int(stretch.is_dry)})
    sentences = keep_cited(asked.value, asked.given, brought.noticed) if asked.value is not None else []
    until = stretch.day if INSIGHTS[brought.insight.kind].follows_days else stretch.day + A_MONTH
    is_kept = await keep_telling(connection, brought.insight, asked, sentences, until)
    found = int(is_kept and bool(sentences))
    return Step(len(asked.given), cursor, {"found": found}, asked.usage.tokens, asked.usage.cost)
