"""Work that may take longer than a person waits for an answer: it goes on by itself, whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from app.core.errors import HearthError

SECONDS = 4.0
Result = TypeVar("Result")
log = structlog.get_logger()
_going: set[asyncio.Task[Any]] = set()


class StillGoing(Exception):
    """It has not failed: it goes on, and nobody waits for it any more."""


async def wait_a_while(work: Coroutine[Any, Any, Result]) -> Result:
    """What the work gives or raises, if it is done within SECONDS; else raises StillGoing.

    Only for work that is one transaction: a process that ends takes what still goes on along, as if it had never been.
    """
    task = asyncio.create_task(work)
    _going.add(task)
    task.add_done_callback(_going.discard)
    done, _ = await asyncio.wait([task], timeout=SECONDS)
    if done:
        return task.result()
    task.add_done_callback(_tell)
    raise StillGoing


async def end_all() -> None:
    """Roll back what still goes on, for the process ends."""
    tasks = list(_going)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _tell(task: asyncio.Task[Any]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        # A sentence for a person who has left; anything else is a fault.
        log.log(20 if isinstance(error, HearthError) else 40, "patience.failed", error=type(error).__name__)
