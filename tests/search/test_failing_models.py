"""A model may be slow, broken, limited or out of its mind: words answer, nothing is lost, nothing wrong is stored."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from app.ports.embedding import EmbeddingError, WordHashEmbedder
from app.ports.models import Models
from app.reactions import Reactor
from app.search import kept
from tests.conftest import work_through, write


class Failing(WordHashEmbedder):
    """Does as told until it is well."""

    def __init__(self, how: str) -> None:
        self.how = how
        self.released = threading.Event()
        self.has_answered = False

    def embed_documents(self, texts):
        right = super().embed_documents(texts)
        match self.how:
            case "raises":
                raise EmbeddingError("the weights are gone")
            case "is limited":
                raise ConnectionError("429: too many requests")
            case "is slow":
                self.released.wait(10)
            case "has other dimensions":
                return right[:, :-1]
            case "gives too few":
                return right[:-1]
            case "gives NaN":
                return right * np.nan
        self.has_answered = True
        return right


TROUBLES = ["raises", "is limited", "is slow", "has other dimensions", "gives NaN"]


@pytest.mark.parametrize("how", TROUBLES)
async def test_words_answer_and_a_quiet_line_says_so(alices, application, database, reactor, alice, monkeypatch, how):
    monkeypatch.setattr(kept, "MODEL_SECONDS", 0.1)
    await write(database, alice, "Bread")
    await work_through(reactor)
    given = application.dependencies["shared"]
    model = Failing(how)
    failing = replace(given.dependency(), models=Models(model))
    given.dependency = lambda: failing
    page = await alices.get("/search?q=bread")
    assert not model.has_answered, "the page did not wait for the model"
    model.released.set()
    assert "Bread" in page.text
    assert "Meaning does not answer just now" in page.text
    async with database.reading(alice.id) as connection:
        assert await connection.fetchval("select count(*) from semantic_cache") == 0


@pytest.mark.parametrize("how", [trouble for trouble in TROUBLES if trouble != "is slow"] + ["gives too few"])
async def test_nothing_wrong_is_stored_and_nothing_is_lost(worker_database, database, owner, alice, how):
    model = Failing(how)
    reactor = Reactor(worker_database, Models(model), "tests")
    note = await write(database, alice, "Bread", "rye and salt")
    await work_through(reactor)
    assert await owner.fetchval("select count(*) from passages") == 0
    assert await owner.fetchval("select error from pipeline where record_id = $1 and slot = 'index'", note)
    model.how = "is well"
    await owner.execute("update pipeline set due_at = now()")
    await work_through(reactor)
    assert await owner.fetchval("select count(*) from passages where record_id = $1", note) == 1
    assert await owner.fetchval("select count(*) from pipeline") == 0
