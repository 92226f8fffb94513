"""Topics that are planted: as vectors with known labels, and as notes of their own words."""

from __future__ import annotations

import random

import numpy as np


def plant_vectors(
    count: int, topics: int, *, seed: int = 0, noise: float = 1.2, dimensions: int = 384
) -> tuple[np.ndarray, np.ndarray]:
    """(vectors, topic of each): topics of unlike sizes, each stretched along a dozen directions of its own, with what
    all texts have in common and what is nobody's."""
    chance = np.random.default_rng(seed)
    labels = chance.choice(topics, count, p=chance.dirichlet(np.full(topics, 4.0)))
    scale = np.sqrt(dimensions)
    centres = chance.normal(size=(topics, dimensions)) / scale
    ways = chance.normal(size=(topics, 12, dimensions)) / scale
    along = chance.normal(size=(count, 12)) / np.sqrt(12)
    vectors = centres[labels] + 0.7 * chance.normal(size=dimensions) / scale
    for topic in range(topics):
        vectors[labels == topic] += noise * along[labels == topic] @ ways[topic]
    vectors += 0.6 * chance.normal(size=(count, dimensions)) / scale
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16), labels


TOPICS = {
    "garden": "tomato compost seedling mulch greenhouse spade lettuce pruning slugs harvest beds watering",
    "sailing": "mainsail harbour anchor keel spinnaker mooring tide rigging skipper jib buoy hull",
    "baking": "sourdough crust oven yeast flour kneading loaf proofing crumb starter rye hydration",
    "astronomy": "telescope nebula eyepiece galaxy orbit comet supernova planet eclipse aperture lunar cluster",
}
COMMON = ["today", "again", "thought", "about", "maybe", "found", "remember", "wrote", "little", "later", "people"]


def plant_texts(each: int, seed: int = 0, topics: tuple[str, ...] = tuple(TOPICS)) -> list[tuple[str, str, str]]:
    """(topic, title, text)."""
    chance = random.Random(seed)
    made = []
    for topic in topics:
        words = TOPICS[topic].split()
        for number in range(each):
            text = chance.choices(words, k=24) + chance.choices(COMMON, k=8)
            chance.shuffle(text)
            title = f"{chance.choice(words).capitalize()} {chance.choice(words)} {seed}-{number}"
            made.append((topic, title, " ".join(text).capitalize() + "."))
    return made
