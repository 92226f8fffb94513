"""What a language model said that a text names: taken where the text says it and no surer extractor says more."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.text import fold
from app.graph.extracting.known import GUESSED, KnownNames
from app.graph.extracting.mentions import Mention
from app.graph.extracting.reading import UNSPACED_SIGN, Reading

TOLD = 0.7


@dataclass(frozen=True, slots=True)
class ToldName:
    """As it stands in the text; `by` is the model."""

    name: str
    type: str
    by: str


def find_told(reading: Reading, known: KnownNames) -> Iterable[Mention]:
    for told in reading.told:
        bearers = known.bearers(told.name)
        targets = tuple(sorted({bearer.record_id for bearer in bearers}))
        kind, sure = (bearers[0].type, TOLD if len(targets) == 1 else GUESSED) if bearers else (told.type, TOLD)
        for start, end in find_places(reading, told.name):
            yield Mention(start, end, kind, told.name, fold(told.name), sure, targets, told.by)


def find_places(reading: Reading, name: str) -> Iterable[tuple[int, int]]:
    """Where the text says it, letter for letter and not within a word."""
    before = "" if UNSPACED_SIGN.match(name[0]) else r"(?<!\w)"
    after = "" if UNSPACED_SIGN.match(name[-1]) else r"(?!\w)"
    return (match.span() for match in re.finditer(f"{before}{re.escape(name)}{after}", reading.prose))
