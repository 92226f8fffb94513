"""`hearth web`, `hearth worker` and `hearth migrate`: one role alone."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import click

from app.commands import options
from app.embedded.instance import instance
from app.settings import Settings, load_settings


@click.command()
@options.data_dir
@options.host
@options.port
def web(data_dir: Path | None, host: str | None, port: int | None) -> None:
    """Serve pages alone, against a running instance or external services."""
    with instance(load_settings(data_dir=data_dir, host=host, port=port)) as settings:
        _serve(settings)


@click.command()
@options.data_dir
def worker(data_dir: Path | None) -> None:
    """Run a worker alone, against a running instance or external services."""
    with instance(load_settings(data_dir=data_dir)) as settings:
        from app.worker import run_worker

        run_worker(settings)


@click.command()
@options.data_dir
def migrate(data_dir: Path | None) -> None:
    """Bring the database to this version's schema."""
    with instance(load_settings(data_dir=data_dir)) as settings:
        from app.backup.service import back_up_before
        from app.core.migrating import migrate as run_migrations
        from app.core.migrating import pending

        if backup := back_up_before(settings, asyncio.run(pending(settings))):
            click.echo(f"Backed up to {backup} first.")
        revisions = asyncio.run(run_migrations(settings))
    click.echo(f"{len(revisions)} migrations run." if revisions else "The schema is up to date.")


def _serve(settings: Settings) -> None:
    import uvicorn

    from app.main import create_app

    # What a form without JavaScript sends is spooled by the framework: beside other uploads, for /tmp may be memory.
    settings.imports_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    tempfile.tempdir = str(settings.imports_dir)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level=settings.log_level,
        server_header=False,
        # Only a named address in front of us says whose word about the client is to be believed.
        proxy_headers=settings.base_url is not None,
        timeout_graceful_shutdown=5,
    )
