"""What is found against what was planted, with scikit-learn's k-means that is told how many there are."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from app.clusters.finding import find_clusters
from app.clusters.neighbours import count_near, find_nearest
from app.ports.embedding import make_embedder
from tests.bench.collections import read_collection
from tests.clusters.planting import plant_vectors

LEAST = 0.28
EACH = 120


def check() -> None:
    return None


def told(vectors, labels) -> float:
    count = len(set(labels.tolist()))
    found = KMeans(count, n_init=4, random_state=0).fit_predict(vectors.astype(np.float32))
    return adjusted_rand_score(labels, found)


@pytest.mark.parametrize(
    ("count", "topics", "noise", "seed"),
    [(200, 4, 1.2, 1), (600, 8, 1.2, 2), (1500, 25, 1.2, 3), (1500, 3, 1.2, 4), (1200, 12, 1.6, 5), (4000, 20, 1.2, 6)],
)
def test_planted_topics_are_found_without_being_told_how_many(count, topics, noise, seed):
    vectors, labels = plant_vectors(count, topics, noise=noise, seed=seed)
    found = find_clusters(vectors, 0.0, check)
    index = adjusted_rand_score(labels, found.cluster)
    assert index >= 0.6
    assert index >= told(vectors, labels) - 0.05
    assert ((found.confidence > 0) == (found.cluster >= 0)).all()


@pytest.mark.slow
@pytest.mark.whole
def test_three_collections_are_told_apart(shared_data):
    """Abstracts of two fields and a garden of notes, as the model that comes along reads them."""
    texts = [text for name in ("vaswani", "cranfield") for text in _some_of(name)] + _some_notes(shared_data)
    labels = np.repeat([0, 1, 2], EACH)
    embedder = make_embedder("minilm")
    vectors = np.concatenate([embedder.embed_documents(texts[at : at + 32]) for at in range(0, len(texts), 32)])
    found = find_clusters(vectors.astype(np.float16), LEAST, check)
    index = adjusted_rand_score(labels, found.cluster)
    assert index >= 0.6
    assert index >= told(vectors, labels) - 0.05


def _some_of(name: str) -> list[str]:
    texts = [f"{title}\n{text}" for title, text in read_collection(name).texts.values() if len(text) > 80]
    return [text[:1200] for text in texts[:: len(texts) // EACH][:EACH]]


def _some_notes(shared_data) -> list[str]:
    with zipfile.ZipFile(shared_data / "garden.zip") as garden:
        names = sorted(
            one.filename for one in garden.infolist() if one.filename.endswith(".md") and one.file_size > 300
        )
        return [garden.read(name).decode(errors="replace")[:1200] for name in names[:: len(names) // EACH][:EACH]]


def test_adding_a_twentieth_moves_hardly_anybody_even_where_all_is_found_anew():
    vectors, _labels = plant_vectors(2100, 15, seed=9)
    before = find_clusters(vectors[:2000], 0.0, check).cluster
    known = np.concatenate([before, np.full(100, -1)])
    after = find_clusters(vectors, 0.0, check, known).cluster
    was_there = before >= 0
    moved = (after[:2000] != before) & was_there & (after[:2000] >= 0)
    assert moved.sum() <= 0.05 * was_there.sum()
    assert (after[2000:] >= 0).mean() > 0.9


def test_the_same_records_give_the_same_clusters():
    vectors, _labels = plant_vectors(3500, 10, seed=4)
    one, other = (find_clusters(vectors, 0.0, check) for _time in range(2))
    assert (one.cluster == other.cluster).all()
    again = find_clusters(vectors, 0.0, check, one.cluster)
    assert (again.cluster == one.cluster).all()


def test_too_few_records_and_records_that_have_nothing_in_common_are_no_clusters():
    vectors, _labels = plant_vectors(11, 2, seed=1)
    assert (find_clusters(vectors, 0.0, check).cluster == -1).all()
    chance = np.random.default_rng(2)
    strangers = chance.normal(size=(400, 384))
    strangers /= np.linalg.norm(strangers, axis=1, keepdims=True)
    assert (find_clusters(strangers.astype(np.float16), LEAST, check).cluster == -1).all()


def test_records_that_are_all_the_same_do_no_harm():
    vectors = np.zeros((4000, 16), dtype=np.float16)
    vectors[:, 0] = 1
    assert len(find_clusters(vectors, 0.28, check).cluster) == 4000


def test_nine_of_ten_neighbours_are_found_by_trees():
    vectors, _labels = plant_vectors(5000, 20, seed=3)
    near, cosine = find_nearest(vectors, check)
    wide = vectors.astype(np.float32)
    exact = np.argsort(-(wide @ wide.T - 2 * np.eye(5000, dtype=np.float32)), axis=1)[:, : count_near(5000)]
    held = np.mean([len(set(near[row]) & set(exact[row])) / len(exact[row]) for row in range(0, 5000, 50)])
    assert held > 0.85
    assert (np.diff(cosine, axis=1) <= 0).all()
    assert all(len(set(row)) == len(row) and number not in row for number, row in enumerate(near.tolist()))


def test_whoever_wants_it_to_stop_is_heard():
    class Enough(Exception):
        pass

    asked = []

    def stop() -> None:
        asked.append(1)
        if len(asked) > 5:
            raise Enough

    with pytest.raises(Enough):
        find_clusters(plant_vectors(4000, 5)[0], 0.0, stop)
