"""`hearth export`: everything of one account as a zip that lives without Hearth; `hearth import` takes it back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from app.commands import options
from app.commands.importing import find_user
from app.core.database import Database
from app.core.errors import Invalid
from app.embedded.instance import instance
from app.exporting.service import Summary, export_account
from app.kinds import KINDS
from app.ports.blobs import BlobStore
from app.settings import Settings, load_settings


@click.command()
@click.argument("file", metavar="OUT.zip", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--user", "email", metavar="EMAIL", help="Whose account; needed with several users.")
@click.option("--history", is_flag=True, help="With every change that was ever made, to be read.")
@click.option("--force", is_flag=True, help="Write over a file of that name.")
@options.data_dir
def export(file: Path, email: str | None, history: bool, force: bool, data_dir: Path | None) -> None:
    """Write everything of one account into OUT.zip: notes, people, files, links, lists, settings."""
    file = file.absolute()
    if not file.parent.is_dir():
        raise Invalid(f"There is no folder {file.parent} to write into.")
    if file.exists() and not force:
        raise Invalid(f"{file} is there already; --force writes over it.")
    with instance(load_settings(data_dir=data_dir)) as settings:
        summary = asyncio.run(_export(settings, file, email, history=history, force=force))
    counts = ", ".join(f"{summary.rows.get(table, 0)} {table}" for table in ("notes", "contacts", "topics"))
    click.echo(f"{file}: {counts}, {summary.rows.get('attachments', 0)} files, {file.stat().st_size / 2**20:.1f} MiB.")
    if summary.missing:
        click.echo(f"Not there any more, hence not in it: {', '.join(summary.missing[:20])}.", err=True)


async def _export(settings: Settings, file: Path, email: str | None, *, history: bool, force: bool) -> Summary:
    assert settings.app_database_url
    user_id = await find_user(settings, email)
    database = Database(settings.app_database_url, connections=2, transaction_pooler=settings.transaction_pooler)
    try:
        return await export_account(
            database, BlobStore(settings.blobs_dir), user_id, file, KINDS, history=history, force=force
        )
    except FileExistsError:
        raise Invalid(f"{file} has come into being meanwhile; --force writes over it.") from None
    finally:
        await database.close()
