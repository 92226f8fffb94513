"""Content-addressed files: what is put comes back, whole or not at all."""

from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.errors import NotFound
from app.ports.blobs import PIECE, Blob, BlobStore


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def files_in(store: BlobStore) -> list[Path]:
    return [path for path in store.root.rglob("*") if path.is_file()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(content=st.binary())
def test_what_is_put_comes_back(store: BlobStore, content: bytes):
    blob = store.put(content)
    assert blob == Blob(hashlib.sha256(content).hexdigest(), len(content))
    with store.open(blob.sha256) as file:
        assert file.read() == content


def test_a_stream_is_kept_as_its_bytes_are(store: BlobStore):
    content = os.urandom(PIECE * 2 + 17)
    assert store.put(io.BytesIO(content)) == store.put(content)
    assert store.path(hashlib.sha256(content).hexdigest()).read_bytes() == content


def test_the_same_content_is_kept_once(store: BlobStore):
    for content in (b"lamp", io.BytesIO(b"lamp"), b"lamp"):
        store.put(content)
    assert len(files_in(store)) == 1


def test_files_lie_in_two_levels_of_folders_and_only_their_owner_reads_them(store: BlobStore):
    name = store.put(b"lamp").sha256
    path = store.path(name)
    assert path.relative_to(store.root).parts == (name[:2], name[2:4], name)
    assert path.stat().st_mode & 0o777 == 0o600
    assert store.root.stat().st_mode & 0o777 == 0o700


class BreakingStream(io.RawIOBase):
    def __init__(self) -> None:
        self.pieces = [b"half of it"]

    def read(self, size: int = -1) -> bytes:
        if self.pieces:
            return self.pieces.pop()
        raise OSError("the other side hung up")


def test_a_stream_that_breaks_leaves_nothing(store: BlobStore):
    with pytest.raises(OSError, match="hung up"):
        store.put(BreakingStream())
    assert files_in(store) == []


def test_a_rename_that_fails_leaves_nothing(store: BlobStore, monkeypatch: pytest.MonkeyPatch):
    def refuse(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OSError, match="disk full"):
        store.put(b"lamp")
    assert files_in(store) == []


def test_content_is_on_the_disk_before_it_has_its_name(store: BlobStore, monkeypatch: pytest.MonkeyPatch):
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename
    monkeypatch.setattr(os, "fsync", lambda descriptor: (steps.append("sync"), fsync(descriptor)))
    monkeypatch.setattr(Path, "rename", lambda self, to: (steps.append("rename"), rename(self, to)))
    store.put(b"lamp")
    assert steps == ["sync", "rename", "sync", "sync", "sync"]


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "a" * 63, "a" * 65, "A" * 64, "a" * 64 + "\n", "g" * 64, "../" + "a" * 61]
)
def test_what_is_no_name_is_not_found(store: BlobStore, name: str):
    for ask in (store.path, store.open, store.delete):
        with pytest.raises(NotFound):
            ask(name)


def test_a_name_that_is_not_kept_is_not_found(store: BlobStore):
    with pytest.raises(NotFound):
        store.open("0" * 64)


def test_deleting_twice_is_no_error(store: BlobStore):
    blob = store.put(b"lamp")
    store.delete(blob.sha256)
    store.delete(blob.sha256)
    assert files_in(store) == []
    assert store.put(b"lamp") == blob
    assert store.path(blob.sha256).exists()


def test_listing_gives_what_is_kept_and_no_draft(store: BlobStore):
    assert list(store) == []
    kept = {store.put(content) for content in (b"lamp", b"hearth", b"")}
    (store.root / "draft-left-by-a-crash").write_bytes(b"half")
    assert set(store) == kept


def test_many_at_once_keep_one_whole_file(store: BlobStore):
    content = os.urandom(PIECE)
    with ThreadPoolExecutor(8) as pool:
        blobs = set(pool.map(lambda _: store.put(io.BytesIO(content)), range(16)))
    assert len(blobs) == 1
    assert [path.read_bytes() for path in files_in(store)] == [content]
