"""`hearth up`: everything, in one command."""

from __future__ import annotations

from typing import Any

import click

from app.commands import options
from app.settings import load_settings
from app.supervisor import run_everything


@click.command()
@options.data_dir
@options.serving
def up(**given: Any) -> None:
    """Start database, web and worker; stop them all with Ctrl-C."""
    run_everything(load_settings(**given))
