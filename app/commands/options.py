"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

data_dir = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where everything is kept (HEARTH_DATA_DIR).",
)
host = click.option("--host", help="The address to listen on (HEARTH_HOST; 127.0.0.1).")
port = click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (HEARTH_PORT; 8484).")
tls = click.option(
    "--tls", is_flag=True, default=None, help="Serve HTTPS with a certificate of this house's own (HEARTH_TLS)."
)
tls_cert = click.option("--tls-cert", help="Serve HTTPS with this certificate, a PEM file (HEARTH_TLS_CERT).")
tls_key = click.option("--tls-key", help="The private key of --tls-cert (HEARTH_TLS_KEY).")


def serving(command: Callable[..., Any]) -> Callable[..., Any]:
    """All that decides where and how pages are served."""
    for option in (tls_key, tls_cert, tls, port, host):
        command = option(command)
    return command
