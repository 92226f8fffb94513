"""`bench search --collection NAME`: how well questions find their answers, and how fast, on a public test collection.

The collection comes in by the normal import into a fresh account, and every question is asked through the function
that the page uses. Beside it, in the same run: bm25s as others run it (S-stemmer, k1 0.9, b 0.4, no stop words).
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
import time
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import bm25s

from app.core.database import Database
from app.embedded.instance import find_running, with_urls
from app.kinds import KINDS
from app.ports.embedding import Embedder, make_embedder
from app.ports.models import Models, Question
from app.search.calibrating import PAIRS
from app.search.counting import attend_words
from app.search.finding import find
from app.settings import Settings
from tests.bench.collections import Collection, measure_quality, read_collection
from tests.bench.report import Measure, Options, tell
from tests.house import House

AT_MOST = 200
LANGUAGE = "english"
QUICK_TEXTS = 60


@dataclass(frozen=True)
class Ours:
    """The collection as one person's notes; `numbers` by note."""

    web: Database
    worker: Database
    user_id: UUID
    numbers: Mapping[UUID, str]


def main(options: Options, name: str) -> None:
    collection = read_collection(name)
    if options.quick:
        collection = shorten(collection)
    with tempfile.TemporaryDirectory(prefix="hearth-bench-") as folder:
        Path(folder).chmod(0o755)
        provider = "fake" if options.quick else "minilm"
        house = House(Path(folder) / "data", HEARTH_EMBEDDING=provider).start()
        try:
            house.add_person()
            house.run("import", str(pack(collection, Path(folder))))
            house.run("drain", "--timeout", "3600", seconds=3700)
            tell(asyncio.run(_measure(house, collection, make_embedder(provider))), options)
        finally:
            house.stop()


def shorten(collection: Collection) -> Collection:
    """A few questions with their answers among a few other texts: shows that it runs."""
    questions = dict(list(collection.questions.items())[:5])
    wanted = {number for question in questions for number in collection.judged.get(question, {})}
    others = list(collection.texts)[:QUICK_TEXTS]
    texts = {number: collection.texts[number] for number in (*wanted, *others) if number in collection.texts}
    judged = {question: collection.judged.get(question, {}) for question in questions}
    return Collection(collection.name, texts, questions, judged)


def pack(collection: Collection, folder: Path) -> Path:
    path = folder / "collection.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (title, text) in collection.texts.items():
            archive.writestr(f"{number}.md", f"# {title}\n\n{text}\n" if title else f"{text}\n")
    return path


async def _measure(house: House, collection: Collection, embedder: Embedder | None) -> list[Measure]:
    assert embedder
    settings = Settings(data_dir=house.data_dir)
    running = find_running(settings)
    assert running
    settings = with_urls(settings, running["database_url"], running["redis_url"])
    assert settings.app_database_url and settings.worker_database_url
    web, worker = Database(settings.app_database_url), Database(settings.worker_database_url)
    ours = await _open(web, worker)
    async with web.reading(ours.user_id) as connection:
        model = await Models(embedder).answering(connection)
    assert model
    question = lambda q: Question(model.id, model.embedder.embed_query(q))  # noqa: E731
    answers, outside_times = ask_outside(collection)
    measures = _tell(collection, "bm25s", answers, outside_times)
    for language in ("simple", LANGUAGE):
        await _choose_language(ours, language)
        words = lambda q: _ask(ours, q, None)  # noqa: E731
        measures += await _ask_all(collection, f"words, {language}", words)
        fused = lambda q: _ask(ours, q, question(q))  # noqa: E731
        measures += await _ask_all(collection, f"fused, {language}", fused)
    meaning = lambda q: _ask(ours, q, question(q), by_words=False)  # noqa: E731
    measures += await _ask_all(collection, "meaning", meaning)
    measures += [await _ask_strangers(collection, "words", words), await _ask_strangers(collection, "fused", fused)]
    await web.close()
    await worker.close()
    return measures


async def _open(web: Database, worker: Database) -> Ours:
    async with web.anonymous() as connection:
        user_id = (await connection.fetchrow("select user_id from gate_find_sign_in('ana@example.org')"))[0]
    async with web.reading(user_id) as connection:
        rows: Sequence[asyncpg.Record] = await connection.fetch("select id, source_id from notes")
    return Ours(web, worker, user_id, {row[0]: Path(row[1]).stem for row in rows})


async def _choose_language(ours: Ours, language: str) -> None:
    async with ours.web.reading(ours.user_id) as connection:
        await connection.execute("update users set search_language = $1, search_stems = $1", language)
    await attend_words(ours.worker)


async def _ask(ours: Ours, q: str, question: Question | None, *, by_words: bool = True) -> list[str]:
    async with ours.web.reading(ours.user_id) as connection:
        # A question of a collection is no query of ours: its signs would be filters and exclusions.
        asked = re.sub(r"[\"“”„:]|(?<!\S)-", " ", q) + " "
        now = datetime.now(UTC)
        answer = await find(connection, asked, KINDS, now, "UTC", question, AT_MOST, by_words=by_words)
    return [ours.numbers[row["id"]] for row in answer.rows if row["id"] in ours.numbers]


async def _ask_all(collection: Collection, case: str, ask: Callable[[str], Awaitable[list[str]]]) -> list[Measure]:
    answers, times = {}, []
    for question, text in collection.questions.items():
        began = time.perf_counter()
        answers[question] = await ask(text)
        times.append(time.perf_counter() - began)
    return _tell(collection, case, answers, times)


async def _ask_strangers(collection: Collection, case: str, ask: Callable[[str], Awaitable[list[str]]]) -> Measure:
    """How many of a few everyday questions find what they should here: nothing."""
    silent = [not await ask(question) for question, _answer in PAIRS]
    name = f"{collection.name}, {case}: everyday questions left unanswered"
    return Measure("search", name, sum(silent) / len(silent), "0 to 1", None, len(silent))


def ask_outside(collection: Collection) -> tuple[dict[str, list[str]], list[float]]:
    numbers = list(collection.texts)
    index = bm25s.BM25(k1=0.9, b=0.4)
    index.index([stem_all(f"{title} {text}") for title, text in collection.texts.values()], show_progress=False)
    answers, times = {}, []
    for question, text in collection.questions.items():
        began = time.perf_counter()
        places, _scores = index.retrieve([stem_all(text)], k=min(AT_MOST, len(numbers)), show_progress=False)
        answers[question] = [numbers[place] for place in places[0]]
        times.append(time.perf_counter() - began)
    return answers, times


def stem_all(text: str) -> list[str]:
    return [stem(word) for word in re.findall(r"[a-z0-9]+", text.lower())]


def stem(word: str) -> str:
    """Harman's S-stemmer (1991): three rules for English plurals."""
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def _tell(
    collection: Collection, case: str, answers: Mapping[str, Sequence[str]], times: Sequence[float]
) -> list[Measure]:
    quality = measure_quality(collection, answers)
    ordered, count = sorted(times), len(times)
    figures = {
        "nDCG@10": (quality.ndcg10, "0 to 1"), "R@100": (quality.recall100, "0 to 1"),
        "MAP": (quality.average_precision, "0 to 1"), "p50": (ordered[count // 2] * 1000, "ms"),
        "p95": (ordered[int(count * 0.95)] * 1000, "ms"),
    }  # fmt: skip
    return [
        Measure("search", f"{collection.name}, {case}: {name}", value, unit, None, count)
        for name, (value, unit) in figures.items()
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--collection", default="cranfield", choices=("cranfield", "vaswani"))
    given = parser.parse_args()
    main(Options(given.json, given.quick), given.collection)
