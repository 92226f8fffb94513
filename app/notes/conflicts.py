"""What the page of two texts sees: where both agree, and the places where a person has to choose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import count
from uuid import UUID

from app.core.merging import Piece
from app.notes.joining import NoteMoved

AROUND = 2
"""Lines of what is agreed that stay in sight before and after a place."""

WORDS = re.compile(r"\s+|[^\s]+")
Spans = tuple[tuple[str, bool], ...]
"""Text in stretches, each with whether the other side has it otherwise."""


@dataclass(frozen=True, slots=True)
class Place:
    """Agreed where `name` is empty: then `head` and `tail` are its first and last lines, `folded` is between.

    Else `theirs` and `mine` are to be chosen between; `name` is the field of the form.
    """

    name: str
    head: str = ""
    folded: str = ""
    tail: str = ""
    theirs: Spans = ()
    mine: Spans = ()


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """`version` is what stands there now, `base` what the sent text started from; `title` and `content` were sent."""

    id: UUID
    version: int
    base: int
    title: str
    content: str
    shown_title: str
    title_place: Place | None
    places: tuple[Place, ...]
    sentence: str

    @property
    def href(self) -> str:
        return f"/notes/{self.id}"

    @property
    def open_places(self) -> int:
        return sum(bool(place.name) for place in self.places) + (self.title_place is not None)

    @property
    def action(self) -> str:
        return f"{self.href}/choose"


def conflict_page(moved: NoteMoved, title: str, content: str) -> ConflictPage:
    names = (f"choice-{at}" for at in count())
    title_place = None if moved.title.is_agreed else _open(next(names), moved.title)
    places = tuple(_agreed(piece) if piece.is_agreed else _open(next(names), piece) for piece in moved.pieces)
    return ConflictPage(
        moved.id, moved.version, moved.base, title, content, moved.title.mine, title_place, places, str(moved)
    )


def _open(name: str, piece: Piece) -> Place:
    theirs, mine = (WORDS.findall(text.removesuffix("\n")) for text in (piece.theirs, piece.mine))
    codes = SequenceMatcher(None, theirs, mine, autojunk=False).get_opcodes() if len(theirs) * len(mine) < 4e6 else []
    if not codes:
        return Place(name, theirs=(("".join(theirs), True),), mine=(("".join(mine), True),))
    return Place(
        name,
        theirs=tuple(_spans((theirs[a:b], tag) for tag, a, b, _c, _d in codes)),
        mine=tuple(_spans((mine[c:d], tag) for tag, _a, _b, c, d in codes)),
    )


def _spans(parts: Iterator[tuple[list[str], str]]) -> Iterator[tuple[str, bool]]:
    for words, tag in parts:
        if words:
            yield "".join(words), tag != "equal"


def _agreed(piece: Piece) -> Place:
    lines = piece.mine.removesuffix("\n").split("\n")
    if len(lines) <= 2 * AROUND + 1:
        return Place("", head="\n".join(lines))
    return Place(
        "", "\n".join(lines[:AROUND]), "\n".join(lines[AROUND:-AROUND]), "\n".join(lines[-AROUND:])
    )  # fmt: skip
