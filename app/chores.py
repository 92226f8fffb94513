"""What the house does once a day, at night if it is awake then: a row of `chores` says when and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.account.removing import remove_who_leave
from app.atlas.charting import chart_everybody
from app.core.database import Database
from app.frame.scanning import scan_people
from app.importing.staging import Staging, give_up_uploads
from app.insights.keeping import forget_insights
from app.kinds import KINDS
from app.notes.measuring import measure_pictures
from app.ports.blobs import BlobStore
from app.ports.models import GRACE
from app.privacy.ledger import forget_calls
from app.trash.purging import purge_trash

NIGHT = range(2, 5)
# Earlier than a day, or each night's turn would come a little later than the last; a machine that sleeps at night
# does it at some other hour.
RESTED, OVERDUE = timedelta(hours=20), timedelta(hours=28)
# Whoever moves the row has the turn: several workers never do a chore twice.
TAKE = """
insert into chores as c (name, began_at) values ($1, $2)
on conflict (name) do update set began_at = $2, ended_at = null, is_well = null where c.began_at < $3
returning name"""
TELL = "update chores set ended_at = now(), is_well = $2, output = $3 where name = $1"
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class House:
    """What a chore works with."""

    database: Database
    blobs: BlobStore
    staging: Staging


async def purge(house: House, now: datetime) -> str:
    records, contents = await purge_trash(house.database, house.blobs, KINDS, now)
    return f"{records} records and {contents} files were deleted for ever."


async def let_leave(house: House, now: datetime) -> str:
    gone = await remove_who_leave(house.database, house.blobs, now)
    return f"{gone} accounts were deleted."


async def tidy(house: House, now: datetime) -> str:
    return f"{await give_up_uploads(house.database, house.staging, now)} uploads were given up."


async def forget_models(house: House, now: datetime) -> str:
    async with house.database.anonymous() as connection:
        gone = await connection.fetchval("select gate_tidy_vectors($1)", now - GRACE)
    return f"{gone} vectors that nothing asks for were deleted."


async def measure(house: House, _now: datetime) -> str:
    return f"{await measure_pictures(house.database, house.blobs)} pictures were measured."


async def scan(house: House, now: datetime) -> str:
    return f"{await scan_people(house.database, now)} people were scored."


async def chart(house: House, _now: datetime) -> str:
    return f"{await chart_everybody(house.database, KINDS)} graphs were laid out."


async def forget(house: House, now: datetime) -> str:
    return f"{await forget_insights(house.database, now)} insights were older than a year."


async def forget_sent(house: House, now: datetime) -> str:
    return f"{await forget_calls(house.database, now)} calls of models were older than a year."


CHORES: Mapping[str, Callable[[House, datetime], Awaitable[str]]] = {
    "purge": purge,
    "leave": let_leave,
    "tidy": tidy,
    "models": forget_models,
    "pictures": measure,
    "frame": scan,
    "atlas": chart,
    "insights": forget,
    "calls": forget_sent,
}


async def run_due_chores(house: House, now: datetime) -> list[str]:
    """Names of those that were done; `now` in the machine's own time zone says whether it is night."""
    before = now - (RESTED if now.hour in NIGHT else OVERDUE)
    done = []
    for name, chore in CHORES.items():
        async with house.database.anonymous() as connection:
            taken = await connection.fetchval(TAKE, name, now, before)
        if taken:
            await _do(house, name, chore, now)
            done.append(name)
    return done


async def _do(house: House, name: str, chore: Callable[[House, datetime], Awaitable[str]], now: datetime) -> None:
    try:
        well, output = True, await chore(house, now)
    except Exception as error:  # noqa: BLE001 (written down and shown; the next night tries again)
        log.warning("chore.failed", chore=name, error=type(error).__name__)
        well, output = False, f"{type(error).__name__}: {error}"[:2000]
    async with house.database.anonymous() as connection:
        await connection.execute(TELL, name, well, output)
