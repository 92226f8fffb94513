"""Clusters as a kind of work of the night: means first, then where everybody belongs, then what clusters are called.

Each of the three is a step or several. Where records belong is written by one step, whole: a worker that is killed
before its end has changed nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event
from typing import TypeVar

import asyncpg

from app.clusters.calling import name_some
from app.clusters.gathering import (
    Gathered,
    Placed,
    count_changes,
    is_due,
    read_centres,
    read_gathered,
    read_waiting,
)
from app.clusters.keeping import Outdated, keep_finding, keep_places, lock_clusters
from app.clusters.placing import place_by_centres, place_gathered
from app.core.sleeping import Meaning, SleepKind, Step, Stretch
from app.core.words import Word, gettext_noop
from app.graph.likeness import AT_ONCE, refresh_means

Made = TypeVar("Made")


class Stopped(Exception):
    """Somebody came back, or the worker is to end."""


async def step(connection: asyncpg.Connection, stretch: Stretch) -> Step:
    meaning = await stretch.meaning(connection)
    if meaning is None:
        return Step(0)
    at = stretch.cursor.get("at", "means")
    if at == "means":
        made = await refresh_means(connection, stretch.user_id, meaning.model_id)
        return Step(made, {"at": "means" if made == AT_ONCE else "places"})
    if at == "places":
        return await _find_places(connection, stretch, meaning)
    named = await name_some(connection)
    return Step(0, {"at": "names"} if named else None)


async def _find_places(connection: asyncpg.Connection, stretch: Stretch, meaning: Meaning) -> Step:
    """Of whoever is new, by what is there; of everybody, where enough has changed since that was last done."""
    changed = await count_changes(connection, stretch)
    following = {"at": "names"}
    try:
        if await is_due(connection, meaning, changed):
            gathered = await read_gathered(connection)
            placed = await _aside(place_gathered, gathered, meaning.least_cosine)
            fresh = await _keep_found(connection, stretch, meaning, gathered, placed)
            return Step(len(gathered.records), following, {"found": fresh})
        centres = await read_centres(connection)
        waiting = await read_waiting(connection, centres, stretch)
        placed = await _aside(place_by_centres, centres, waiting)
        await lock_clusters(connection, centres.versions)
        await keep_places(connection, stretch, placed, changed)
        return Step(len(waiting.records), following)
    except Outdated:
        # Somebody shaped a cluster meanwhile: what was thought of holds no more, and is thought of once more.
        return Step(0, {"at": "places"})


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
