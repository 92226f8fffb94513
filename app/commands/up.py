"""`hearth up`: everything, in one command."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands import options
from app.settings import load_settings
from app.supervisor import run_everything


@click.command()
@options.data_dir
@options.host
@options.port
def up(data_dir: Path | None, host: str | None, port: int | None) -> None:
    """Start database, web and worker; stop them all with Ctrl-C."""
    run_everything(load_settings(data_dir=data_dir, host=host, port=port))
