"""From which cosine on something has to do with a question: measured for each model, and heeded by the search."""

from __future__ import annotations

import numpy as np
import pytest

from app.ports.embedding import ModelAway, WordHashEmbedder
from app.ports.minilm import MiniLM
from app.ports.models import USUAL_LEAST_COSINE, Models, Question
from app.search import filling
from app.search.calibrating import PAIRS, measure_least_cosine
from app.search.filling import fill_models
from app.search.finding import find
from tests.search.test_models import KINDS, UTC, Other, choose, datetime, states, work_through, write


class Crowded(Other):
    """A model like many: whatever it is asked, everything is near to everything."""

    def embed_documents(self, texts):
        vectors = super().embed_documents(texts) + 2.0 / self.dimensions**0.5
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_program_knows_the_bound_of_the_model_that_comes_along():
    assert measure_least_cosine(MiniLM()) == pytest.approx(USUAL_LEAST_COSINE, abs=0.01)


def test_most_answers_lie_above_the_bound_and_nothing_else_does():
    model = MiniLM()
    questions = np.stack([model.embed_query(question) for question, _ in PAIRS])
    cosines = questions @ model.embed_documents([answer for _, answer in PAIRS]).T
    bound, own = measure_least_cosine(model), np.eye(len(PAIRS), dtype=bool)
    assert (cosines[own] > bound).mean() > 0.8
    assert (cosines[~own] > bound).mean() < 0.01


def test_a_crowded_model_has_a_higher_bound():
    assert measure_least_cosine(Crowded()) > measure_least_cosine(Other()) + 0.1


def test_a_bound_is_a_cosine_whatever_the_model_says():
    class Erratic(Other):
        def embed_query(self, text):
            return np.full(self.dimensions, 1 if len(text) % 2 else -1, np.float32) / self.dimensions**0.5

        def embed_documents(self, texts):
            return np.full((len(texts), self.dimensions), 1 / self.dimensions**0.5, np.float32)

    assert measure_least_cosine(Erratic()) == 1


async def test_a_model_is_measured_before_it_answers_and_nothing_relevant_stays_nothing(
    database, worker_database, reactor, owner, alice
):
    for title in ("Bread", "Harbour"):
        await write(database, alice, title)
    await work_through(reactor)
    models = await choose(worker_database, Crowded())
    await fill_models(worker_database, models)
    assert (await states(owner))["another"] == "active"
    async with database.reading(alice.id) as connection:
        model = await models.answering(connection)
        assert model and model.least_cosine > USUAL_LEAST_COSINE + 0.1
        for q, expected in (("harbour", ["Harbour"]), ("zzyzx quux", [])):
            question = Question(model.id, model.embedder.embed_query(q), model.least_cosine)
            answer = await find(connection, q, KINDS, datetime.now(UTC), "UTC", question, by_words=False)
            assert [row["title"] for row in answer.rows] == expected


async def test_a_model_that_goes_away_before_it_was_measured_does_not_answer(
    database, worker_database, reactor, owner, alice, monkeypatch
):
    async def away(_embedder):
        raise ModelAway("another: gone.", pause=0.01)

    await write(database, alice, "Bread")
    await work_through(reactor)
    models = await choose(worker_database, Other())
    with monkeypatch.context() as patch:
        patch.setattr(filling, "calibrate", away)
        await fill_models(worker_database, models)
    assert (await states(owner))["another"] == "filling"
    assert await owner.fetchval("select trouble from embedding_models where name = 'another'") == "another: gone."
    await fill_models(worker_database, Models(models.own))
    assert (await states(owner))["another"] == "active"
    assert WordHashEmbedder().name in await states(owner)
