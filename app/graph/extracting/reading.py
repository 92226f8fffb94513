"""A text as the extractors read it: its words with their places, without code, links and addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from app.core.prose import only_prose, without_code
from app.core.text import LETTER, fold
from app.graph.extracting.languages import tell_language

if TYPE_CHECKING:
    from app.graph.extracting.told import ToldName

LONGEST = 200_000
# Scripts that put no blank between words: there each sign is a word.
_UNSPACED = r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
UNSPACED_SIGN = re.compile(_UNSPACED)
_WORD = re.compile(rf"{_UNSPACED}|(?:(?!{_UNSPACED}|\0){LETTER})+|&")
_SENTENCE_ENDS = re.compile(r"[.!?…:]|\n|[\"“”„»«¿¡(|>]|^|(?<=\s)[-*+–—](?=\s)|\[[ xX]\]|^\s*\d+[.)]", re.MULTILINE)
_ABBREVIATED = re.compile(r"(?:\b(?:Dr|Prof|Mr|Mrs|Ms|Sr|Sra|Dra|St|Hr|Fr|Mme|Mlle|Av)|\b[A-ZÄÖÜ])\.$")
folded_word = lru_cache(20_000)(fold)


@dataclass(frozen=True, slots=True)
class Word:
    start: int
    end: int
    text: str
    folded: str
    gap: str
    """What stands between it and the word before."""
    begins: bool
    """Whether a sentence, a line, a quotation begins with it, so that its capital says nothing."""

    @property
    def is_capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_acronym(self) -> bool:
        return len(self.text) > 1 and self.text.isupper()


@dataclass(frozen=True)
class Reading:
    """`told` is what a language model said of it, asleep."""

    text: str
    told: tuple[ToldName, ...] = ()

    @cached_property
    def without_code(self) -> str:
        return without_code(self.text[:LONGEST])

    @cached_property
    def prose(self) -> str:
        return only_prose(self.without_code)

    @cached_property
    def words(self) -> list[Word]:
        words: list[Word] = []
        before = 0
        for match in _WORD.finditer(self.prose):
            gap = self.prose[before : match.start()]
            words.append(Word(*match.span(), match[0], folded_word(match[0]), gap, self._begins(gap, before)))
            before = match.end()
        return words

    def _begins(self, gap: str, before: int) -> bool:
        if before == 0:
            return True
        if gap == " " or not _SENTENCE_ENDS.search(gap):
            return False
        only_a_stop = gap.strip() == "." and gap.endswith(" ")
        return not (only_a_stop and _ABBREVIATED.search(self.prose, max(0, before - 12), before + 1))

    @cached_property
    def folded_words(self) -> list[str]:
        return [word.folded for word in self.words]

    @cached_property
    def language(self) -> str:
        return tell_language((word.folded for word in self.words[:400]), self.prose[:2500])

    def after(self, place: int, length: int = 1) -> str:
        return self.prose[place : place + length]

    def before(self, place: int, length: int = 1) -> str:
        return self.prose[max(0, place - length) : place]
