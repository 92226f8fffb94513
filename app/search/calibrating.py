"""How near two texts must be for a model to call them related: each model has a scale of its own.

The model is asked some questions and reads their answers, once, before it answers anybody. What it says of a question
and the answer to another one is how it says "nothing to do with each other"; the bound lies where that ends.
"""

from __future__ import annotations

import asyncio

import numpy as np

from app.ports.embedding import Embedder

# On twelve subjects that have nothing in common, as notes are written and as people ask.
PAIRS = (
    ("How long does the sourdough have to rise?", "Let starter and flour stand for four hours, then shape the loaf."),
    ("When is the car due for inspection?", "The garage says the brakes are fine; next technical check in May."),
    ("What did the doctor say about my knee?", "Torn meniscus. Physiotherapy twice a week, no running until summer."),
    ("Which database should we use for the project?", "We compared Postgres and SQLite and settled on Postgres."),
    ("What do I still owe Martin?", "Martin paid for the concert tickets, forty euros, to be returned."),
    ("How do I prune the apple tree?", "Cut back the old branches in February, before the buds swell."),
    ("What was the hotel in Lisbon called?", "We stayed three nights in Alfama, at a small place with blue tiles."),
    ("Why did the Roman republic fall?", "Civil wars between generals ended with Augustus as the first emperor."),
    ("How is the heating pump reset?", "Hold the red button of the boiler for ten seconds until it blinks."),
    ("What should I practise on the violin?", "Scales in thirds, and the slow movement with a metronome."),
    ("Which books on stoicism are worth reading?", "Seneca's letters first, then Marcus Aurelius' Meditations."),
    ("What present would Clara like?", "She mentioned a fountain pen, and that hers leaks."),
)  # fmt: skip


DEVIATIONS = 3


async def calibrate(embedder: Embedder) -> float:
    """The least cosine of what has to do with a question. Raises what the model raises."""
    return await asyncio.to_thread(measure_least_cosine, embedder)


def measure_least_cosine(embedder: Embedder) -> float:
    """Three deviations above the mean of what is unrelated: one of several hundred such pairs gets past it."""
    questions = np.stack([embedder.embed_query(question) for question, _ in PAIRS])
    answers = embedder.embed_documents([answer for _, answer in PAIRS])
    unrelated = (questions @ answers.T)[~np.eye(len(PAIRS), dtype=bool)]
    # To a model that finds everything alike nothing is related, which is a bound too.
    return min(1.0, float(unrelated.mean() + DEVIATIONS * unrelated.std()))
