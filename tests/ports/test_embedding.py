"""The choice of an embedder, and the stand-in that tests use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ports.embedding import Embedder, make_embedder
from app.ports.minilm import MiniLM


@pytest.fixture
def fake() -> Embedder:
    embedder = make_embedder("fake")
    assert embedder is not None
    return embedder


def test_no_provider_is_no_embedder():
    assert make_embedder("none") is None


def test_making_the_real_one_loads_nothing_yet():
    embedder = make_embedder("minilm")
    assert isinstance(embedder, MiniLM)
    assert embedder._loaded is None
    assert (embedder.provider, embedder.name, embedder.dimensions) == ("minilm", "all-MiniLM-L6-v2", 384)


@given(texts=st.lists(st.text(), max_size=8))
def test_the_stand_in_gives_every_text_a_unit_vector(texts: list[str]):
    embedder = make_embedder("fake")
    assert embedder is not None
    vectors = embedder.embed_documents(texts)
    assert vectors.shape == (len(texts), embedder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_the_stand_in_is_the_same_in_every_run(fake: Embedder):
    vector = fake.embed_query("Lamp lamp hearth")
    np.testing.assert_array_equal(vector, fake.embed_query("hearth, LAMP lamp!"))
    # Values, so that a change of the hash shows: vectors are kept, and must stay comparable.
    assert {place: round(float(vector[place]), 3) for place in range(1, 64) if vector[place]} == {1: 0.894, 16: -0.447}


def test_the_stand_in_puts_texts_that_share_words_near(fake: Embedder):
    near = fake.embed_query("a lamp on the hearth") @ fake.embed_query("the hearth and a lamp")
    far = fake.embed_query("a lamp on the hearth") @ fake.embed_query("quarterly tax return 2024")
    assert near > 0.6 > 0.3 > far
