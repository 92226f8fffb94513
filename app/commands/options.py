"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path

import click

data_dir = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where everything is kept (HEARTH_DATA_DIR).",
)
host = click.option("--host", help="The address to listen on (HEARTH_HOST; 127.0.0.1).")
port = click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (HEARTH_PORT; 8484).")
