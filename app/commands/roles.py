"""`hearth web`, `hearth worker` and `hearth migrate`: one role alone."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import click

from app.commands import options
from app.embedded.instance import instance
from app.settings import Settings, load_settings
from app.tls.files import files_of
from app.tls.making import make_certificates


@click.command()
@options.data_dir
@options.serving
def web(**given: Any) -> None:
    """Serve pages alone, against a running instance or external services."""
    with instance(load_settings(**given)) as settings:
        make_certificates(settings)
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

    from app.commands.serving import Server
    from app.main import create_app

    # What a form without JavaScript sends is spooled by the framework: beside other uploads, for /tmp may be memory.
    settings.imports_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    tempfile.tempdir = str(settings.imports_dir)
    files = files_of(settings) if settings.serves_tls else None
    application = create_app(settings)
    config = uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_level=settings.log_level,
        server_header=False,
        proxy_headers=False,  # app/web/proxies.py knows whom to believe
        timeout_graceful_shutdown=5,
        ssl_certfile=files.certificate if files else None,
        ssl_keyfile=files.key if files else None,
    )
    Server(config, application.state.changes).serve_until_told()
