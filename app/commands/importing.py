"""`hearth import`: a folder or zip archive of Markdown becomes notes, a .vcf or .csv becomes people."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import click

from app.commands import options
from app.core.database import Database
from app.core.errors import HearthError, Invalid
from app.embedded.instance import instance
from app.importing.report import Report
from app.importing.service import Progress, import_path
from app.ports.blobs import open_blobs
from app.settings import Settings, load_settings

WAIT_SECONDS = 600
GOES_ON = "The worker goes on in the background; `hearth status` tells how far it is."
WAITING = """
select exists (select from pipeline where user_id = $1 and slot = 'connect' and parked_at is null),
       exists (select from heartbeats where role = 'worker' and at > now() - interval '30 seconds')"""


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--user", "email", metavar="EMAIL", help="Whose notes they become; needed with several users.")
@click.option("--wait", is_flag=True, help="Return only when all links are connected, or after ten minutes.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as one JSON object.")
@options.data_dir
def import_(path: Path, email: str | None, wait: bool, as_json: bool, data_dir: Path | None) -> None:
    """Bring in a folder or .zip of Markdown (Obsidian, Logseq, Foam …), or people as .vcf or .csv.

    Running it again adds what is new and updates what changed; nothing is ever doubled or removed.
    """
    with instance(load_settings(data_dir=data_dir)) as settings, _progress() as progress:
        report, connected = asyncio.run(_import(settings, path, email, wait, progress))
    if as_json:
        click.echo(json.dumps(report.as_json() | {"connected": connected}, ensure_ascii=False))
        return
    for line in report.lines():
        click.echo(line)
    if not connected:
        click.echo(GOES_ON)


async def _import(
    settings: Settings, path: Path, email: str | None, wait: bool, progress: Progress
) -> tuple[Report, bool]:
    assert settings.app_database_url
    user_id = await find_user(settings, email)
    database = Database(settings.app_database_url, connections=2, transaction_pooler=settings.transaction_pooler)
    try:
        report = await import_path(database, open_blobs(settings), user_id, path, progress)
        return report, await _connected(database, user_id, WAIT_SECONDS if wait else 0)
    finally:
        await database.close()


async def find_user(settings: Settings, email: str | None) -> UUID:
    users = [user for user in await _list_users(settings) if user["status"] == "active"]
    if not users:
        raise Invalid("There is no user yet; open Hearth in a browser to make the owner, or run `hearth user add`.")
    if email is None and len(users) > 1:
        raise Invalid("There are several users; say with --user EMAIL whose notes these are.")
    wanted = users[0]["email"] if email is None else email.strip().lower()
    for user in users:
        if user["email"] == wanted:
            return user["id"]  # type: ignore[no-any-return]
    raise Invalid(f"There is no user {email}; `hearth user list` names them all.")


async def _list_users(settings: Settings) -> list[Any]:
    connection = await asyncpg.connect(settings.database_url)
    try:
        return list(await connection.fetch("select id, email, status from gate_list_users()"))
    except asyncpg.UndefinedFunctionError:
        raise HearthError("The database is still empty; start Hearth once with `hearth up`, then import.") from None
    finally:
        await connection.close()


async def _connected(database: Database, user_id: UUID, seconds: int) -> bool:
    """Whether no link waits for the worker any more, looked at while one lives and the time is not over."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        async with database.reading(user_id) as connection:
            row = await connection.fetchrow(WAITING, user_id)
        waiting, worker_lives = row or (False, False)
        if not waiting or not worker_lives or loop.time() >= until:
            return not waiting
        await asyncio.sleep(0.5)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on a terminal, else a line for each tenth; on standard error, so that the report stands alone."""
    if not sys.stderr.isatty():
        yield _tell_tenths()
        return
    with click.progressbar(length=0, label="Importing", file=sys.stderr, show_pos=True) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield advance


def _tell_tenths() -> Progress:
    told = 0

    def tell(done: int, total: int) -> None:
        nonlocal told
        tenths = done * 10 // max(total, 1)
        if tenths > told:
            told = tenths
            click.echo(f"{done} of {total}", err=True)

    return tell
