"""Clusters as a kind of work of the night: means first, then where everybody belongs, then what clusters are called.

Where records belong is thought of between two steps and written by the second, whole: a worker that is killed before
its end has changed nothing, and no transaction is open for as long as the thinking takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TypeVar
from uuid import UUID

import asyncpg

from app.clusters.calling import name_some
from app.clusters.gathering import (
    Centres,
    Gathered,
    Records,
    count_changes,
    is_due,
    read_centres,
    read_gathered,
    read_waiting,
)
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


@dataclass(frozen=True, slots=True)
class Found:
    """Where everybody belongs, of all (`gathered`) or of whoever is new, and by which state of the clusters."""

    meaning: Meaning
    changed: int
    versions: Mapping[UUID, int]
    placed: Placed
    gathered: Gathered | None


async def bring(stretch: Stretch) -> Found | None:
    """Thought of while no transaction is open, for it can take minutes; None where something else comes first."""
    if stretch.is_dry or stretch.read is None or "places" not in stretch.cursor:
        return None
    async with stretch.read() as connection:
        meaning = await stretch.meaning(connection)
        place = None if meaning is None else await _read(connection, stretch, meaning)
    return None if place is None else await place()


async def step(connection: asyncpg.Connection, stretch: Stretch) -> Step:
    """Means, places, names, in this order."""
    meaning = await stretch.meaning(connection)
    if meaning is None:
        return Step(0)
    if "after" in stretch.cursor:
        named = await name_some(connection, UUID(stretch.cursor["after"]))
        return Step(0, {"after": str(named)} if named else None)
    if stretch.brought is not None:
        return await _keep(connection, stretch, stretch.brought)
    made, rounds = await refresh_means(connection, stretch.user_id, meaning.model_id), stretch.cursor.get("rounds", 0)
    if made == AT_ONCE and rounds < MOST_ROUNDS:
        return Step(made, {"rounds": rounds + 1})
    if stretch.read is not None and not stretch.is_dry:
        return Step(made, {"places": True})
    # These means are gone with the transaction, so a night that is only tried thinks within it.
    return await _keep(connection, stretch, await (await _read(connection, stretch, meaning))())


async def _read(
    connection: asyncpg.Connection, stretch: Stretch, meaning: Meaning
) -> Callable[[], Awaitable[Found]]:  # fmt: skip
    """Of whoever is new, by what is there; of everybody, where enough has changed since that was last done. What is
    read here is thought of by what is returned, without the connection."""
    changed = await count_changes(connection, stretch)
    if await is_due(connection, meaning, changed):
        gathered = await read_gathered(connection)
        return partial(_find_all, meaning, changed, gathered)
    centres = await read_centres(connection)
    return partial(_find_new, meaning, changed, centres, await read_waiting(connection, centres, stretch))


async def _find_all(meaning: Meaning, changed: int, gathered: Gathered) -> Found:
    placed = await _aside(place_gathered, gathered, meaning.least_cosine)
    return Found(meaning, changed, gathered.versions, placed, gathered)


async def _find_new(meaning: Meaning, changed: int, centres: Centres, waiting: Records) -> Found:
    return Found(meaning, changed, centres.versions, await _aside(place_by_centres, centres, waiting), None)


async def _keep(connection: asyncpg.Connection, stretch: Stretch, found: Found) -> Step:
    names, rows = {"after": str(NOBODY)}, len(found.placed.records)
    try:
        await lock_clusters(connection, found.versions)
    except Outdated:
        # Somebody shaped a cluster meanwhile: what was thought of holds no more, and is thought of once more.
        return Step(0, {"places": True})
    if found.gathered is None:
        await keep_places(connection, stretch, found.placed, found.changed)
        return Step(rows, names)
    fresh = await keep_finding(connection, stretch, found.meaning.model_id, found.gathered, found.placed)
    return Step(rows, names, {"found": fresh})


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
    Word(gettext_noop("Which notes, bookmarks and captures belong together by what they mean.")), step, bring=bring,
)  # fmt: skip
