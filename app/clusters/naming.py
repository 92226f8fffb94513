"""What a cluster is called until a person calls it something: the words that tell it from everything else.

Class-based TF-IDF over titles and beginnings, as people wrote them: the search's own index knows stems and folded words
only, which nobody would write on a door.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.core.text import LETTER, fold

WORD = re.compile(rf"(?:{LETTER}){{3,40}}")
MOST_WORDS = 6
# A word that one record alone holds says nothing of a cluster, and might say too much of the record.
LEAST_RECORDS = 3
# How often a word stands in records at large, before any is counted: nothing is unheard of.
UNSEEN = 0.5


@dataclass(slots=True)
class Counted:
    """In how many texts each word stands, and how it is spelled there."""

    texts: int = 0
    records: Counter[str] = field(default_factory=Counter)
    spelled: dict[str, Counter[str]] = field(default_factory=dict)


def count_words(texts: Iterable[str], *, spells: bool = False) -> Counted:
    counted = Counted()
    for text in texts:
        counted.texts += 1
        there: dict[str, str] = {}
        for word in WORD.findall(text):
            there.setdefault(fold(word), word)
        counted.records.update(there.keys())
        for key, word in there.items() if spells else ():
            counted.spelled.setdefault(key, Counter())[word] += 1
    return counted


def choose_words(texts: Sequence[str], among: Counted) -> list[str]:
    """The most distinctive first: much more common in these texts than `among` all, and common enough to name them."""
    own = count_words(texts, spells=True)
    if not own.texts or not among.texts:
        return []
    weights = {
        key: (held / own.texts) * math.log((held / own.texts) / _share(among, key))
        for key, held in own.records.items()
        if held >= LEAST_RECORDS and not key.isdecimal()
    }
    best = sorted(
        ((weight, key) for key, weight in weights.items() if weight > 0.02), key=lambda one: (-one[0], one[1])
    )
    return [_spelling(own.spelled[key]) for _weight, key in best[:MOST_WORDS]]


def _share(among: Counted, key: str) -> float:
    return (among.records[key] + UNSEEN) / (among.texts + UNSEEN)


def _spelling(spelled: Counter[str]) -> str:
    """As it is written most; of two that are even the one in small letters, since the other began a sentence."""
    return max(spelled.items(), key=lambda one: (one[1], one[0].islower(), one[0]))[0]
