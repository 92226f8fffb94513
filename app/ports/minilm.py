"""all-MiniLM-L6-v2 without torch, on weights that web and worker share.

What bounds the speed is how many cores multiply: OpenBLAS's own threads wait by spinning, so two of them took 1.6
times the processor time of one for 1.2 times the texts. With OPENBLAS_NUM_THREADS=1 in the environment, batches are
computed side by side instead, for 1.5 to 1.9 times the texts at no extra time; otherwise one after the other.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tokenizers import Tokenizer

from app.ports.bert import Bert
from app.ports.weights import Rest, find_weights, map_file, read_arrays

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
        self._loaded: tuple[Tokenizer, Bert, Rest] | None = None
        self._pool: ThreadPoolExecutor | None = None

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        tokenizer, bert, rest = self._load()
        encoded = [encoding.ids for encoding in tokenizer.encode_batch_fast([_readable(text) for text in texts])]
        vectors = np.empty((len(texts), self.dimensions), np.float32)

        def embed(rows: list[int]) -> None:
            vectors[rows] = bert.encode(np.array([encoded[row] for row in rows], np.int64))

        self._run_all(embed, batches_of_equal_length([len(ids) for ids in encoded]))
        rest.note_use()
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

    def _load(self) -> tuple[Tokenizer, Bert, Rest]:
        with self._lock:
            if self._loaded is None:
                path = find_weights()
                tokenizer = Tokenizer.from_file(str(path.with_name("tokenizer.json")))
                tokenizer.no_padding()
                tokenizer.enable_truncation(LONGEST_TOKENS)
                mapped = map_file(path)
                self._loaded = tokenizer, Bert(read_arrays(mapped)), Rest(mapped)
            return self._loaded


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
