"""What a log says of a fault, and what it never says."""

from __future__ import annotations

import subprocess
import sys

from app.settings import PROJECT

FAULT = """
import structlog
from app.core.logging import configure_logging
configure_logging("info")

def sign_in(password):
    raise ValueError("the disk is full")

try:
    sign_in("four words " + "are easy")
except ValueError:
    structlog.get_logger().exception("request.failed")
structlog.get_logger().debug("not asked for")
"""


def test_a_fault_is_told_with_its_place_and_without_what_variables_held():
    done = subprocess.run([sys.executable, "-c", FAULT], capture_output=True, text=True, cwd=PROJECT, check=True)
    assert "ValueError: the disk is full" in done.stderr
    assert "in sign_in" in done.stderr
    assert "four words are easy" not in done.stderr
    assert "not asked for" not in done.stdout + done.stderr
