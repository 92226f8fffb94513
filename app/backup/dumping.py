"""The database as a file and back, by Postgres's own programs.

The embedded server's owner is its superuser and reads past row-level security. An external owner needs BYPASSRLS.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from app.core.errors import HearthError
from app.embedded.postgres import program

UNREADABLE = "row-level security"
HINT = (
    "The owner of the database may not read past row-level security; a superuser has to say once: "
    "alter role OWNER bypassrls."
)


def dump_database(url: str, file: Path) -> None:
    _run("pg_dump", ["--format=custom", "--compress=gzip:6", "--file", str(file), url])


def load_database(url: str, file: Path) -> None:
    """Into an empty database, all of it or nothing."""
    _run("pg_restore", ["--exit-on-error", "--single-transaction", "--dbname", url, str(file)])


def _run(name: str, options: list[str]) -> None:
    path = program(name) or shutil.which(name)
    if path is None:
        raise HearthError(f"{name} is not there: install the client programs of Postgres 18.")
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
    done = subprocess.run([str(path), *options], capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        words = done.stderr.strip().splitlines()
        raise HearthError(HINT if UNREADABLE in done.stderr else f"{name} failed: {words[0] if words else 'no reason'}")
