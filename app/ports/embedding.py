"""The door to embedding models: text in, vectors out. What stands behind it is chosen by a setting."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from app.core.errors import HearthError
from app.settings import Provider

# Of a vector: more would not fit into a page of the database, where the scan reads it.
MOST_DIMENSIONS = 4000


class EmbeddingError(HearthError):
    """The model cannot be used; search goes on by words alone."""


class ModelAway(EmbeddingError):
    """Nothing is wrong with the text: it cannot be reached now, or wants to be left alone for `pause` seconds."""

    def __init__(self, sentence: str, pause: float = 15.0) -> None:
        super().__init__(sentence)
        self.pause = pause


class Embedder(Protocol):
    """A model of text. Vectors are float32 rows of unit length, in the order of the texts."""

    provider: str
    name: str
    dimensions: int

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray: ...

    def embed_query(self, text: str) -> np.ndarray: ...


class WordHashEmbedder:
    """The deterministic stand-in for tests: texts that share words are near. No weights, no meaning."""

    provider = "fake"
    name = "word-hash"
    dimensions = 64

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.casefold()):
                digest = hashlib.blake2b(word.encode(), digest_size=4).digest()
                vectors[row, digest[0] % self.dimensions] += 1 if digest[1] & 1 else -1
            vectors[row, 0] += 1e-3  # a text without words still has a direction
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

    def embed_query(self, text: str) -> np.ndarray:
        return np.asarray(self.embed_documents([text])[0])


def make_embedder(provider: Provider) -> Embedder | None:
    """The embedder of that name, which loads at its first use; None when meaning is switched off."""
    if provider == "none":
        return None
    if provider == "fake":
        return WordHashEmbedder()
    from app.ports.minilm import MiniLM  # its tokenizer alone costs 20 MB, which not every command needs

    return MiniLM()


def verify_model() -> None:
    """Raise EmbeddingError with a sentence unless the embedded model's weights are there and unaltered."""
    from app.ports.weights import find_weights

    find_weights()
