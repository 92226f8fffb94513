"""`hearth ready`: for whoever watches from outside, as a container's health check does."""

from __future__ import annotations

import sys
from typing import Any

import click

from app.commands import options
from app.settings import load_settings
from app.tls.knocking import inner_address, is_answering


@click.command()
@options.data_dir
@options.serving
def ready(**given: Any) -> None:
    """Whether the house answers and does its work; exit code 1 when not."""
    settings = load_settings(**given)
    if not is_answering(settings, "health/ready", seconds=5):
        click.echo(f"{inner_address(settings)} is not ready.", err=True)
        sys.exit(1)
    click.echo(f"{inner_address(settings)} is ready.")
