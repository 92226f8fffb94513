"""How right the extraction is: precision and recall on sentences that were marked before there was a rule.

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


def read_sentences(language: str) -> Iterator[Sentence]:
    for line in (FOLDER / f"{language}.txt").read_text("utf-8").splitlines():
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


def read_known() -> tuple[KnownNames, dict[UUID, str]]:
    names, keys = [], {}
    for line in (FOLDER / "known.txt").read_text("utf-8").splitlines():
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


def count(languages: tuple[str, ...] = LANGUAGES, *, verbose: bool = False) -> Counter[tuple[str, str]]:
    known, keys = read_known()
    counted: Counter[tuple[str, str]] = Counter()
    for sentence in (one for language in languages for one in read_sentences(language)):
        found = [as_mark(mention, keys) for mention in extract(Reading(sentence.text), known)]
        verdicts = list(judge(sentence, found, sentence.text))
        counted.update(verdicts)
        if verbose and any(verdict != "right" for _, verdict in verdicts):
            shown = [(m.case, sentence.text[m.start : m.end], *sorted(m.keys)) for m in found]
            wrong = [f"{case} {verdict}" for case, verdict in verdicts if verdict != "right"]
            print(sentence.language, Reading(sentence.text).language, sentence.text, "\n   ", wrong, shown)
    return counted


def measure() -> list[Measure]:
    counted = count()
    measures = [Measure("extract", "sentences", len(_all()), "", None, len(_all()))]
    for case, label in CASES.items():
        right, wrong, missed = (counted[case, verdict] for verdict in ("right", "wrong", "missed"))
        marked = right + missed
        measures.append(Measure("extract", f"{label} precision", right / max(1, right + wrong), "", None, marked))
        measures.append(Measure("extract", f"{label} recall", right / max(1, marked), "", None, marked))
    return measures


def _all() -> list[Sentence]:
    return [sentence for language in LANGUAGES for sentence in read_sentences(language)]


if __name__ == "__main__":
    tell(measure(), read_options())
