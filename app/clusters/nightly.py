"""Clusters as a kind of work of the night: means first, then where everybody belongs, then what clusters are called.

Where records belong is written by one step, whole: a worker that is killed before its end has changed nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event
from typing import TypeVar
from uuid import UUID

import asyncpg

from app.clusters.calling import name_some
from app.clusters.gathering import Gathered, count_changes, is_due, read_centres, read_gathered, read_waiting
from app.clusters.keeping import Outdated, keep_finding, keep_places, lock_clusters
from app.clusters.placing import Placed, place_by_centres, place_gathered
from app.core.sleeping import Meaning, SleepKind, Step, Stretch
from app.core.words import Word, gettext_noop
from app.graph.likeness import AT_ONCE, refresh_means

Made = TypeVar("Made")

# Of a night that is only tried no means are kept, so they would be made again and again.
MOST_ROUNDS = 40
NOBODY = UUID(int=0)


class Stopped(Exception):
    """Somebody came back, or the worker is to end."""


async def step(connection: asyncpg.Connection, stretch: Stretch) -> Step:
    meaning = await stretch.meaning(connection)
    if meaning is None:
        return Step(0)
    if "after" in stretch.cursor:
        named = await name_some(connection, UUID(stretch.cursor["after"]))
        return Step(0, {"after": str(named)} if named else None)
    made, rounds = await refresh_means(connection, stretch.user_id, meaning.model_id), stretch.cursor.get("rounds", 0)
    if made == AT_ONCE and rounds < MOST_ROUNDS:
        return Step(made, {"rounds": rounds + 1})
    return await _find_places(connection, stretch, meaning)


async def _find_places(connection: asyncpg.Connection, stretch: Stretch, meaning: Meaning) -> Step:
    """Of whoever is new, by what is there; of everybody, where enough has changed since that was last done."""
    changed, names = await count_changes(connection, stretch), {"after": str(NOBODY)}
    try:
        if await is_due(connection, meaning, changed):
            gathered = await read_gathered(connection)
            placed = await _aside(place_gathered, gathered, meaning.least_cosine)
            fresh = await _keep_found(connection, stretch, meaning, gathered, placed)
            return Step(len(gathered.records), names, {"found": fresh})
        centres = await read_centres(connection)
        waiting = await read_waiting(connection, centres, stretch)
        placed = await _aside(place_by_centres, centres, waiting)
        await lock_clusters(connection, centres.versions)
        await keep_places(connection, stretch, placed, changed)
        return Step(len(waiting.records), names)
    except Outdated:
        # Somebody shaped a cluster meanwhile: what was thought of holds no more, and is thought of once more.
        return Step(0, {"rounds": 0})


async def _keep_found(
    connection: asyncpg.Connection, stretch: Stretch, meaning: Meaning, gathered: Gathered, placed: Placed
) -> int:
    await lock_clusters(connection, gathered.versions)
    return await keep_finding(connection, stretch, meaning.model_id, gathered, placed)


async def _aside(work: Callable[..., Made], *given: object) -> Made:
    """In a thread of its own, which hears of it when the night is cut short."""
    stop = Event()

    def check() -> None:
        if stop.is_set():
            raise Stopped

    try:
        return await asyncio.to_thread(work, *given, check)
    finally:
        stop.set()


CLUSTERS = SleepKind(
    "clusters", gettext_noop("Clusters"),
    Word(gettext_noop("Which notes, bookmarks and captures belong together by what they mean.")), step,
)  # fmt: skip
