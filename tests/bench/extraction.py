"""How right the extraction is: precision and recall on sentences that were marked before there was a rule, and, apart
from them (`held out`), on sentences that no rule was tuned on.

A known name counts where it begins at the mark and is bound to whom the mark says, one of several where it is left
undecided among just those. An unknown one counts where class and place agree, up to one letter of an ending.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid5

from app.core.text import fold
from app.graph.extracting import KnownNames, Reading, extract
from app.graph.extracting.known import KnownName
from app.graph.extracting.mentions import DATE, DOMAIN, LOCATION, ORGANISATION, PERSON, Mention
from tests.bench.report import Measure, read_options, tell

FOLDER = Path(__file__).parent / "extract"
HELD_OUT = FOLDER / "held_out"
LANGUAGES = ("en", "de", "es", "tr")
_MARK = re.compile(r"\{(?P<sign>[=?]?)(?P<key>[\w,]+) (?P<words>[^{}]+)\}")
_CLASSES = {"P": PERSON, "O": ORGANISATION, "L": LOCATION, "D": DATE, "W": DOMAIN}
KNOWN, AMBIGUOUS = "known name", "ambiguous name"
CASES = {
    KNOWN: KNOWN, AMBIGUOUS: AMBIGUOUS, PERSON: "unknown person", ORGANISATION: "unknown organisation",
    LOCATION: "unknown place", DATE: "date", DOMAIN: "domain",
}  # fmt: skip


@dataclass(frozen=True)
class Mark:
    start: int
    end: int
    case: str
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sentence:
    language: str
    text: str
    marks: tuple[Mark, ...]


def read_sentences(language: str, folder: Path = FOLDER) -> Iterator[Sentence]:
    for line in (folder / f"{language}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            yield _sentence(language, line.replace("⏎", "\n"))


def _sentence(language: str, line: str) -> Sentence:
    text, marks, before = "", [], 0
    for mark in _MARK.finditer(line):
        text += line[before : mark.start()]
        case = {"=": KNOWN, "?": AMBIGUOUS}.get(mark["sign"]) or _CLASSES[mark["key"]]
        keys = frozenset(mark["key"].split(",")) if mark["sign"] else frozenset()
        marks.append(Mark(len(text), len(text) + len(mark["words"]), case, keys))
        text, before = text + mark["words"], mark.end()
    return Sentence(language, text + line[before:], tuple(marks))


def read_known(folder: Path = FOLDER) -> tuple[KnownNames, dict[UUID, str]]:
    names, keys = [], {}
    for line in (folder / "known.txt").read_text("utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        key, kind, name, others = (part.strip() for part in line.split("|"))
        record_id = uuid5(UUID(int=0), key)
        keys[record_id] = key
        names.append(KnownName(record_id, kind, name, fold(name)))
        for other in filter(None, others.split(";")):
            origin, _, called = other.strip().partition(":")
            names.append(KnownName(record_id, kind, called, fold(called), origin))
    return KnownNames(names), keys


def judge(sentence: Sentence, found: list[Mark], text: str) -> Iterator[tuple[str, str]]:
    """(case, right | wrong | missed) of everything that was marked or found."""
    left = list(sentence.marks)
    for mark in found:
        match = next((one for one in left if _agrees(one, mark, text)), None)
        if match:
            left.remove(match)
        yield mark.case, "right" if match else "wrong"
    for one in left:
        yield one.case, "missed"


def _agrees(marked: Mark, found: Mark, text: str) -> bool:
    if (marked.start, marked.case, marked.keys) != (found.start, found.case, found.keys):
        return False
    longer = text[min(marked.end, found.end) : max(marked.end, found.end)]
    return longer in {"", "s", "."}


def as_mark(mention: Mention, keys: dict[UUID, str]) -> Mark:
    case = mention.type if not mention.targets else AMBIGUOUS if mention.is_ambiguous else KNOWN
    return Mark(mention.start, mention.end, case, frozenset(keys[target] for target in mention.targets))


def count(
    languages: tuple[str, ...] = LANGUAGES, *, folder: Path = FOLDER, verbose: bool = False
) -> Counter[tuple[str, str]]:
    known, keys = read_known(folder)
    counted: Counter[tuple[str, str]] = Counter()
    for sentence in (one for language in languages for one in read_sentences(language, folder)):
        found = [as_mark(mention, keys) for mention in extract(Reading(sentence.text), known)]
        verdicts = list(judge(sentence, found, sentence.text))
        counted.update(verdicts)
        if verbose and any(verdict != "right" for _, verdict in verdicts):
            shown = [(m.case, sentence.text[m.start : m.end], *sorted(m.keys)) for m in found]
            wrong = [f"{case} {verdict}" for case, verdict in verdicts if verdict != "right"]
            print(sentence.language, Reading(sentence.text).language, sentence.text, "\n   ", wrong, shown)
    return counted


def measure(folder: Path = FOLDER, told: str = "") -> list[Measure]:
    counted = count(folder=folder)
    sentences = sum(1 for language in LANGUAGES for _ in read_sentences(language, folder))
    measures = [Measure("extract", f"{told}sentences", sentences, "", None, sentences)]
    for case, label in CASES.items():
        right, wrong, missed = (counted[case, verdict] for verdict in ("right", "wrong", "missed"))
        marked = right + missed
        precision, recall = right / max(1, right + wrong), right / max(1, marked)
        measures.append(Measure("extract", f"{told}{label} precision", precision, "", None, marked))
        measures.append(Measure("extract", f"{told}{label} recall", recall, "", None, marked))
    return measures


if __name__ == "__main__":
    tell([*measure(), *measure(HELD_OUT, "held out: ")], read_options())
