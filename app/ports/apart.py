"""Programs of ours that take apart what a stranger made: each in a process of its own, bounded in memory and time.

Whoever made a page or a picture chose what the parser does, in C. So nothing of Hearth is imported there, nothing is
written, and what it took goes back to the system.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

SECONDS = 30
# One at a time, whoever asks: each may take the memory that it is bound to.
_HANDS = ThreadPoolExecutor(1, "apart")
log = structlog.get_logger()


async def run_apart(program: str, given: bytes, *words: str) -> bytes | None:
    """What the program beside this file answers to those bytes; None when it could do nothing with them."""
    return await asyncio.get_running_loop().run_in_executor(_HANDS, _run, program, given, words)


def _run(program: str, given: bytes, words: tuple[str, ...]) -> bytes | None:
    # -I: neither this folder, whose modules have the names of others, nor the environment may give it modules.
    command = [sys.executable, "-I", "-B", str(Path(__file__).with_name(program)), *words]
    try:
        # One arena, or the decoders' threads would take the bounded address space for nothing.
        done = subprocess.run(
            command, input=given, env={"MALLOC_ARENA_MAX": "1"}, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        log.warning("apart.took_too_long", program=program)
        return None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        log.info("apart.not_done", program=program, code=done.returncode, said=said[:200])
        return None
    return done.stdout
