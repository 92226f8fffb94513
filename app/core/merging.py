"""Two texts that began as one, put together again (diff3; Khanna, Kunal and Pierce, 2007).

First by lines, and where both changed the same lines, by words. What only one side changed is taken from it; what both
changed differently is left to a person. Nothing that one side added goes unless the other side took it away.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from merge3 import Merge3

WORDS = re.compile(r"\w+|\s+|[^\w\s]")
MOST_WORDS = 4_000
"""Of one stretch that both changed; beyond it the words of both are not compared with each other."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the merged text. Where `theirs` is `mine`, both agree or only one of them changed it."""

    theirs: str
    mine: str

    @property
    def is_agreed(self) -> bool:
        return self.theirs == self.mine

    @property
    def both(self) -> str:
        return self.theirs if self.is_agreed else self.theirs + self.mine


def merge_pieces(base: str | None, theirs: str, mine: str) -> tuple[Piece, ...]:
    """The merged text in stretches, top to bottom; neighbours that are agreed are one.

    `base` is what both began with, None where that is not known: then all that differs is left to a person.
    """
    # A line break more on each, taken off again: so the last line is a line like the others.
    sides = [_lines(text) for text in (theirs, mine)]
    pieces = _compare(*sides) if base is None else _merge(_lines(base), *sides)
    return _joined(pieces)


def merge_texts(base: str | None, theirs: str, mine: str) -> str | None:
    """The merged text, None where a person has to choose."""
    pieces = merge_pieces(base, theirs, mine)
    return compose(pieces, []) if all(piece.is_agreed for piece in pieces) else None


def compose(pieces: Sequence[Piece], choices: Sequence[str]) -> str:
    """The text with one choice (theirs, mine or both) for each piece that is not agreed, in their order."""
    open_pieces = iter(choices)
    parts = [piece.mine if piece.is_agreed else getattr(piece, next(open_pieces)) for piece in pieces]
    return "".join(parts).removesuffix("\n")


def _lines(text: str) -> list[str]:
    """Split at line feeds alone: what else ends a line for Python is part of a person's text."""
    return [line + "\n" for line in text.split("\n")]


def _merge(base: Sequence[str], theirs: Sequence[str], mine: Sequence[str]) -> list[Piece]:
    pieces = []
    for group in Merge3(base, theirs, mine).merge_groups():
        if group[0] == "conflict":
            _, before, ours, yours = group
            pieces.append(_settle("".join(before), "".join(ours), "".join(yours)))
        else:
            pieces.append(_agreed("".join(group[1])))
    return pieces


def _settle(base: str, theirs: str, mine: str) -> Piece:
    """Lines that both changed: by their words, or left open."""
    if not base:
        return _added_by_both(theirs, mine)
    words = [WORDS.findall(text) for text in (base, theirs, mine)]
    if max(map(len, words)) > MOST_WORDS:
        return Piece(theirs, mine)
    before, ours, yours = words
    groups = list(Merge3(before, ours, yours).merge_groups())
    if any(group[0] == "conflict" for group in groups):
        return Piece(theirs, mine)
    return _agreed("".join("".join(group[1]) for group in groups))


def _added_by_both(theirs: str, mine: str) -> Piece:
    """At one place, where nothing was: a text that goes on the other's is that text; strangers both stay."""
    short, long = sorted((theirs, mine), key=len)
    if long.startswith(short.removesuffix("\n")):
        return _agreed(long)
    if set(theirs.split("\n")) & set(mine.split("\n")) - {""}:
        return Piece(theirs, mine)
    return _agreed(theirs + mine)


def _compare(theirs: Sequence[str], mine: Sequence[str]) -> list[Piece]:
    matcher = difflib.SequenceMatcher(None, theirs, mine)
    return [
        Piece("".join(theirs[a:b]), "".join(mine[c:d])) for _tag, a, b, c, d in matcher.get_opcodes()
    ]  # fmt: skip


def _agreed(text: str) -> Piece:
    return Piece(text, text)


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    joined: list[Piece] = []
    for piece in pieces:
        if joined and piece.is_agreed and joined[-1].is_agreed:
            joined[-1] = _agreed(joined[-1].mine + piece.mine)
        else:
            joined.append(piece)
    return tuple(joined)
