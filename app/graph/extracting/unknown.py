"""Names that nobody knows yet, by rules: sequences of capitals, and what stands before, in and behind them.

A rule that is not sure says nothing. What it finds stays hidden until several records say it (app/graph/sightings.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.core.text import fold
from app.graph.extracting.casing import has_ending, is_german_surname
from app.graph.extracting.first_names import COMMON as FIRST_NAMES
from app.graph.extracting.known import KnownNames
from app.graph.extracting.languages import COMMON_WORDS
from app.graph.extracting.mentions import LOCATION, ORGANISATION, PERSON, Mention
from app.graph.extracting.organisations import organisation_at
from app.graph.extracting.reading import Reading, Word
from app.graph.extracting.vocabulary import (
    GERMAN_PLACE_ENDS,
    HONORIFICS,
    HONORIFICS_BEHIND,
    KIN,
    NO_NAMES,
    PARTICLES,
    PERSON_CUES,
    PLACE_BEHIND,
    PLACE_CUES,
    PLACE_STARTS,
    SPEECH,
    SURE_PLACE_CUES,
    WORDS_TOO,
)

LONGEST = 5
_AND = frozenset({"y", "e", "i", "al"})


@dataclass(frozen=True, slots=True)
class Run:
    """Capitalised words that stand together, particles between them included."""

    reading: Reading
    first: int
    last: int

    @property
    def words(self) -> list[Word]:
        return self.reading.words[self.first : self.last + 1]

    @property
    def before(self) -> Word | None:
        word = self.reading.words[self.first]
        return self.reading.words[self.first - 1] if self.first and (not word.begins or word.gap == ". ") else None

    @property
    def after(self) -> Word | None:
        words = self.reading.words
        following = words[self.last + 1] if self.last + 1 < len(words) else None
        return following if following is not None and following.gap in {" ", ", "} else None


def find_unknown(reading: Reading, _known: KnownNames) -> Iterable[Mention]:
    place = 0
    while place < len(reading.words):
        mention, place = _at(reading, place)
        if mention:
            yield mention


def _at(reading: Reading, place: int) -> tuple[Mention | None, int]:
    words = reading.words
    word = words[place]
    if not word.is_capital or (word.begins and word.folded in COMMON_WORDS):
        return None, place + 1
    firm = organisation_at(reading, place)
    if firm:
        return _mention(reading, place, firm[0], ORGANISATION, firm[1]), firm[0] + 1
    if word.folded in HONORIFICS or word.folded in NO_NAMES or (word.is_acronym and len(word.text) < 4):
        return None, place + 1
    if _is_only_first(reading, place):
        return None, place + 1
    for run in _runs(reading, place):
        kind, confidence = _classify(run)
        if kind:
            return _mention(reading, run.first, run.last, kind, confidence), run.last + 1
    return None, place + 1


def _is_only_first(reading: Reading, place: int) -> bool:
    """A word that begins a sentence and stands before somebody's first name is no part of the name."""
    word, following = reading.words[place], reading.words[place + 1 : place + 2]
    return (
        word.begins and word.folded not in FIRST_NAMES and bool(following) and following[0].gap == " "
        and following[0].is_capital and following[0].folded in FIRST_NAMES
    )  # fmt: skip


def _mention(reading: Reading, first: int, last: int, kind: str, confidence: float) -> Mention:
    start, end = reading.words[first].start, reading.words[last].end
    if kind == ORGANISATION and reading.after(end) == "." and reading.before(end, 3)[:1] in " .":
        end += 1
    name = reading.text[start:end]
    return Mention(start, end, kind, name, fold(name), confidence)


def _runs(reading: Reading, place: int) -> Iterator[Run]:
    """From the longest that begins here to the shortest."""
    last = place
    for at in range(place + 1, min(len(reading.words), place + LONGEST)):
        word = reading.words[at]
        if not _holds_on(reading, word, at):
            break
        if word.is_capital:
            last = at
        elif word.folded not in PARTICLES:
            break
    for end in range(last, place - 1, -1):
        if reading.words[end].is_capital:
            yield Run(reading, place, end)


def _holds_on(reading: Reading, word: Word, at: int) -> bool:
    initial = len(reading.words[at - 1].text) == 1 and word.gap == ". "
    if reading.words[at - 1].folded in _AND and word.folded in FIRST_NAMES:
        return False
    if word.gap in {"'", "’"}:
        return word.is_capital
    if (
        (word.is_capital and word.folded in NO_NAMES)
        or word.folded in HONORIFICS_BEHIND
        or (word.folded in HONORIFICS and at > 1)
    ):
        return False
    return word.gap in {" ", "-", "'", "’"} or initial


def _classify(run: Run) -> tuple[str, float]:
    person = _person(run)
    if person:
        return PERSON, person
    place = _place(run)
    return (LOCATION, place) if place else ("", 0)


def _person(run: Run) -> float:
    words, first, language = run.words, run.words[0], run.reading.language
    before, after = run.before, run.after
    if before is not None and before.folded in HONORIFICS and _name_like(run):
        strict = before.folded in KIN
        return 0 if strict and first.folded not in FIRST_NAMES and len(words) == 1 and not before.is_capital else 0.9
    if after is not None and after.folded in HONORIFICS_BEHIND and after.gap == " ":
        return 0.9
    stem = first.folded if first.folded in FIRST_NAMES else _without_s(first, language)
    if stem in FIRST_NAMES:
        return _by_first_name(run, stem)
    return _by_cues(run) if len(words) > 1 else 0


def _without_s(word: Word, language: str) -> str:
    return word.folded.removesuffix("s") if language == "de" and len(word.text) > 4 else word.folded


def _by_first_name(run: Run, first: str) -> float:
    words, language = run.words, run.reading.language
    is_word = first in WORDS_TOO[language]
    if len(words) == 1:
        return 0 if is_word or words[0].is_acronym else 0.7
    if language == "de" and not all(_is_german_name(run, at) for at in range(1, len(words))):
        return 0
    if is_word and words[0].begins and language != "de":
        return 0.55 if not words[-1].is_acronym else 0
    return 0.85


def _is_german_name(run: Run, at: int) -> bool:
    word = run.words[at]
    if not word.is_capital or word.folded in FIRST_NAMES:
        return True
    if run.words[0].folded not in FIRST_NAMES and run.words[0].folded.endswith("s"):
        return False
    return is_german_surname(run.words[0], run.before, word)


def _by_cues(run: Run) -> float:
    """Two capitals with nobody's first name: somebody, where the words around them speak of somebody."""
    words, language = run.words, run.reading.language
    if language == "de" or not 2 <= sum(word.is_capital for word in words) <= 3:
        return 0
    if any(word.is_acronym or word.folded in PLACE_STARTS or word.folded in NO_NAMES for word in words):
        return 0
    before, after = run.before, run.after
    cued = before is not None and before.folded in PERSON_CUES and not words[0].begins
    spoken = after is not None and after.folded in SPEECH and after.gap == " "
    if words[0].begins:
        return 0.6 if spoken and _long(words) else 0
    return 0.65 if cued or spoken else 0


def _long(words: list[Word]) -> bool:
    return all(len(word.text) > 3 for word in words)


def _name_like(run: Run) -> bool:
    return not any(word.folded in NO_NAMES for word in run.words) and (
        run.reading.language != "de"
        or len(run.words) == 1
        or all(_is_german_name(run, at) for at in range(1, len(run.words)))
    )


def _place(run: Run) -> float:
    words, language, before = run.words, run.reading.language, run.before
    if any(word.is_acronym or word.folded in NO_NAMES for word in words):
        return 0
    end = words[-1].end
    if language == "tr" and run.after is not None and run.after.folded in PLACE_BEHIND:
        return 0.65
    if language == "tr":
        return 0.65 if has_ending(run.reading, end) and _is_local(run.reading.after(end, 5)) else 0
    if before is None or before.folded not in PLACE_CUES[language] or words[0].gap != " ":
        return 0
    if language == "de":
        return 0.65 if len(words) == 1 and words[0].text.endswith(GERMAN_PLACE_ENDS) else 0
    if len(words) > 1 and words[0].folded in PLACE_STARTS:
        return 0.7
    near = before.folded == "de" and run.first > 1 and run.reading.words[run.first - 2].folded == "cerca"
    return 0.65 if len(words) <= 3 and (near or before.folded in SURE_PLACE_CUES | {"to", "en", "a"}) else 0


def _is_local(ending: str) -> bool:
    return ending[1:3] in {"da", "de", "ta", "te"} or ending[1:4] in {"dan", "den", "tan", "ten"}
