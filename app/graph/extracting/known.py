"""Mentions of those whom the user knows, by an automaton over words.

Its states are words and not signs: whether a name stands at a place costs one look-up for each word of the text,
however many names there are, and a name inside a word is never met at all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.core.text import fold
from app.graph.extracting.casing import is_written_as_name, name_goes_on
from app.graph.extracting.mentions import PERSON, TOPIC, Mention
from app.graph.extracting.reading import Reading, Word
from app.graph.extracting.vocabulary import HONORIFICS

EXACT, SHORT, GUESSED = 1.0, 0.8, 0.35
"""By a name that stands written; by a first or a last name alone; by a name that several bear."""
LONGEST_NAME = 12
SHORTEST_GIVEN = 3
_PART = re.compile(r"[^\W_]+|&")
_WITHIN = re.compile(r"[ \t\u00a0]{0,2}[-'’.&+,]?[ \t\u00a0]{0,2}|")
ADDRESSES = ("email", "phone", "handle")


@dataclass(frozen=True, slots=True)
class KnownName:
    record_id: UUID
    type: str
    name: str
    folded: str
    origin: str = "title"


@dataclass(slots=True)
class _State:
    following: dict[str, _State] = field(default_factory=dict)
    bearers: list[tuple[KnownName, float]] = field(default_factory=list)


@dataclass
class KnownNames:
    """Names to look for; `family` says which records are one by now."""

    names: Sequence[KnownName]
    addresses: dict[str, list[KnownName]] = field(init=False)
    surnames: dict[str, list[KnownName]] = field(init=False)
    _start: _State = field(init=False, default_factory=_State)

    def __post_init__(self) -> None:
        self.addresses, self.surnames = defaultdict(list), defaultdict(list)
        for name in self.names:
            if name.origin in ADDRESSES:
                self.addresses[address_key(name.folded, name.origin)].append(name)
            else:
                self._learn(name)

    def _learn(self, name: KnownName) -> None:
        parts = name_parts(name.name)
        self._add(parts, name, EXACT)
        if name.type == PERSON and len(parts) > 1:
            self.surnames[parts[-1]].append(name)
            if len(parts[0]) >= SHORTEST_GIVEN and name.origin == "title":
                self._add(parts[:1], name, SHORT)

    def _add(self, parts: Sequence[str], name: KnownName, confidence: float) -> None:
        state = self._start
        for part in parts[:LONGEST_NAME]:
            state = state.following.setdefault(part, _State())
        if parts and parts != ["&"]:
            state.bearers.append((name, confidence))

    def bearers(self, name: str) -> list[KnownName]:
        """Who is called exactly so."""
        state: _State | None = self._start
        for part in name_parts(name)[:LONGEST_NAME]:
            state = state.following.get(part) if state else None
        return [bearer for bearer, sure in state.bearers if sure == EXACT] if state else []

    def longest_at(self, words: Sequence[Word], place: int, *, genitive: bool) -> Iterator[_Found]:
        """The names that begin at this word, the longest first."""
        found: list[_Found] = []
        state = self._start
        for at in range(place, min(len(words), place + LONGEST_NAME)):
            word = words[at]
            if at > place and not _WITHIN.fullmatch(word.gap):
                break
            if genitive and len(word.text) > 3 and word.text.endswith("s") and word.is_capital:
                ended = state.following.get(word.folded[:-1])
                if ended and ended.bearers:
                    found.append(_Found(place, at, tuple(ended.bearers), has_ending=True))
            following = state.following.get(word.folded)
            if following is None:
                break
            state = following
            if state.bearers:
                found.append(_Found(place, at, tuple(state.bearers)))
        return reversed(found)


@dataclass(frozen=True, slots=True)
class _Found:
    first: int
    last: int
    bearers: tuple[tuple[KnownName, float], ...]
    has_ending: bool = False


def name_parts(name: str) -> list[str]:
    return Reading(name).folded_words or _PART.findall(fold(name))


def address_key(text: str, origin: str) -> str:
    """One form for each address, however it was written: digits of a phone number, an e-mail or a handle folded."""
    return re.sub(r"\D", "", text).lstrip("0") if origin == "phone" else fold(text).lstrip("@")


def find_known(reading: Reading, known: KnownNames) -> Iterable[Mention]:
    """Every mention, those of several bearers too; of "Ana" and "Ana García" at one place the longer one."""
    found = list(_places(reading, known))
    return _decide(found)


def _places(reading: Reading, known: KnownNames) -> Iterator[Mention]:
    words, place = reading.words, 0
    while place < len(words):
        mention, after = _known_at(reading, known, place)
        if mention:
            yield mention
        place = max(after, place + 1)


def _known_at(reading: Reading, known: KnownNames, place: int) -> tuple[Mention | None, int]:
    words = reading.words
    if _is_inside(reading, words[place].start):
        return None, place + 1
    for found in known.longest_at(words, place, genitive=reading.language == "de"):
        if _ends_inside(reading, words[found.last].end):
            continue
        bearers = _fitting(reading, found)
        if bearers:
            return _mention(reading, found.first, found.last, bearers), found.last + 1
    if _is_family(reading, known, place):
        return _mention(
            reading, place, place, [(name, SHORT) for name in known.surnames[words[place].folded]]
        ), place + 1
    return None, place + 1


def _is_family(reading: Reading, known: KnownNames, place: int) -> bool:
    """Behind a title, the last name alone says who is meant."""
    words = reading.words
    titled = place > 0 and words[place - 1].folded in HONORIFICS and words[place].folded in known.surnames
    return titled and words[place].is_capital and not name_goes_on(reading, place, place)


def _fitting(reading: Reading, found: _Found) -> list[tuple[KnownName, float]]:
    fitting = []
    for name, confidence in found.bearers:
        parts = found.last - found.first + 1
        if not is_written_as_name(reading, found.first, found.last, name.type, name.name):
            continue
        if (
            parts == 1
            and name.type == PERSON
            and not found.has_ending
            and name_goes_on(reading, found.first, found.last)
        ):
            continue
        fitting.append((name, confidence if reading.words[found.first].is_capital else confidence * 0.9))
    return fitting


def _mention(reading: Reading, first: int, last: int, bearers: Sequence[tuple[KnownName, float]]) -> Mention:
    start, end = reading.words[first].start, reading.words[last].end
    best: dict[UUID, tuple[KnownName, float]] = {}
    for name, confidence in bearers:
        if name.record_id not in best or best[name.record_id][1] < confidence:
            best[name.record_id] = (name, confidence)
    targets = tuple(sorted(best))
    name, confidence = max(best.values(), key=lambda one: one[1])
    sure = confidence if len(targets) == 1 else GUESSED
    sure = sure * 0.6 if name.type == TOPIC and last == first else sure
    # By what it is called there, which is what a rejection is remembered by.
    written = " ".join(word.folded for word in reading.words[first : last + 1])
    return Mention(start, end, name.type, reading.text[start:end], written, sure, targets)


def _decide(found: Sequence[Mention]) -> Iterator[Mention]:
    """A short name that several bear means the one whose whole name stands in the same text, where that is one."""
    whole = {mention.targets[0] for mention in found if len(mention.targets) == 1 and mention.confidence > SHORT}
    for mention in found:
        meant = [target for target in mention.targets if target in whole]
        if mention.is_ambiguous and len(meant) == 1:
            yield Mention(
                mention.start, mention.end, mention.type, mention.name, mention.folded, SHORT * 0.9, (meant[0],)
            )
        else:
            yield mention


def _is_inside(reading: Reading, start: int) -> bool:
    """Behind a hyphen, a stroke or a point that hangs on a word, it is a part of something longer."""
    before = reading.before(start, 2)
    if len(before) < 2 or before[1] not in "-_/\\.@'’":
        return bool(before) and before[-1] in "@_"
    if before[1] in "'’":
        return before[0].isalnum() and before[0] not in "dlDLnN"
    return before[0].isalnum()


def _ends_inside(reading: Reading, end: int) -> bool:
    after = reading.after(end, 2)
    return len(after) == 2 and after[0] in "-_/\\@." and after[1].isalnum()
