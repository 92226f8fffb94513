"""A picture made small, in a process of its own: `python thumbnailing.py PICTURE FOLDER WIDTH…` writes WIDTH.webp.

Whoever made the picture chose what its decoder does, in C. So nothing of Hearth is imported here, memory and time are
bounded by the system, and what was taken goes back to it. Of the picture only its pixels stay: no position, no camera.
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from PIL import Image, ImageCms, ImageOps

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
# Decoded whole, this takes 160 MB; a JPEG is decoded at a fraction of its size, so a camera's largest may come.
MOST_PIXELS, MOST_PIXELS_OF_JPEG = 40_000_000, 250_000_000
# A panorama or a long page of a screen: no edge is longer than four times the width, nor than WebP allows.
TALLEST = 4
MEMORY, SECONDS, LARGEST_FILE = 768 * 2**20, 20, 64 * 2**20
TURNED = range(5, 9)
"""The orientations (EXIF) that lie on their side."""

ORIENTATION = 0x0112
SRGB = ImageCms.createProfile("sRGB")
# Our own bounds are the stricter ones, and are told before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


class TooManyPixels(Exception):
    """More than a small machine can decode: a mistake, or a bomb."""


def open_picture(source: Path) -> Image.Image:
    """Nothing is decoded yet. Raises TooManyPixels, or whatever its decoder says of a file that is none."""
    image = Image.open(source, formats=FORMATS)
    most = MOST_PIXELS_OF_JPEG if image.format == "JPEG" else MOST_PIXELS
    if image.width * image.height > most:
        image.close()
        raise TooManyPixels(f"{image.width} × {image.height}")
    return image


def is_turned(image: Image.Image) -> bool:
    # For a PNG that says nothing of it in its head, the library would decode all of it to look behind the pixels.
    known = image.format != "PNG" or "exif" in image.info
    return known and image.getexif().get(ORIENTATION) in TURNED


def make_small(image: Image.Image, width: int) -> Image.Image:
    """Upright, no wider than that; never enlarged. The picture itself becomes smaller: begin with the widest."""
    box = (TALLEST * width, width) if is_turned(image) else (width, TALLEST * width)
    if image.mode == "I;16":
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.thumbnail(box, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return image


def plain_pixels(image: Image.Image) -> Image.Image:
    """Turned as it is meant, in the colours of the web, without a word of metadata."""
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if profile and image.mode in ("RGB", "CMYK"):
        image = _in_srgb(image, profile)
    image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    image.info.clear()
    return image


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        small = ImageCms.profileToProfile(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image  # a broken profile: the colours as they are
    return small or image


def _bound() -> None:
    os.nice(5)
    if sys.platform == "linux":  # elsewhere the bound on pixels has to do
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(source: str, folder: str, *widths: str) -> None:
    _bound()
    image = open_picture(Path(source))
    for width in sorted(map(int, widths), reverse=True):
        image = make_small(image, width)
        plain_pixels(image).save(Path(folder) / f"{width}.webp", "WEBP", quality=80, method=4)


if __name__ == "__main__":
    main(*sys.argv[1:])
