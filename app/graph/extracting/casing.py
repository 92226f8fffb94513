"""Whether words that could be a name are written as one, by their capitals and by what stands around them."""

from __future__ import annotations

import re

from app.graph.extracting.first_names import COMMON as FIRST_NAMES
from app.graph.extracting.mentions import LOCATION, PERSON, TOPIC
from app.graph.extracting.reading import Reading, Word
from app.graph.extracting.vocabulary import (
    GERMAN_BEFORE_NAMES,
    GERMAN_NOUN_ENDS,
    GERMAN_NOUNS,
    HONORIFICS,
    NO_NAMES,
    SPEECH,
    SURNAME_ENDS,
    WORDS_TOO,
    words_of,
)

_ENDING = re.compile(r"['’](?:[^\W\d_]{1,6})(?![^\W\d_])")
_AND = frozenset({"and", "und", "y", "e", "ve", "et", "ile", "&"})
_BEFORE_NOUNS = words_of(
    "der die das den dem des ein eine einen einem einer kein keine im am zum zur vom beim ins ans the a an this that "
    "el la los las un una al del le les du au"
)


def has_ending(reading: Reading, end: int) -> bool:
    """`'s`, `'nin`: an ending behind an apostrophe, which in Turkish only names have."""
    return bool(_ENDING.match(reading.prose, end))


def is_written_as_name(reading: Reading, first: int, last: int, kind: str, name: str) -> bool:
    words = reading.words[first : last + 1]
    if kind == TOPIC or not any(sign.isupper() for sign in name):
        return True
    if kind == PERSON:
        return _is_person(reading, first, words)
    if words[0].is_capital:
        return not (len(words) == 1 and _is_noun(reading, first))
    # A place or a single word must be written as a name; a longer name of a firm is known in lower case too.
    return has_ending(reading, words[-1].end) or (kind != LOCATION and len(words) > 1)


def _is_noun(reading: Reading, first: int) -> bool:
    """German writes every noun so, and only the article tells the bird from the plan that is called after it."""
    before = reading.words[first - 1] if first else None
    return reading.language == "de" and before is not None and before.folded in {"ein", "eine", "einen", "einem"}


def _is_person(reading: Reading, first: int, words: list[Word]) -> bool:
    if len(words) > 1:
        return words[0].is_capital or not all(word.folded in _words_too(reading) for word in words)
    word, before = words[0], reading.words[first - 1] if first else None
    if before is not None and before.folded in HONORIFICS:
        return True
    stem = word.folded.removesuffix("s")
    if word.folded in _words_too(reading) or (reading.language == "de" and stem in _words_too(reading)):
        return _is_name_for_all_that(reading, first, word)
    return word.is_capital or len(word.text) > 2


def _is_name_for_all_that(reading: Reading, first: int, word: Word) -> bool:
    """A word of the language that is somebody's name too."""
    if not word.is_capital or reading.language == "de":
        return False
    if has_ending(reading, word.end):
        return True
    if word.begins:
        following = reading.words[first + 1 : first + 3]
        return len(following) == 2 and following[0].folded in _AND and following[1].is_capital
    return reading.words[first - 1].folded not in _BEFORE_NOUNS


def _words_too(reading: Reading) -> frozenset[str]:
    return WORDS_TOO[reading.language]


def name_goes_on(reading: Reading, first: int, last: int) -> bool:
    """Whether a single name is a piece of a longer one: "Tom Baker" is not the Tom that one knows."""
    word, before = reading.words[first], reading.words[first - 1] if first else None
    following = reading.words[last + 1] if last + 1 < len(reading.words) else None
    if following is not None and following.gap == " " and _is_surname(reading, word, before, following):
        return True
    if before is None or word.gap != " " or not before.is_capital or not word.is_capital:
        return False
    return before.folded in FIRST_NAMES and before.folded not in WORDS_TOO[reading.language]


def _is_surname(reading: Reading, word: Word, before: Word | None, following: Word) -> bool:
    if not following.is_capital or following.is_acronym or following.folded in NO_NAMES or following.folded in SPEECH:
        return False
    return reading.language != "de" or is_german_surname(word, before, following)


def is_german_surname(word: Word, before: Word | None, following: Word) -> bool:
    """A noun may follow a first name in German ("hat Ana Suppe gekocht"), but seldom one that begins a sentence, where
    the verb must follow, or that hangs on a preposition. Elsewhere the word itself must look like a family's name."""
    low = following.text.lower()
    if following.folded in GERMAN_NOUNS or low.endswith(GERMAN_NOUN_ENDS):
        return False
    if word.begins or before is None or before.folded in GERMAN_BEFORE_NAMES or before.folded in HONORIFICS:
        return True
    return low.endswith(SURNAME_ENDS) or low.removesuffix("s").endswith(SURNAME_ENDS)
