"""Organisations that nobody knows yet: by what firms and institutions are called by law and custom."""

from __future__ import annotations

from app.graph.extracting.reading import Reading, Word
from app.graph.extracting.vocabulary import NO_NAMES, ORGANISATION_ENDS, ORGANISATION_STARTS, PARTICLES

LONGEST = 6
# Endings that are written in pieces: "S.L.", "A.Ş.", "e. V.", "& Söhne".
_IN_PIECES = {
    ("s", "l"), ("s", "a"), ("a", "s"), ("e", "v"), ("b", "v"), ("n", "v"), ("ltd", "sti"), ("und", "sohne"),
    ("&", "sohne"), ("&", "sons"), ("&", "co"), ("&", "daughters"), ("&", "tochter"), ("and", "sons"), ("&", "partner"),
    ("&", "hijos"), ("y", "hijos"), ("&", "fils"), ("et", "fils"), ("ve", "ogullari"), ("&", "partners"),
}  # fmt: skip


def organisation_at(reading: Reading, place: int) -> tuple[int, float] | None:
    """Its last word and how sure that is, of one that begins with this word."""
    if reading.words[place].folded in NO_NAMES:
        return None
    return _by_start(reading, place) or _by_end(reading, place)


def _by_start(reading: Reading, place: int) -> tuple[int, float] | None:
    """University of Eastmoor, Fundación Miralrío, Verein der Freunde."""
    words = reading.words
    if words[place].folded not in ORGANISATION_STARTS[reading.language]:
        return None
    last = place
    for at in range(place + 1, min(len(words), place + LONGEST)):
        if words[at].gap not in {" ", "-"}:
            break
        if words[at].is_capital:
            last = at
        elif words[at].folded not in PARTICLES | {"of", "für", "fur", "para", "the"}:
            break
    ended = _by_end(reading, place)
    if ended and ended[0] >= last:
        return ended
    return (last, 0.75) if last > place else None


def _by_end(reading: Reading, place: int) -> tuple[int, float] | None:
    words, best = reading.words, None
    for at in range(place + 1, min(len(words), place + LONGEST)):
        word = words[at]
        if not _hangs_on(word, words[at - 1]):
            break
        pair = (words[at - 1].folded, word.folded)
        in_pieces = pair in _IN_PIECES and at - 1 > place and _is_short_enough(word, words[at - 1])
        if in_pieces or (word.is_capital and word.folded in ORGANISATION_ENDS):
            best = at
        elif not (word.is_capital or word.folded in {"&", "e"} or _joins(reading, at)):
            break
    return (best, 0.85) if best is not None else None


def _joins(reading: Reading, at: int) -> bool:
    """Smith and Sons are one firm, Smith and Weber are two people."""
    following = reading.words[at + 1 : at + 2]
    return bool(following) and (reading.words[at].folded, following[0].folded) in _IN_PIECES


def _hangs_on(word: Word, before: Word) -> bool:
    return word.gap in {" ", "-"} or (word.gap in {".", ". "} and len(before.text) <= 3)


def _is_short_enough(word: Word, before: Word) -> bool:
    """Initials of a legal form are set with points, which tells them from words."""
    return len(word.text) > 1 or word.gap in {".", ". "}
