"""The arq worker: rings, schedule and lifetimes. The only file that imports arq.

arq carries only "look at this slot". What there is to do stands in Postgres, so flushing Redis loses nothing:
the sweep finds it again. The work itself is done outside of arq's jobs, because a job must end soon (one that
was killed blocks its successor for as long as it might have run) and a long text takes the model a minute.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import structlog
from arq import ArqRedis, Worker, cron, func
from arq.connections import RedisSettings

from app.asleep import ASLEEP
from app.atlas.charting import chart_changed
from app.chores import House, run_due_chores
from app.core.database import Database
from app.core.memory import give_back_memory
from app.core.pipeline import SLOTS, release_leases, waiting_slots
from app.core.sealing import unseal
from app.digest.sending import DigestSender, Post
from app.enriching.visiting import LinkReader
from app.exporting.running import ExportRunner
from app.heat.warming import cool_records
from app.importing.running import ImportRunner
from app.importing.staging import Staging
from app.kinds import KINDS
from app.ports.blobs import open_blobs
from app.ports.embedding import make_embedder
from app.ports.fetching import HttpFetcher
from app.ports.languages import Languages
from app.ports.mail import SmtpMailer, read_server
from app.ports.models import Models
from app.privacy.reading import MeaningDoor
from app.privacy.sending import Sender
from app.reactions import Reactor
from app.search.counting import attend_words
from app.search.filling import close_gaps, fill_models
from app.settings import Settings
from app.sleep.running import SleepRunner

# arq keeps the job of a killed worker "in progress" for the longest timeout + 10 s.
JOB_SECONDS = 30
SWEEP_SECONDS = set(range(0, 60, 2))
# Who only looks whether there is anything looks after the other, through the one connection that was used last: eight
# that look at once keep eight backends awake, of which each holds 14 MB after an import.
APART_SECONDS = 0.05
# The hands that read only what people write themselves add this to the worker's name.
OWN = "own"
# How often is looked for texts without a vector: what was written without a model, or fell between two steps.
GAPS_SECONDS = 1800.0
log = structlog.get_logger()


async def run_slot(context: dict[str, Any], slot: str) -> None:
    for bell in context["bells"][slot]:
        bell.set()


async def attend(reactor: Reactor, slot: str, bell: asyncio.Event, *, own_only: bool = False) -> None:
    """At each ring, batch after batch until nothing is due. Each slot has hands of its own."""
    while True:
        await bell.wait()
        bell.clear()
        try:
            await reactor.give_back(slot)
            while await reactor.run_batch(slot, own_only=own_only):
                continue
        except Exception as error:  # noqa: BLE001 (the database went away, say: the sweep rings again)
            log.warning("slot.interrupted", slot=slot, error=type(error).__name__)


async def sweep(context: dict[str, Any]) -> None:
    """Set to work on every slot that has work due: what makes the pipeline correct, whatever rings were lost.

    It asks Postgres and rings here, not through Redis, where a killed worker's job may stand in the way.
    """
    async with context["database"].anonymous() as connection:
        await connection.execute(
            "insert into heartbeats (role) values ('worker') on conflict (role) do update set at = now()"
        )
        slots = await waiting_slots(connection)
    for slot in slots:
        await run_slot(context, slot)
    for slot in ("imports", "exports", "models", "links", "atlas", "sleep", "digest"):
        await asyncio.sleep(APART_SECONDS)
        await run_slot(context, slot)


async def look_for_chores(context: dict[str, Any]) -> None:
    await run_slot(context, "chores")


async def look_for_words(context: dict[str, Any]) -> None:
    # With it, twice a minute, what the last chart, night or import took.
    give_back_memory()
    await run_slot(context, "words")


async def attend_models(database: Database, models: Models, bell: asyncio.Event) -> None:
    """A chosen model fills up. At the start, and now and then, also whatever the answering one has not read."""
    looked = -GAPS_SECONDS
    while True:
        await bell.wait()
        bell.clear()
        try:
            if time.monotonic() - looked >= GAPS_SECONDS:
                async with database.anonymous() as connection:
                    await models.follow_setting(connection)
                await close_gaps(database, models)
                looked = time.monotonic()
            await fill_models(database, models)
        except Exception as error:  # noqa: BLE001 (what was read is kept; the sweep rings again)
            log.warning("filling.interrupted", error=type(error).__name__)


async def attend_work(work: Callable[[], Awaitable[object]], failing: str, bell: asyncio.Event) -> None:
    """What asks for itself whether there is anything to do, and goes on at the next ring where it failed."""
    while True:
        await bell.wait()
        bell.clear()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 (a lease runs out, what was computed stands; the sweep rings again)
            log.warning(failing, error=type(error).__name__)


async def run_all(run_next: Callable[[], Awaitable[object]]) -> None:
    """One after the other, for as long as there is one."""
    while await run_next():
        continue


async def look_after(house: House) -> None:
    async with house.database.anonymous() as connection:
        await cool_records(connection, datetime.now(UTC))
    await run_due_chores(house, datetime.now().astimezone())


async def write_exports(exporter: ExportRunner) -> None:
    await run_all(exporter.run_next)
    await exporter.tidy(datetime.now(UTC))


async def ring(redis: ArqRedis) -> None:
    for slot in SLOTS:
        await redis.enqueue_job("run_slot", slot, _job_id=f"slot:{slot}")


async def start(context: dict[str, Any]) -> None:
    settings: Settings = context["settings"]
    name = worker_name()
    assert settings.worker_database_url
    context["database"] = Database(
        settings.worker_database_url, connections=8, transaction_pooler=settings.transaction_pooler
    )
    models = Models(make_embedder(settings.embedding), partial(unseal, settings), MeaningDoor(KINDS))
    reactor = Reactor(context["database"], models, name, reads_links=settings.fetch_links)
    await _release_leases_of_the_dead(context["database"])
    names = (*SLOTS, "own", "chores", "imports", "exports", "words", "models", "links", "atlas", "sleep", "digest")
    bells = {name: asyncio.Event() for name in names}
    # What a person writes is read at once by hands of its own, while others are at a batch of an import.
    context["bells"] = {name: [bell, bells["own"]] if name == "index" else [bell] for name, bell in bells.items()}
    own = Reactor(context["database"], models, f"{name}:{OWN}")
    works = [
        *(attend(reactor, slot, bells[slot]) for slot in SLOTS),
        attend(own, "index", bells["own"], own_only=True),
        attend_models(context["database"], models, bells["models"]),
        *_works(context, models, name, bells),
        _listen(settings, context["redis"]),
    ]
    context["tasks"] = [asyncio.create_task(work) for work in works]


def _works(
    context: dict[str, Any], models: Models, name: str, bells: dict[str, asyncio.Event]
) -> list[Coroutine[Any, Any, None]]:
    """Each with hands of its own: no slot waits for an import, and no import for a night."""
    settings, database = context["settings"], context["database"]
    blobs, staging = open_blobs(settings), Staging(settings.imports_dir)
    house = House(database, blobs, staging)
    importer = ImportRunner(database, blobs, staging, name, settings.max_files_mb * 2**20)
    exporter = ExportRunner(database, blobs, KINDS, settings.exports_dir, name)
    sender = Sender(database, Languages(partial(unseal, settings)), KINDS)
    sleeper = SleepRunner(database, ASLEEP, models, name, ask=sender.ask)
    works = [
        attend_work(partial(look_after, house), "chores.interrupted", bells["chores"]),
        attend_work(partial(run_all, importer.run_next), "import.interrupted", bells["imports"]),
        attend_work(partial(write_exports, exporter), "export.interrupted", bells["exports"]),
        attend_work(partial(attend_words, database), "words.not_counted", bells["words"]),
        attend_work(partial(chart_changed, database, KINDS), "atlas.not_charted", bells["atlas"]),
        attend_work(partial(run_all, sleeper.run_next), "sleep.interrupted", bells["sleep"]),
    ]
    if settings.fetch_links:
        reader = LinkReader(database, HttpFetcher(settings.fetched_hosts), KINDS, name)
        works.append(attend_work(partial(run_all, reader.run_batch), "links.interrupted", bells["links"]))
    if server := read_server(settings):
        post = Post(settings.smtp_from or "", (settings.base_url or "").rstrip("/"))
        digests = DigestSender(database, SmtpMailer(server), post, KINDS, name)
        works.append(attend_work(digests.run_due, "digest.interrupted", bells["digest"]))
    return works


async def stop(context: dict[str, Any]) -> None:
    for task in context["tasks"]:
        task.cancel()
    await asyncio.gather(*context["tasks"], return_exceptions=True)
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        async with context["database"].anonymous() as connection:
            await release_leases(connection, [worker_name(), f"{worker_name()}:{OWN}"], died=False)
    await context["database"].close()


def worker_name() -> str:
    """Host, pid and when the pid began: enough to tell on this host whether its bearer still lives."""
    return f"{socket.gethostname()}:{os.getpid()}:{_began(os.getpid())}"


def _began(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


async def _release_leases_of_the_dead(database: Database) -> None:
    async with database.anonymous() as connection:
        rows = await connection.fetch("select distinct claimed_by from pipeline where claimed_by is not null")
        await release_leases(connection, [row[0] for row in rows if _is_dead(row[0])])


def _is_dead(worker: str) -> bool:
    host, _, rest = worker.partition(":")
    pid, began, *_hand = [*rest.split(":"), ""]
    return host == socket.gethostname() and pid.isdigit() and _began(int(pid)) != began


async def _listen(settings: Settings, redis: ArqRedis) -> None:
    """Turn each commit's notification into rings. Where a pooler forbids LISTEN, the sweep alone does it."""
    while not settings.transaction_pooler:
        heard = asyncio.Event()
        try:
            connection = await asyncpg.connect(settings.worker_database_url)
            await _ring_at_commits(connection, heard, redis)
        except (OSError, asyncpg.PostgresError, ConnectionError) as error:
            log.info("worker.not_listening", error=type(error).__name__)
        await asyncio.sleep(1)


async def _ring_at_commits(connection: asyncpg.Connection, heard: asyncio.Event, redis: ArqRedis) -> None:
    connection.add_termination_listener(lambda *_: heard.set())
    try:
        await connection.add_listener("hearth_pipeline", lambda *_: heard.set())
        while not connection.is_closed():
            await heard.wait()
            heard.clear()
            await ring(redis)
    finally:
        connection.terminate()


def make_worker(settings: Settings, **options: Any) -> Worker:
    redis = RedisSettings.from_dsn(settings.redis_url or "")
    redis.conn_retries, redis.conn_retry_delay = 30, 1
    return Worker(
        functions=[func(run_slot, timeout=JOB_SECONDS, keep_result=0, max_tries=1)],  # type: ignore[arg-type]
        cron_jobs=[
            cron(sweep, second=SWEEP_SECONDS, timeout=JOB_SECONDS, keep_result=0, run_at_startup=True),  # type: ignore[arg-type]
            cron(look_for_chores, minute={7, 37}, timeout=JOB_SECONDS, keep_result=0, run_at_startup=True),  # type: ignore[arg-type]
            cron(look_for_words, second={3, 33}, timeout=JOB_SECONDS, keep_result=0, run_at_startup=True),  # type: ignore[arg-type]
        ],
        redis_settings=redis,
        on_startup=start,  # type: ignore[arg-type]
        on_shutdown=stop,  # type: ignore[arg-type]
        ctx={"settings": settings},
        poll_delay=0.1,
        max_jobs=len(SLOTS) + 2,
        job_timeout=JOB_SECONDS,
        # Of a job that failed (its worker was killed in the middle of a ring) arq keeps a result after the worker's
        # setting, not the function's, and takes no job of that name while it lasts: an hour of a slot gone deaf.
        keep_result=0,
        **options,
    )


def run_worker(settings: Settings) -> None:
    make_worker(settings).run()
