"""Certificates are made by a process of their own, so that those that live long never hold what making them takes."""

from __future__ import annotations

import subprocess
import sys

from app.core.errors import HearthError
from app.settings import Settings
from app.tls.files import check_given_files


def make_certificates(settings: Settings) -> None:
    """What HTTPS needs is there and fits when this returns. Raises HearthError with a sentence."""
    if settings.serves_tls:
        check_given_files(settings)
    if settings.makes_certificates:
        done = subprocess.run(certificate_command(settings), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise HearthError(done.stderr.strip() or "The certificate for HTTPS could not be made.")
        if done.stdout.strip():
            print(done.stdout.strip(), flush=True)


def certificate_command(settings: Settings) -> list[str]:
    return [sys.executable, "-m", "app", "certificate", "--quiet", "--data-dir", str(settings.data_dir)]
