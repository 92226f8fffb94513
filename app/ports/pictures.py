"""Pictures among the files: how large they are, and their thumbnails, which can be made again at any time."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import structlog

from app.ports.blobs import BlobStore
from app.ports.sniffing import HEAD, sniff_type

# SVG is a document with scripts, so it is none of these.
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"}
"""What a browser draws and nothing else: the only types that are shown in place."""

WIDTHS = (320, 960)
SECONDS = 30
PROGRAM = Path(__file__).with_name("thumbnailing.py")
# One at a time, whoever asks: each may take the memory that it is bound to.
_HANDS = ThreadPoolExecutor(1, "thumbnails")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Looks:
    """What is seen of a file from outside; `width` and `height` of a picture that can be drawn."""

    media_type: str
    width: int | None = None
    height: int | None = None


def look_at(path: Path, name: str) -> Looks:
    """The file at that path, which is called `name`."""
    with path.open("rb") as file:
        media_type = sniff_type(file.read(HEAD), name)
    size = _measure(path) if media_type in SHOWN else None
    return Looks(media_type, *(size or (None, None)))


def _measure(path: Path) -> tuple[int, int] | None:
    """Read from its head alone; None for what cannot, or should not, be drawn."""
    # Pillow takes 9 MB, which a house without pictures shall not give.
    from app.ports.thumbnailing import is_turned, open_picture

    try:
        with open_picture(path) as image:
            return (image.height, image.width) if is_turned(image) else (image.width, image.height)
    except Exception as error:  # noqa: BLE001 (its decoder may raise anything at all: then it is a file like others)
        log.info("picture.not_measured", error=type(error).__name__)
        return None


async def thumbnail(blobs: BlobStore, sha256: str, width: int) -> Path | None:
    """The picture in at most that width (one of WIDTHS), made now unless it was; None where it cannot be drawn."""
    path = blobs.derived(sha256, f"{width}.webp")
    if not path.exists() and not blobs.derived(sha256, "failed").exists():
        await asyncio.get_running_loop().run_in_executor(_HANDS, _make, blobs, sha256)
    return path if path.exists() else None


def _make(blobs: BlobStore, sha256: str) -> None:
    last = blobs.derived(sha256, f"{WIDTHS[-1]}.webp")
    if last.exists() or blobs.derived(sha256, "failed").exists():
        return  # whoever waited before us had it made
    last.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=blobs.drafts(), prefix="draft-") as folder, blobs.at_hand(sha256) as source:
        if not _run(source, folder):
            blobs.derived(sha256, "failed").touch(mode=0o600)
            return
        for width in WIDTHS:  # the one that is asked for above comes last
            (Path(folder) / f"{width}.webp").rename(blobs.derived(sha256, f"{width}.webp"))


def _run(source: Path, folder: str) -> bool:
    # -I: neither this folder, whose modules have the names of others, nor the environment may give it modules.
    command = [sys.executable, "-I", str(PROGRAM), str(source), folder, *map(str, WIDTHS)]
    try:
        # One arena, or the decoders' threads would take the bounded address space for nothing.
        done = subprocess.run(command, env={"MALLOC_ARENA_MAX": "1"}, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        log.warning("thumbnail.took_too_long")
        return False
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        log.info("thumbnail.not_made", code=done.returncode, said=said[:200])
    return done.returncode == 0
