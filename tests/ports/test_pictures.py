"""Thumbnails: small, upright, without a word about where they were taken, and made within bounds."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from app.ports import pictures
from app.ports.blobs import BlobStore
from app.ports.pictures import WIDTHS, look_at, thumbnail

HERE = "48 deg 51' 24\" N"


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def drawn(size=(1600, 1200), kind="JPEG", mode="RGB", **options) -> bytes:
    made = io.BytesIO()
    image = Image.new(mode, size)
    image.paste(tuple([200] * len(image.getbands())) if len(image.getbands()) > 1 else 1, (0, 0, size[0] // 2, size[1]))
    image.save(made, kind, **options)
    return made.getvalue()


def photographed(orientation: int) -> bytes:
    """As a phone does it: lying on its side, and saying where."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x010E] = orientation, "Lampmaker", HERE
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 3.0)})
    return drawn(exif=exif)


def size_of(blobs: BlobStore, content: bytes) -> tuple[int | None, int | None]:
    looks = look_at(blobs.path(blobs.put(content).sha256), "a")
    return looks.width, looks.height


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
async def test_every_picture_that_is_shown_has_thumbnails(blobs, kind):
    content = drawn(kind=kind)
    sha256 = blobs.put(content).sha256
    assert size_of(blobs, content) == (1600, 1200)
    for width in WIDTHS:
        with Image.open(await thumbnail(blobs, sha256, width)) as small:
            assert (small.format, small.size) == ("WEBP", (width, width * 3 // 4))
    assert blobs.path(sha256).read_bytes() == content


@pytest.mark.parametrize(("mode", "kind"), [("P", "PNG"), ("1", "PNG"), ("L", "PNG"), ("LA", "PNG"), ("RGBA", "PNG"),
                                            ("I;16", "PNG"), ("CMYK", "JPEG"), ("L", "JPEG")])  # fmt: skip
async def test_every_kind_of_pixel_can_be_made_small(blobs, mode, kind):
    with Image.open(await thumbnail(blobs, blobs.put(drawn((800, 400), kind, mode)).sha256, 320)) as small:
        assert small.size == (320, 160)


async def test_a_thumbnail_stands_upright_and_knows_neither_place_nor_camera(blobs):
    content = photographed(6)
    assert HERE.encode() in content
    sha256 = blobs.put(content).sha256
    assert size_of(blobs, content) == (1200, 1600)
    path = await thumbnail(blobs, sha256, 320)
    with Image.open(path) as small:
        assert small.size == (320, 427)
        assert not small.getexif()
        assert set(small.info) <= {"background", "loop", "timestamp", "duration"}
        assert small.convert("L").getpixel((160, 10)) > 150 > small.convert("L").getpixel((160, 400))
    for hidden in (b"EXIF", b"Lampmaker", HERE.encode(), b"XMP", b"ICCP"):
        assert hidden not in path.read_bytes()


async def test_a_small_picture_is_not_enlarged_and_a_long_one_is_bounded(blobs):
    for size, shown in (((50, 40), (50, 40)), ((100, 9000), (43, 3840)), ((30_000, 10), (960, 1))):
        with Image.open(await thumbnail(blobs, blobs.put(drawn(size, "PNG")).sha256, 960)) as small:
            assert small.size == shown


async def test_a_thumbnail_is_made_once_and_made_again_where_it_is_gone(blobs, monkeypatch):
    runs: list[str] = []
    run = pictures._run
    monkeypatch.setattr(pictures, "_run", lambda source, folder: (runs.append(folder), run(source, folder))[1])
    sha256 = blobs.put(drawn()).sha256
    paths = [await thumbnail(blobs, sha256, width) for width in (320, 960, 320)]
    assert len(runs) == 1
    paths[0].unlink()
    paths[1].unlink()
    assert (await thumbnail(blobs, sha256, 320)).exists()
    assert len(runs) == 2
    assert not list(blobs.drafts().glob("draft-*"))


def bomb(width: int, height: int) -> bytes:
    """A valid PNG of one bit a pixel and few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * (width // 8 + 1) * min(height, 2000), 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


async def test_a_bomb_is_neither_measured_nor_decoded(blobs):
    content = bomb(60_000, 60_000)
    assert size_of(blobs, content) == (None, None)
    sha256 = blobs.put(content).sha256
    assert await thumbnail(blobs, sha256, 320) is None
    assert blobs.derived(sha256, "failed").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="bounds by the system as Linux has them")
def test_a_decoder_gets_only_so_much_memory(blobs, tmp_path):
    # As large as is let in: the peak of the whole process is told by the system.
    source = blobs.path(blobs.put(drawn((6300, 6300), "PNG", compress_level=1)).sha256)
    # VmHWM and not ru_maxrss, which a process inherits from whoever started it.
    program = (
        "import re,runpy,sys;sys.argv=sys.argv[1:];runpy.run_path(sys.argv[0],run_name='__main__');"
        "print(re.search(r'VmHWM:\\s+(\\d+)',open('/proc/self/status').read())[1])"
    )
    command = [sys.executable, "-I", "-c", program, str(pictures.PROGRAM), str(source), str(tmp_path), "320"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 320 * 1024


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n" + b"0" * 400, b"GIF89a" + b"\xff" * 60, b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 99,
     b"RIFF\0\0\0\0WEBPVP8 " + b"\0" * 60],
)  # fmt: skip
async def test_what_only_looks_like_a_picture_has_no_size_and_no_thumbnail(blobs, content):
    assert size_of(blobs, content) == (None, None)
    assert await thumbnail(blobs, blobs.put(content).sha256, 320) is None


async def test_a_picture_that_was_cut_off_is_tried_once(blobs, monkeypatch):
    content = drawn(kind="PNG", compress_level=0)
    sha256 = blobs.put(content[: len(content) // 2]).sha256
    assert await thumbnail(blobs, sha256, 320) is None
    monkeypatch.setattr(pictures, "_run", lambda *_given: pytest.fail("it was tried again"))
    assert await thumbnail(blobs, sha256, 320) is None


async def test_thumbnails_go_with_their_picture(blobs):
    one, other = blobs.put(drawn()).sha256, blobs.put(drawn((900, 900))).sha256
    for sha256 in (one, other):
        await thumbnail(blobs, sha256, 320)
    blobs.delete(one)
    left = {path.name for path in blobs.drafts().glob("??/??/*")}
    assert left == {f"{other}.{width}.webp" for width in WIDTHS}


async def test_what_a_crash_left_of_thumbnails_is_swept(blobs):
    kept = blobs.put(drawn()).sha256
    await thumbnail(blobs, kept, 320)
    stray = blobs.derived("ab" * 32, "320.webp")
    stray.parent.mkdir(parents=True, exist_ok=True)
    stray.write_bytes(b"of nothing")
    old = blobs.drafts() / "draft-left"
    old.mkdir()
    (old / "320.webp").write_bytes(b"half")
    os.utime(old, (1, 1))
    assert blobs.forget_derived_of_none(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) == 1
    assert not stray.exists()
    assert not old.exists()
    assert blobs.derived(kept, "320.webp").exists()


def test_what_is_derived_is_none_of_what_is_kept(blobs):
    sha256 = blobs.put(b"lamp").sha256
    path = blobs.derived(sha256, "320.webp")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"small lamp")
    assert [blob.sha256 for blob in blobs] == [sha256]
