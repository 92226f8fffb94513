"""`bench search-scale`: the fused search of a small, a middling and a large person, alone and in a full house.

Fifty people share a million passages. Vectors are synthetic around real centroids (what the embedded model reads in
the garden, or random directions where neither is there), words are drawn from the garden's. The pipeline's slots play
no part: passages and vectors are written as the index slot would leave them.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import re
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import asyncpg
import numpy as np
from pgvector import HalfVector
from pgvector.asyncpg import register_vector

from app.core.database import Database, plan_for_one
from app.core.migrating import migrate
from app.embedded.instance import instance
from app.kinds import KINDS
from app.ports.embedding import EmbeddingError, make_embedder
from app.ports.models import Question
from app.search import queries
from app.search.asking import read_query
from app.search.counting import attend_words
from app.search.filters import filter_names
from app.search.finding import find
from app.search.queries import Scope
from app.settings import Settings
from tests.bench.ground import GARDEN, WORDS, open_doors
from tests.bench.report import Measure, Options, read_options, tell

DIMENSIONS, CENTROIDS, AT_ONCE, RECALL_AT = 384, 256, 2000, 50
# How far from its centroid a vector lies: neighbours of one centroid have a cosine of about 0.6, as the garden's do.
SPREAD = 0.8


@dataclass(frozen=True)
class Size:
    """Notes of one person, and passages of each note."""

    notes: int
    passages: int = 1


PEOPLE = {"2,000": Size(2_000), "10,000": Size(10_000), "100,000": Size(100_000)}
OTHERS = [Size(1_890, 10)] * 47
# The statements of a search, each clocked by itself too: their sum tells that something is slow, and not what.
PARTS = ("words", "named", "nearest", "cosines", "hits")
Took = dict[str, float]  # the seconds of each part
Ask = Callable[[asyncpg.Connection, str, Question], Awaitable[Took]]
Answered = TypeVar("Answered")
QUICK_PEOPLE, QUICK_OTHERS = {"2,000": Size(40), "10,000": Size(80), "100,000": Size(160)}, [Size(20, 3)] * 2


@dataclass(frozen=True)
class World:
    words: Sequence[str]
    weights: Sequence[float]
    centroids: np.ndarray


@dataclass(frozen=True)
class Asker:
    user_id: UUID
    questions: Sequence[tuple[str, np.ndarray]]
    vectors: np.ndarray


def main(options: Options) -> None:
    world = read_world()
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        Path(folder).chmod(0o755)
        with instance(Settings(data_dir=Path(folder) / "data", embedding="none", port=0)) as settings:
            tell(asyncio.run(_measure(settings, world, options)), options)


def read_world() -> World:
    texts = _garden_texts()
    counts = Counter(word for text in texts for word in re.findall(r"\w{2,}", text.lower())) or Counter(WORDS)
    common = counts.most_common(20_000)
    return World([word for word, _ in common], [count for _, count in common], _centroids(texts))


def _garden_texts() -> list[str]:
    if not GARDEN.exists():
        return []
    with zipfile.ZipFile(GARDEN) as archive:
        names = [name for name in archive.namelist() if name.endswith(".md")]
        return [archive.read(name).decode("utf-8", "replace") for name in names]


def _centroids(texts: Sequence[str]) -> np.ndarray:
    chance = random.Random(7)
    try:
        model = make_embedder("minilm")
        if texts and model:
            return model.embed_documents([text[:400] for text in chance.sample(list(texts), CENTROIDS)])
    except EmbeddingError as error:
        print(f"random centroids: {error}")
    return unit(np.random.default_rng(7).normal(size=(CENTROIDS, DIMENSIONS)))


def unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


async def _measure(settings: Settings, world: World, options: Options) -> list[Measure]:
    await migrate(settings)
    people, others = (QUICK_PEOPLE, QUICK_OTHERS) if options.quick else (PEOPLE, OTHERS)
    owner = await asyncpg.connect(settings.database_url)
    await register_vector(owner)
    # A forced policy binds the owner too, and binary copying past it is the only way to a million rows in minutes.
    for table in ("passages", "vectors"):
        await owner.execute(f"alter table {table} no force row level security")
    model_id = await owner.fetchval(
        "insert into embedding_models (provider, name, dimensions) values ('fake', 'synthetic', $1) returning id",
        DIMENSIONS,
    )
    measures: list[Measure] = []
    async with open_doors(settings) as (web, worker):
        askers, alone = {}, {}
        for name, size in people.items():
            askers[name] = await _move_in(owner, web, world, size, model_id, name)
            await _settle(owner, worker)
            alone[name] = await _ask_all(web, askers[name], model_id)
        for number, size in enumerate(others):
            await _move_in(owner, web, world, size, model_id, f"other-{number}")
        await _settle(owner, worker)
        passages = await owner.fetchval("select count(*) from vectors")
        for name, asker in askers.items():
            measures += _tell(name, await _ask_all(web, asker, model_id), alone[name])
            measures.append(await _recall(web, asker, model_id, name))
        measures.append(_grown(measures, int(passages)))
    await owner.close()
    return measures


async def _move_in(
    owner: asyncpg.Connection, web: Database, world: World, size: Size, model_id: int, name: str
) -> Asker:
    user_id = await owner.fetchval(
        "select gate_create_user($1, $2, '', 'member', 'UTC', 'en', false)",
        f"{name.replace(',', '')}@example.org", name,
    )  # fmt: skip
    chance = random.Random(name)
    notes = []
    for start in range(0, size.notes, AT_ONCE):
        rows = [_note(world, chance) for _ in range(min(AT_ONCE, size.notes - start))]
        async with web.reading(user_id, "import") as connection:
            notes += await connection.fetch(
                "insert into notes (user_id, title, content) select $1, * from unnest($2::text[], $3::text[]) "
                "returning id, content",
                user_id, [row[0] for row in rows], [row[1] for row in rows],
            )  # fmt: skip
    vectors = await embed(owner, world, user_id, notes, size.passages, model_id)
    return Asker(user_id, _questions(world, chance, notes), vectors)


def _note(world: World, chance: random.Random) -> tuple[str, str]:
    words = chance.choices(world.words, world.weights, k=chance.randrange(40, 90))
    return " ".join(words[:4]).capitalize(), " ".join(words[4:])


async def embed(
    owner: asyncpg.Connection, world: World, user_id: UUID, notes: Sequence[asyncpg.Record], each: int, model_id: int
) -> np.ndarray:
    wide = world.centroids.shape[1]
    chance = np.random.default_rng(user_id.int % 2**32)
    places = chance.integers(0, len(world.centroids), len(notes) * each)
    noise = chance.normal(size=(len(places), wide)) / wide**0.5
    vectors = unit(world.centroids[places] + SPREAD * noise)
    rows = [(note["id"], ordinal, note["content"][:200]) for note in notes for ordinal in range(each)]
    hashes = [hashlib.sha256(f"{user_id}{index}".encode()).digest() for index in range(len(rows))]
    await owner.copy_records_to_table(
        "passages",
        records=[
            (user_id, rec, at, "", 0, len(text), text, h) for (rec, at, text), h in zip(rows, hashes, strict=True)
        ],
        columns=["user_id", "record_id", "ordinal", "heading", "body_start", "body_end", "text", "text_hash"],
    )
    await owner.copy_records_to_table(
        "vectors",
        records=[(user_id, model_id, h, HalfVector(v)) for h, v in zip(hashes, vectors, strict=True)],
        columns=["user_id", "model_id", "text_hash", "embedding"],
    )
    return vectors


def _questions(
    world: World, chance: random.Random, notes: Sequence[asyncpg.Record], count: int = 60
) -> list[tuple[str, np.ndarray]]:
    """Some words of a note, as somebody would ask for it, and a point near one of the centroids."""
    noise = np.random.default_rng(11)
    asked = []
    for _ in range(count):
        words = chance.choice(notes)["content"].split()
        at = chance.randrange(len(world.centroids))
        vector = world.centroids[at] + SPREAD * noise.normal(size=DIMENSIONS) / DIMENSIONS**0.5
        asked.append((" ".join(chance.sample(words, 4)) + " ", unit(vector[None])[0]))
    return asked


async def _settle(owner: asyncpg.Connection, worker: Database) -> None:
    await attend_words(worker)
    await owner.execute("vacuum analyze")


async def _ask_all(web: Database, asker: Asker, model_id: int) -> list[Took]:
    """What each question took: the whole search, and bare. After a round of all of them: some machines put away what
    nobody has read for a minute, as while the others moved in, and a disk is not what is compared here."""
    await _ask_each(web, asker, model_id, _ask)
    whole = await _ask_each(web, asker, model_id, _ask)
    bare = await _ask_each(web, asker, model_id, _ask_bare)
    return [one | its for one, its in zip(whole, bare, strict=True)]


async def _ask_each(web: Database, asker: Asker, model_id: int, ask: Ask) -> list[Took]:
    took = []
    for q, vector in asker.questions:
        async with web.reading(asker.user_id) as connection:
            await plan_for_one(connection)
            took.append(await ask(connection, q, Question(model_id, vector)))
    return took


async def _ask(connection: asyncpg.Connection, q: str, question: Question) -> Took:
    took: Took = {}
    await _clock(took, "all", find(connection, q, KINDS, datetime.now(UTC), "UTC", question))
    return took


async def _ask_bare(connection: asyncpg.Connection, q: str, question: Question) -> Took:
    """The statements that the search sends, with nothing between them."""
    asked, scope, vector = read_query(q, filter_names(KINDS)), Scope(), HalfVector(question.vector)
    took: Took = {}
    worded = await _clock(took, "words", queries.find_by_words(connection, asked, scope))
    await _clock(took, "named", connection.fetch(queries.NAMED, asked.text))
    nearest = connection.fetch(queries.NEAREST, vector, question.model_id, "current", 800, 400)
    known = {row["record_id"] for row in await _clock(took, "nearest", nearest)}
    others = [row["record_id"] for row in worded if row["record_id"] not in known]
    await _clock(took, "cosines", connection.fetch(queries.COSINES, vector, question.model_id, others))
    await _clock(took, "hits", connection.fetch(queries.HITS, [*known, *others], "current", None))
    return took | {"bare": sum(took.values())}


async def _clock(took: Took, part: str, asked: Awaitable[Answered]) -> Answered:
    began = time.perf_counter()
    answered = await asked
    took[part] = time.perf_counter() - began
    return answered


def _tell(name: str, full: Sequence[Took], alone: Sequence[Took]) -> list[Measure]:
    measures = []
    for label, percentile in {"p50": 50, "p95": 95}.items():
        value, bare, first = _ms(full, "all", percentile), _ms(full, "bare", percentile), _ms(alone, "all", percentile)
        measures.append(Measure("search-scale", f"{name} {label}, bare SQL", value, "ms", bare, len(full)))
        measures.append(Measure("search-scale", f"{name} {label}, empty house", value, "ms", first, len(full)))
    for part in PARTS:
        value, first = _ms(full, part, 95), _ms(alone, part, 95)
        measures.append(Measure("search-scale", f"{name} {part} p95, empty house", value, "ms", first, len(full)))
    return measures


def _ms(took: Sequence[Took], part: str, percentile: int) -> float:
    return 1000 * float(np.percentile([one[part] for one in took], percentile))


async def _recall(web: Database, asker: Asker, model_id: int, name: str) -> Measure:
    """How many of the fifty nearest, found by comparing all, the search's own vector part brings."""
    shares = []
    for _, vector in asker.questions[:20]:
        async with web.reading(asker.user_id) as connection:
            rows = await queries.find_by_meaning(connection, Question(model_id, vector), Scope(), RECALL_AT)
        nearest = np.sort(asker.vectors @ vector)[::-1][:RECALL_AT]
        # By likeness, not by name: halves of a float tell two neighbours apart no finer than this.
        shares.append(sum(row["cosine"] >= nearest[-1] - 1e-3 for row in rows) / len(nearest))
    return Measure("search-scale", f"{name} recall@{RECALL_AT}", float(np.mean(shares)), "", None, len(shares))


def _grown(measures: Sequence[Measure], passages: int) -> Measure:
    p95 = {m.case: m.value for m in measures}
    return Measure(
        "search-scale",
        "100,000 notes, p95 of 10,000's",
        p95["100,000 p95, bare SQL"],
        "ms",
        p95["10,000 p95, bare SQL"],
        passages,
    )


if __name__ == "__main__":
    main(read_options())
