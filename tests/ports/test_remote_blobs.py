"""The files in a bucket: the same store, seen from all who use it."""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from app.commands.doctor import Ailment, _check_files
from app.core.errors import NotFound, Unavailable
from app.ports.blobs import PIECE, Blob, BlobStore, open_blobs
from app.ports.pictures import thumbnail
from app.settings import Settings, SettingsError, load_settings
from tests.ports.s3_server import KEY, S3Server, s3_server


@pytest.fixture
def server() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


def configured(server: S3Server, folder: Path, **settings: str) -> Settings:
    return Settings(data_dir=folder, blobs_url=server.url(), blobs_key=KEY, blobs_secret="hush", **settings)


@pytest.fixture
def blobs(server: S3Server, tmp_path: Path) -> BlobStore:
    return open_blobs(configured(server, tmp_path))


def age(server: S3Server, sha256: str, by: timedelta) -> None:
    content, moved = server.objects[f"house/{sha256}"]
    server.objects[f"house/{sha256}"] = content, moved - by


def test_what_is_put_comes_back_whole_in_part_and_as_a_file(blobs: BlobStore, server: S3Server):
    content = os.urandom(PIECE * 2 + 17)
    blob = blobs.put(io.BytesIO(content))
    assert blob == Blob(hashlib.sha256(content).hexdigest(), len(content))
    assert set(server.objects) == {f"house/{blob.sha256}"}
    assert blobs.size(blob.sha256) == len(content)
    assert b"".join(blobs.pieces(blob.sha256, 0, len(content))) == content
    assert b"".join(blobs.pieces(blob.sha256, 7, 4711)) == content[7:4711]
    with blobs.open(blob.sha256) as file:
        assert bytes(file.read()) == content
    with blobs.at_hand(blob.sha256) as path:
        assert path.read_bytes() == content
    assert not path.exists()
    assert list(blobs) == [blob]


def test_nothing_of_it_stays_on_this_machine(blobs: BlobStore):
    blobs.put(b"lamp")
    assert [path for path in blobs.root.rglob("*") if path.is_file()] == []


def test_a_name_that_is_not_kept_is_not_found(blobs: BlobStore):
    for ask in (blobs.size, blobs.open, lambda name: blobs.at_hand(name).__enter__()):
        with pytest.raises(NotFound):
            ask("0" * 64)
    with pytest.raises(NotFound):
        blobs.delete("../secret")
    blobs.delete("0" * 64)


def test_a_sweep_takes_what_is_old_and_not_what_was_put_again(blobs: BlobStore, server: S3Server):
    old, again, new = (blobs.put(content).sha256 for content in (b"old", b"again", b"new"))
    for name in (old, again):
        age(server, name, timedelta(days=3))
    moment = time.time() - 86400
    found = [name for batch in blobs.kept_before(moment, 1) for name in batch]
    assert sorted(found) == sorted([old, again])
    blobs.put(b"again")
    assert [blobs.delete_if_kept_before(name, moment) for name in (old, again, new, "0" * 64)] == [
        True, False, False, False,
    ]  # fmt: skip
    assert {name.partition("/")[2] for name in server.objects} == {again, new}


def test_what_lies_there_for_long_is_sent_again_and_what_is_fresh_is_not(blobs: BlobStore, server: S3Server):
    name = blobs.put(b"lamp").sha256
    age(server, name, timedelta(hours=1))
    first = server.objects[f"house/{name}"][1]
    blobs.put(b"lamp")
    assert server.objects[f"house/{name}"][1] == first
    age(server, name, timedelta(days=1))
    blobs.put(b"lamp")
    assert datetime.now(UTC) - server.objects[f"house/{name}"][1] < timedelta(minutes=1)


def test_what_is_not_ours_in_the_bucket_is_left_alone(blobs: BlobStore, server: S3Server):
    server.objects["house/readme.txt"] = server.objects["other/" + "a" * 64] = b"x", datetime(2000, 1, 1, tzinfo=UTC)
    assert list(blobs) == []
    assert list(blobs.kept_before(time.time(), 10)) == []


def test_a_bucket_that_refuses_is_told_in_a_sentence(blobs: BlobStore, server: S3Server):
    server.refuses = True
    for ask in (lambda: blobs.put(b"lamp"), lambda: list(blobs), lambda: blobs.size("0" * 64)):
        with pytest.raises(Unavailable, match="does not answer as it should"):
            ask()


async def test_the_doctor_looks_whether_the_bucket_takes_and_gives(server: S3Server, tmp_path: Path):
    assert await _check_files(configured(server, tmp_path)) == "s3://bucket/house"
    assert server.objects == {}
    server.refuses = True
    with pytest.raises(Ailment, match="HEARTH_BLOBS_SECRET"):
        await _check_files(configured(server, tmp_path))
    assert "blobs" in await _check_files(Settings(data_dir=tmp_path))


@pytest.mark.parametrize("url", ["http://x/y", "s3://", "s3:bucket", "s3://key:secret@bucket/x", "bucket"])
def test_an_address_that_is_no_bucket_is_refused(url: str):
    with pytest.raises(SettingsError, match="HEARTH_BLOBS_URL"):
        load_settings({"HEARTH_BLOBS_URL": url})


def test_the_key_may_come_from_files(tmp_path: Path):
    (tmp_path / "key").write_text("id\n")
    (tmp_path / "secret").write_text("hush\n")
    settings = load_settings({
        "HEARTH_BLOBS_URL": "s3://bucket", "HEARTH_BLOBS_KEY_FILE": str(tmp_path / "key"),
        "HEARTH_BLOBS_SECRET_FILE": str(tmp_path / "secret"),
    })  # fmt: skip
    assert (settings.blobs_key, settings.blobs_secret) == ("id", "hush")


def test_a_house_without_a_bucket_keeps_its_files_itself(tmp_path: Path):
    assert type(open_blobs(Settings(data_dir=tmp_path))) is BlobStore


async def test_thumbnails_of_what_lies_in_a_bucket_stay_here_and_go_with_it(blobs: BlobStore, server: S3Server):
    drawn = io.BytesIO()
    Image.new("RGB", (800, 600)).save(drawn, "PNG")
    name = blobs.put(drawn.getvalue()).sha256
    path = await thumbnail(blobs, name, 320)
    assert path is not None
    assert path.is_relative_to(blobs.root)
    assert set(server.objects) == {f"house/{name}"}
    assert blobs.forget_derived_of_none(0) == 0
    assert blobs.delete_if_kept_before(name, time.time() + 60)
    assert not path.exists()
    assert server.objects == {}
