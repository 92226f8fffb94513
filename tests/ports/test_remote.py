"""Models over HTTP against a server of their own kind: the calls as their documentation has them, and all that fails.

No Ollama and no OpenAI stands on a test machine: the server here answers their two calls as documented, over a real
socket, and misbehaves on request.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from app.ports import remote
from app.ports.embedding import EmbeddingError, ModelAway, WordHashEmbedder
from app.ports.remote import RemoteEmbedder, RemoteModel, measure_dimensions

KEY = "sk-of-the-house"
TEXTS = ["bread and salt", "a lamp on the hearth", "漢字 🕯️ Süßstoff"]


class Provider(ThreadingHTTPServer):
    """Both calls. `how` is what is wrong with it today."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.how = "well"
        self.asked: list[tuple[str, dict[str, Any], str | None]] = []
        self.released = threading.Event()

    def handle_error(self, *_: object) -> None:
        """A client that goes away in the middle is what some tests are about."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, asked, self.headers["authorization"]))
        status, answer = self._answer(asked)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("retry-after", "7")
        if status == 302:
            self.send_header("location", "/elsewhere")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, asked: dict[str, Any]) -> tuple[int, Any]:
        how = self.server.how
        if how.isdigit():
            return int(how), {"error": {"message": f"Incorrect key provided: {KEY}."}}
        if how == "slow":
            self.server.released.wait(10)
        if how == "no JSON":
            return 200, b"<html>"
        if how == "huge":
            return 200, b"[" + b"0.1," * 2_000_000 + b"0]"
        vectors = self._vectors(asked["input"], asked.get("dimensions", WordHashEmbedder.dimensions), how)
        if self.path == "/api/embed":
            return 200, {"model": asked["model"], "embeddings": vectors}
        # Not in the order that was asked for: the index says which is which.
        rows = [{"object": "embedding", "index": index, "embedding": v} for index, v in enumerate(vectors)]
        return 200, {"object": "list", "data": rows[::-1]}

    def _vectors(self, texts: list[str], dimensions: int, how: str) -> list[list[float]]:
        vectors = 3.0 * WordHashEmbedder().embed_documents(texts)[:, :dimensions]
        match how:
            case "too few":
                vectors = vectors[:-1]
            case "other dimensions":
                vectors = vectors[:, :-1]
            case "NaN":
                vectors[0, 0] = np.nan
            case "nothing":
                vectors[:] = 0
            case "ragged":
                return [row[: index + 1] for index, row in enumerate(vectors.tolist())]
        return vectors.tolist()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def provider_server() -> Iterator[Provider]:
    with Provider() as provider:
        threading.Thread(target=provider.serve_forever, args=(0.02,), daemon=True).start()
        yield provider
        provider.released.set()
        provider.shutdown()


@pytest.fixture
def server() -> Iterator[Provider]:
    with provider_server() as provider:
        yield provider


def embedder(server: Provider, provider: str = "ollama", **options: Any) -> RemoteEmbedder:
    options.setdefault("dimensions", WordHashEmbedder.dimensions)
    return RemoteEmbedder(RemoteModel(provider, server.address + "/", "a-model", **options))


@pytest.mark.parametrize(("provider", "path"), [("ollama", "/api/embed"), ("openai", "/embeddings")])
def test_vectors_come_in_the_order_of_the_texts_and_of_unit_length(server, provider, path):
    vectors = embedder(server, provider, batch_size=2).embed_documents(TEXTS)
    np.testing.assert_allclose(vectors, WordHashEmbedder().embed_documents(TEXTS), atol=1e-6)
    assert [(place, len(asked["input"])) for place, asked, _ in server.asked] == [(path, 2), (path, 1)]


def test_prefixes_key_and_dimensions_are_sent(server):
    model = embedder(
        server, "openai", key=KEY, query_prefix="query: ", document_prefix="text: ", dimensions=8, asks_dimensions=True
    )
    model.embed_query("bread")
    model.embed_documents(["salt"])
    assert [asked["input"] for _, asked, _ in server.asked] == [["query: bread"], ["text: salt"]]
    assert {asked["dimensions"] for _, asked, _ in server.asked} == {8}
    assert {key for *_, key in server.asked} == {f"Bearer {KEY}"}


def test_nothing_is_asked_for_no_text(server):
    assert embedder(server).embed_documents([]).shape == (0, WordHashEmbedder.dimensions)
    assert not server.asked


def test_half_of_a_surrogate_pair_is_sent_as_something(server):
    assert embedder(server).embed_documents(["half \ud83d of it"]).shape[0] == 1


def test_the_dimensions_are_what_comes(server):
    assert measure_dimensions(RemoteModel("ollama", server.address, "a-model")) == WordHashEmbedder.dimensions


@pytest.mark.parametrize(
    "how", ["too few", "other dimensions", "NaN", "nothing", "ragged", "no JSON", "huge", "400", "404"]
)
def test_what_cannot_be_used_is_an_error_and_not_a_vector(server, monkeypatch, how):
    monkeypatch.setattr(remote, "MOST_ANSWER_BYTES", 2**20)
    server.how = how
    with pytest.raises(EmbeddingError) as caught:
        embedder(server, key=KEY).embed_documents(TEXTS)
    assert not isinstance(caught.value, ModelAway)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(("how", "pause"), [("429", 7), ("401", 300), ("403", 300), ("500", 15), ("503", 15)])
def test_what_may_be_asked_again_says_when(server, how, pause):
    server.how = how
    with pytest.raises(ModelAway) as caught:
        embedder(server, key=KEY).embed_documents(TEXTS)
    assert caught.value.pause == pause
    assert KEY not in str(caught.value)


def test_a_redirect_is_not_followed(server):
    server.how = "302"
    with pytest.raises(EmbeddingError):
        embedder(server).embed_documents(TEXTS)
    assert len(server.asked) == 1


def test_silence_ends_and_is_not_waited_for_twice(server, monkeypatch):
    monkeypatch.setattr(remote, "QUESTION_SECONDS", 0.2)
    server.how = "slow"
    model = embedder(server)
    with pytest.raises(ModelAway, match="did not answer"):
        model.embed_query("bread")
    began = time.monotonic()
    with pytest.raises(ModelAway, match="away a moment ago"):
        model.embed_query("bread")
    assert time.monotonic() - began < 0.1
    assert len(server.asked) == 1


def test_nobody_there_is_told_in_a_sentence(server):
    with pytest.raises(ModelAway, match="cannot be reached"):
        RemoteEmbedder(RemoteModel("ollama", "http://127.0.0.1:9", "a-model")).embed_documents(TEXTS)


@pytest.mark.parametrize("address", ["http://nas.local:11434", "http://ollama:11434"])
def test_a_name_of_the_house_that_leads_out_of_it_is_sent_nothing(monkeypatch, address):
    """The name is looked up at each connection, and the very address that was looked at is connected to."""
    asked = []

    def look_up(host, port, **_how):
        asked.append((host, port))
        return [(2, 1, 6, "", ("93.184.215.14", port))]

    monkeypatch.setattr(remote.socket, "getaddrinfo", look_up)
    with pytest.raises(EmbeddingError, match="leads out of it"):
        RemoteEmbedder(RemoteModel("ollama", address, "a-model", 4)).embed_documents(["bread"])
    assert len(asked) == 1


def test_no_proxy_of_the_surroundings_is_asked(server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert embedder(server).embed_documents(TEXTS).shape[0] == len(TEXTS)
