"""What is kept of a model's sentences: those that name a record that it was given, and say nothing that is not there.

No rule can tell whether a sentence is true. These take away what is plainly not from the records: a source that is
none, a number that nobody wrote, a sentence without one word of what it names, an address, markup.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

from app.core.text import fold
from app.privacy.sending import Given

MOST_SENTENCES, SHORTEST, LONGEST = 5, 10, 400
# Where a label is written into the sentence as well, the link beside it says it already.
_LABELS = re.compile(r"\s*[\[(]\s*R\d+(?:\s*(?:,|and|und)\s*R\d+)*\s*[\])]")
_LABEL = re.compile(r"\bR\d+\b")
_ODD = re.compile(
    r"[<>`{}|\\]|\]\(|https?:|www\.|\bjavascript:|[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]{3,}")
# They stand in any two texts.
_SMALL_WORDS = """
and are but can for from had has have her him his its not one our out she that the their them then there these they this
was were what when with you your aber als auch auf aus bei bin bist das dass dein deine dem den der des die dir doch ein
eine einem einen einer eines für hast hat hier ich ihr ist mit nach nicht noch nur oder sich sie sind und uns von vor
war was wie wir wird zum zur über"""
_COMMON = frozenset(_SMALL_WORDS.split())


class Said(msgspec.Struct):
    """One sentence, and the labels of the records that it is from."""

    text: str
    cites: list[str]


class Saying(msgspec.Struct):
    """The shape that a model is asked for."""

    sentences: list[Said]


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    cites: tuple[UUID, ...]


def keep_cited(saying: Saying, given: Mapping[str, Given], noticed: str) -> list[Sentence]:
    """In their order, at most five; `noticed` is what the house said itself, whose numbers may be said as well."""
    kept: list[Sentence] = []
    for said in saying.sentences:
        sources = [given[label.strip()] for label in said.cites if label.strip() in given]
        text = " ".join(_LABELS.sub("", said.text).split())
        is_cited = bool(sources) and len(sources) == len(said.cites) and all(source.words for source in sources)
        if is_cited and _is_plain(said.text) and _LABEL.search(text) is None and _is_from(text, sources, noticed):
            kept.append(Sentence(text, tuple(dict.fromkeys(source.record_id for source in sources))))
    return kept[:MOST_SENTENCES]


def _is_plain(text: str) -> bool:
    return SHORTEST <= len(text.strip()) <= LONGEST and _ODD.search(text.strip()) is None


def _is_from(text: str, sources: Sequence[Given], noticed: str) -> bool:
    there = "\n".join(source.words for source in sources)
    numbers = set(_NUMBER.findall(there)) | set(_NUMBER.findall(noticed))
    return set(_NUMBER.findall(text)) <= numbers and bool(_words(text) & _words(there))


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(fold(text)) if word not in _COMMON}
