"""A site's icon as a small PNG, in a process of its own: `python icon_making.py < icon` writes it.

Of what came only its pixels stay.
"""

from __future__ import annotations

import io
import os
import sys

from PIL import Image

FORMATS = ("PNG", "ICO", "GIF", "JPEG", "WEBP")
MOST_PIXELS = 4_000_000
SIDE = 64
MEMORY, SECONDS = 512 * 2**20, 10


class TooManyPixels(Exception):
    """No icon: a mistake, or a bomb."""


def make_icon(given: bytes) -> bytes:
    image = Image.open(io.BytesIO(given), formats=FORMATS)
    if image.width * image.height > MOST_PIXELS:
        raise TooManyPixels(f"{image.width} × {image.height}")
    small = image.convert("RGBA")
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    made = io.BytesIO()
    small.save(made, "PNG", optimize=True)
    return made.getvalue()


def _bound() -> None:
    os.nice(5)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS  # what lies within an .ico says its own size
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    _bound()
    sys.stdout.buffer.write(make_icon(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main()
