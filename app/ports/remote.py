"""Models that answer over HTTP: Ollama, and whatever speaks the embeddings call of OpenAI.

Only an administrator says where they are, and only the texts themselves go there. Nothing is followed anywhere else:
a redirect is an error, no proxy is asked, and what calls itself local is connected to only where its name leads to this
house at that moment, at the very address looked at.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2
import numpy as np

from app.ports.addresses import is_public, leaves_the_house
from app.ports.embedding import MOST_DIMENSIONS, EmbeddingError, ModelAway

# One answer of 256 vectors of 4,000 numbers, written out at twenty characters each.
MOST_ANSWER_BYTES = 32 * 2**20
CONNECT_SECONDS = 5.0
MOST_ADDRESSES = 3
# Somebody waits for a question; and no thread should hang on a dead server for longer than they do.
QUESTION_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """Where a model is and how it is asked. `dimensions` 0 takes what comes; prefixes go before each text."""

    provider: str
    address: str
    name: str
    dimensions: int = 0
    key: str = ""
    query_prefix: str = ""
    document_prefix: str = ""
    asks_dimensions: bool = False
    batch_size: int = 32
    timeout_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Dialect:
    path: str
    read: Callable[[Any], list[Any]]


def _read_openai(answer: Any) -> list[Any]:
    return [row["embedding"] for row in sorted(answer["data"], key=lambda row: row["index"])]


# https://docs.ollama.com/api/embed and https://platform.openai.com/docs/api-reference/embeddings
DIALECTS: Mapping[str, Dialect] = {
    "ollama": Dialect("/api/embed", lambda answer: list(answer["embeddings"])),
    "openai": Dialect("/embeddings", _read_openai),
}


class RemoteEmbedder:
    """Raises ModelAway when the same question may be answered later, and EmbeddingError when it will not be."""

    def __init__(self, model: RemoteModel, transport: httpx2.BaseTransport | None = None) -> None:
        self.model = model
        self.provider, self.name, self.dimensions = model.provider, model.name, model.dimensions
        self._dialect = DIALECTS[model.provider]
        headers = {"authorization": f"Bearer {model.key}"} if model.key else {}
        self._client = httpx2.Client(
            headers=headers, transport=transport or _Pinned(not leaves_the_house(model.address))
        )
        self._away_until = 0.0

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        size, patience = self.model.batch_size, float(self.model.timeout_seconds)
        parts = [
            self._embed([self.model.document_prefix + text for text in texts[start : start + size]], patience)
            for start in range(0, len(texts), size)
        ]
        return np.concatenate(parts) if parts else np.empty((0, self.dimensions), np.float32)

    def embed_query(self, text: str) -> np.ndarray:
        """While the model is known to be away, it is not asked: nobody waits twice for the same silence."""
        if time.monotonic() < self._away_until:
            raise ModelAway(f"{self.name} was away a moment ago.")
        try:
            return np.asarray(self._embed([self.model.query_prefix + text], QUESTION_SECONDS)[0])
        except ModelAway as away:
            self._away_until = time.monotonic() + away.pause
            raise

    def _embed(self, texts: Sequence[str], seconds: float) -> np.ndarray:
        """Unit vectors, after everything has been looked at that another's answer may have wrong."""
        asked: dict[str, Any] = {"model": self.name, "input": [_readable(text) for text in texts]}
        if self.model.asks_dimensions and self.dimensions:
            asked["dimensions"] = self.dimensions
        try:
            rows = self._dialect.read(self._ask(asked, seconds))
            vectors = np.array(rows, np.float32)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise EmbeddingError(f"{self.name} answered with something that is no list of vectors.") from error
        return self._check(vectors, len(texts))

    def _check(self, vectors: np.ndarray, count: int) -> np.ndarray:
        if vectors.ndim != 2 or len(vectors) != count:
            raise EmbeddingError(f"{self.name} answered with {len(vectors)} vectors to {count} texts.")
        if not 0 < vectors.shape[1] <= MOST_DIMENSIONS or (self.dimensions and vectors.shape[1] != self.dimensions):
            raise EmbeddingError(
                f"{self.name} answered with {vectors.shape[1]} dimensions; "
                + (f"{self.dimensions} were expected." if self.dimensions else f"at most {MOST_DIMENSIONS} fit.")
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or not lengths.all():
            raise EmbeddingError(f"{self.name} answered with vectors that have no direction.")
        return np.asarray(vectors / lengths)

    def _ask(self, asked: Mapping[str, Any], seconds: float) -> Any:
        patience = httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        try:
            with self._client.stream("POST", self._url(), json=asked, timeout=patience) as response:
                body = _read_bounded(response)
        except httpx2.TimeoutException:
            raise ModelAway(f"{self.name} did not answer within {seconds:g} s.") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise ModelAway(f"{self.name} cannot be reached ({type(error).__name__}).") from None
        if response.status_code != 200:
            raise self._refused(response, body)
        return json.loads(body)

    def _url(self) -> str:
        return self.model.address.rstrip("/") + self._dialect.path

    def _refused(self, response: httpx2.Response, body: bytes) -> EmbeddingError:
        """In a sentence; what the other side says of a key is left out, for it tends to repeat a part of it."""
        status = response.status_code
        if status in {401, 403}:
            return ModelAway(f"{self.name}: the key was refused ({status}).", pause=300)
        if status == 429:
            return ModelAway(f"{self.name}: too many requests for now.", pause=_pause(response))
        if status == 408 or status >= 500:
            return ModelAway(f"{self.name}: the server has trouble of its own ({status}).")
        said = _reason(body)
        if self.model.key:
            said = said.replace(self.model.key, "…")
        return EmbeddingError(f"{self.name} was refused ({status}){': ' + said if said else ''}.")


class _Pinned(httpx2.BaseTransport):
    """To where a name leads now; the name stays what TLS and the Host header ask for."""

    def __init__(self, is_local: bool) -> None:
        self._is_local, self._inner = is_local, httpx2.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        host, port = request.url.host, request.url.port or {"http": 80, "https": 443}[request.url.scheme]
        found = [str(place[4][0]) for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        if self._is_local and any(is_public(address) for address in found):
            raise EmbeddingError(
                f"{host} was taken for a machine of this house, and leads out of it. Nothing was sent."
            )
        request.extensions = {**request.extensions, "sni_hostname": host}
        return self._connect(request, list(dict.fromkeys(found))[:MOST_ADDRESSES])

    def _connect(self, request: httpx2.Request, addresses: Sequence[str]) -> httpx2.Response:
        """`localhost` is two addresses, of which a server may listen at one."""
        trouble: Exception = httpx2.ConnectError("no address")
        for address in addresses:
            request.url = request.url.copy_with(host=address)
            try:
                return self._inner.handle_request(request)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                trouble = error
        raise trouble

    def close(self) -> None:
        self._inner.close()


def measure_dimensions(model: RemoteModel) -> int:
    """Ask the model for one vector. Raises what it raises."""
    return int(RemoteEmbedder(model).embed_documents(["Hearth"]).shape[1])


def _read_bounded(response: httpx2.Response) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > MOST_ANSWER_BYTES:
            raise EmbeddingError("The model's answer is larger than any list of vectors.")
    return bytes(body)


def _pause(response: httpx2.Response) -> float:
    """Seconds that the other side asks for; a date instead of a number is not worth reading."""
    told = response.headers.get("retry-after", "")
    return min(3600.0, float(told)) if told.isascii() and told.isdigit() else 60.0


def _reason(body: bytes) -> str:
    try:
        said = json.loads(body)["error"]
        return str(said["message"] if isinstance(said, dict) else said)[:200].rstrip(".")
    except (ValueError, KeyError, TypeError):
        return ""


def _readable(text: str) -> str:
    """Half of a surrogate pair is text to Python, but cannot be sent."""
    return text.encode("utf-8", "replace").decode()
