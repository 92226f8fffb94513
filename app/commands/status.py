"""`hearth status` and `hearth drain`: how much is in the house, and how much of it still waits."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import asyncpg
import click

from app.commands import options
from app.core.pipeline import count_work
from app.embedded.instance import find_running, instance
from app.settings import Settings, load_settings

RECORDS = "select kind, count(*) from records where deleted_at is null group by kind"
LINKS = """
select count(*) as total, count(target_id) as resolved, count(*) filter (where target_id is null) as unresolved,
       (select count(*) from passages) as passages
  from entity_links where rejected_at is null and valid_to is null"""
MODEL = "select provider, name, dimensions from embedding_models where state = 'active' order by id desc limit 1"


@click.command()
@options.data_dir
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(data_dir: Path | None, as_json: bool) -> None:
    """Count what the house holds and what still waits to be worked through."""
    with instance(load_settings(data_dir=data_dir)) as settings:
        found = asyncio.run(read_status(settings))
    if as_json:
        click.echo(json.dumps(found))
    else:
        _print(found)


@click.command()
@options.data_dir
@click.option("--timeout", type=click.FloatRange(0), default=600.0, show_default=True, help="Seconds to wait at most.")
def drain(data_dir: Path | None, timeout: float) -> None:
    """Wait until everything written has been worked through; exit code 1 when something is parked or late."""
    loaded = load_settings(data_dir=data_dir)
    is_served = bool(find_running(loaded) or loaded.worker_database_url or loaded.database_url)
    with instance(loaded) as settings:
        sentence = asyncio.run(_drain(settings, timeout, work_here=not is_served))
    if sentence:
        click.echo(sentence, err=True)
        sys.exit(1)


async def read_status(settings: Settings) -> dict[str, Any]:
    """The whole house's counts; one user at a time, since no role sees two at once."""
    owner = await asyncpg.connect(settings.database_url)
    worker = await asyncpg.connect(settings.worker_database_url)
    try:
        users = [row["id"] for row in await owner.fetch("select id from gate_list_users()")]
        counts: dict[str, Any] = {
            "records": {},
            "links": {"total": 0, "resolved": 0, "unresolved": 0},
            "passages": 0,
        }
        for user_id in users:
            await _add_user(worker, user_id, counts)
        model = await worker.fetchrow(MODEL)
        return {
            "users": len(users),
            "records": counts["records"],
            "pipeline": await count_work(worker),
            "links": counts["links"],
            "passages": counts["passages"],
            "model": dict(model) if model else None,
            "versions": await _versions(owner),
        }
    finally:
        await owner.close()
        await worker.close()


async def _add_user(worker: asyncpg.Connection, user_id: object, counts: dict[str, Any]) -> None:
    async with worker.transaction():
        await worker.execute("select set_config('app.user_id', $1, true)", str(user_id))
        for kind, number in await worker.fetch(RECORDS):
            counts["records"][kind] = counts["records"].get(kind, 0) + number
        for row in await worker.fetch(LINKS):
            for name in counts["links"]:
                counts["links"][name] += row[name]
            counts["passages"] += row["passages"]


async def _versions(owner: asyncpg.Connection) -> dict[str, str | None]:
    server = owner.get_server_version()
    return {
        "hearth": version("hearth"),
        "postgres": f"{server.major}.{server.micro}",
        "pgvector": await owner.fetchval("select extversion from pg_extension where extname = 'vector'"),
        "schema": await owner.fetchval("select version_num from alembic_version"),
    }


async def _drain(settings: Settings, seconds: float, *, work_here: bool) -> str:
    """Empty when nothing waits and nothing is parked, else a sentence."""
    deadline = time.monotonic() + seconds
    worker = await asyncpg.connect(settings.worker_database_url)
    try:
        while True:
            counts = await count_work(worker)
            if not any(count["waiting"] for count in counts.values()):
                parked = sum(count["parked"] for count in counts.values())
                return f"{parked} records are parked; the Processing page says why." if parked else ""
            if time.monotonic() > deadline:
                waiting = sum(count["waiting"] for count in counts.values())
                return f"{waiting} pieces of work still wait after {seconds:g} s."
            await (_work_through(settings) if work_here else asyncio.sleep(0.3))
    finally:
        await worker.close()


async def _work_through(settings: Settings) -> None:
    """Nobody else works on this data directory: one round of every slot, right here."""
    from app.core.database import Database
    from app.core.pipeline import SLOTS
    from app.core.sealing import unseal
    from app.kinds import KINDS
    from app.ports.embedding import make_embedder
    from app.ports.models import Models
    from app.privacy.reading import MeaningDoor
    from app.reactions import Reactor

    assert settings.worker_database_url
    database = Database(settings.worker_database_url)
    try:
        models = Models(make_embedder(settings.embedding), partial(unseal, settings), MeaningDoor(KINDS))
        reactor = Reactor(database, models, "drain")
        done = [await reactor.run_batch(slot) for slot in SLOTS]
        if not any(done):
            await asyncio.sleep(0.3)
    finally:
        await database.close()


def _print(found: dict[str, Any]) -> None:
    for kind, number in sorted(found["records"].items()):
        click.echo(f"{number:8} {kind}")
    click.echo(f"{found['links']['resolved']:8} links bound, {found['links']['unresolved']} waiting for their name")
    click.echo(f"{found['passages']:8} passages")
    for slot, count in found["pipeline"].items():
        click.echo(f"{slot:>8}: {count['waiting']} waiting, {count['parked']} parked")
