"""Public test collections of retrieval: texts, questions, and which texts answer which question."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RETRIEVAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "retrieval"
ELEMENT = r"<{0}>\s*(.*?)\s*</{0}>"


@dataclass(frozen=True)
class Collection:
    """`texts` by number: (title, text). `judged`: question → number → grade, above 0 where the text is an answer."""

    name: str
    texts: Mapping[str, tuple[str, str]]
    questions: Mapping[str, str]
    judged: Mapping[str, Mapping[str, int]]


def read_collection(name: str) -> Collection:
    """Raises FileNotFoundError where the shared data is not beside the checkout."""
    folder = RETRIEVAL / name
    texts, questions, judged = {"vaswani": _read_vaswani, "cranfield": _read_cranfield}[name](folder)
    return Collection(name, texts, questions, judged)


def _read_vaswani(folder: Path) -> tuple[dict[str, tuple[str, str]], dict[str, str], dict[str, dict[str, int]]]:
    source = (folder / "corpus" / "doc-text.trec").read_text()
    texts = {
        number: ("", _plain(text)) for number, text in re.findall(r"<DOCNO>(\d+)</DOCNO>(.*?)</DOC>", source, re.DOTALL)
    }
    topics = re.findall(r"<num>(\d+)</num><title>(.*?)</title>", (folder / "query-text.trec").read_text(), re.DOTALL)
    return texts, {number: _plain(text).lower() for number, text in topics}, _read_judgements(folder / "qrels")


def _read_cranfield(folder: Path) -> tuple[dict[str, tuple[str, str]], dict[str, str], dict[str, dict[str, int]]]:
    texts = {}
    for entry in re.findall(ELEMENT.format("doc"), (folder / "cran.all.1400.xml").read_text(), re.DOTALL):
        number, title, text = (
            (re.search(ELEMENT.format(part), entry, re.DOTALL) or [""] * 2)[1] for part in ("docno", "title", "text")
        )
        texts[number] = (_plain(title), _plain(text))
    source = (folder / "cran.qry.xml").read_text()
    topics = re.findall(r"<top>.*?<title>(.*?)</title>", source, re.DOTALL)
    # The judgements number the questions by their order in the file, not by the numbers that it gives them.
    questions = {str(place): _plain(text) for place, text in enumerate(topics, 1)}
    return texts, questions, _read_judgements(folder / "cranqrel.trec.txt")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _read_judgements(path: Path) -> dict[str, dict[str, int]]:
    judged: dict[str, dict[str, int]] = {}
    for line in path.read_text().splitlines():
        question, _zero, number, grade = line.split()
        judged.setdefault(question, {})[number] = int(grade)
    return judged


@dataclass(frozen=True)
class Quality:
    """Means over all questions that have an answer, each 0 to 1."""

    ndcg10: float
    recall100: float
    average_precision: float


def measure_quality(collection: Collection, answers: Mapping[str, Sequence[str]]) -> Quality:
    """Of ranked numbers for each question; gains are binary, as both collections are judged."""
    each = []
    for question, grades in collection.judged.items():
        wanted = {number for number, grade in grades.items() if grade > 0}
        if wanted and question in collection.questions:
            each.append(_measure_one(wanted, answers.get(question, ())))
    return Quality(*(sum(column) / len(each) for column in zip(*each, strict=True)))


def _measure_one(wanted: set[str], ranked: Sequence[str]) -> tuple[float, float, float]:
    hits = [number in wanted for number in ranked]
    gain = sum(1 / math.log2(place + 2) for place, hit in enumerate(hits[:10]) if hit)
    best = sum(1 / math.log2(place + 2) for place in range(min(10, len(wanted))))
    precisions = [sum(hits[: place + 1]) / (place + 1) for place, hit in enumerate(hits) if hit]
    return gain / best, sum(hits[:100]) / len(wanted), sum(precisions) / len(wanted)
