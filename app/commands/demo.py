"""`hearth demo`: everything `hearth up` starts, on a data directory of its own, with somebody living there already."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import click

from app.commands import options
from app.core.errors import Conflict, Invalid
from app.embedded.instance import find_running, hold_lock, instance
from app.settings import UNPREFIXED, Settings, kept_secret, load_settings
from app.supervisor import run_everything

NAME, EMAIL = "Maren Lockyer", "maren@example.org"
# What may be said to a demo by the environment; all else there is the real house's.
HEARD = {"HEARTH_HOST", "HEARTH_EMBEDDING", "HEARTH_LOG_LEVEL", "HEARTH_DEBUG"}
MARK = "demo.txt"
UNFINISHED = "A demo of Hearth; nobody has moved in yet.\n"
FINISHED = "A demo of Hearth. `hearth demo --fresh` deletes this directory and begins anew.\n"


@click.command()
@options.data_dir
@options.host
@options.port
@click.option("--fresh", is_flag=True, help="Throw away what was done in the demo, and begin anew.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def demo(data_dir: Path | None, host: str | None, port: int | None, fresh: bool, yes: bool) -> None:
    """Look around in a house with a made-up person's notes; what you do there is kept for the next time."""
    settings = _demo_settings(data_dir, host, port)
    if fresh:
        _clear(settings, ask=not yes)
    _mark(settings)
    sign_in = f"Sign in as {EMAIL} with the password {first_password(settings)}"
    run_everything(settings, first=("migrate", "move-in"), greeting=sign_in)


def _demo_settings(data_dir: Path | None, host: str | None, port: int | None) -> Settings:
    """A directory beside the real one, and nothing of what is configured for that: no database, no address."""
    beside = load_settings().data_dir
    for name in list(os.environ):
        if name in UNPREFIXED.values() or (name.startswith("HEARTH_") and name not in HEARD):
            del os.environ[name]
    return load_settings(data_dir=data_dir or beside.with_name(f"{beside.name}-demo"), host=host, port=port or 0)


def _mark(settings: Settings) -> None:
    """Say in the directory itself that it is a demo's, before anything else is in it."""
    folder = settings.data_dir
    if _is_demo(folder):
        return
    if folder.exists() and any(folder.iterdir()):
        raise Invalid(f"{folder} is not empty and no demo's; name another --data-dir.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / MARK).write_text(UNFINISHED)


def _is_demo(folder: Path) -> bool:
    mark = folder / MARK
    return mark.is_file() and mark.read_text() in (UNFINISHED, FINISHED)


def _clear(settings: Settings, *, ask: bool) -> None:
    folder = settings.data_dir
    if not folder.exists():
        return
    if not _is_demo(folder):
        raise Invalid(f"{folder} was not made by a demo, so it is not deleted.")
    if ask:
        click.confirm(f"Delete the demo in {folder} and all that was done in it?", abort=True)
    with hold_lock(settings):
        shutil.rmtree(folder)


def first_password(settings: Settings) -> str:
    return kept_secret(settings, "demo_password")[:16]


@click.command(hidden=True)
@options.data_dir
def move_in(data_dir: Path | None) -> None:
    """Make the demo's account in its running database and fill it, the first time."""
    loaded = load_settings(data_dir=data_dir)
    if not _is_demo(loaded.data_dir) or not find_running(loaded):
        raise Invalid("This is a step of `hearth demo`, and does nothing by itself.")
    mark = loaded.data_dir / MARK
    if mark.read_text() == FINISHED:
        return
    with instance(loaded) as settings:
        asyncio.run(_move_in(settings))
    mark.write_text(FINISHED)


async def _move_in(settings: Settings) -> None:
    from app.account.service import check_sign_in, make_owner
    from app.core.database import Database
    from app.demo.service import build_demo

    assert settings.app_database_url
    database = Database(settings.app_database_url, connections=2)
    password = first_password(settings)
    try:
        user_id = await make_owner(
            database, email=EMAIL, name=NAME, password=password, time_zone=_time_zone(), locale="en"
        )
        # A start that was cut off between account and notes goes on here.
        user_id = user_id or await check_sign_in(database, EMAIL, password, address="demo")
        await build_demo(database, user_id)
    except Conflict:
        click.echo(f"{NAME} lives here already.")
    finally:
        await database.close()


def _time_zone() -> str:
    """This machine's own, since whoever looks round sits at it."""
    from app.web.locale import is_time_zone

    named = os.environ.get("TZ", "").removeprefix(":"), os.path.realpath("/etc/localtime").partition("zoneinfo/")[2]
    return next((name for name in named if is_time_zone(name)), "UTC")
