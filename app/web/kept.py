"""What was rendered and is shown again and again, kept by everything that it shows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Piece = TypeVar("Piece", str, bytes)


class Kept(Generic[Piece]):
    """Bounded by the characters or bytes it holds; what was not shown for the longest goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._pieces: OrderedDict[Hashable, Piece] = OrderedDict()

    def find(self, key: Hashable) -> Piece | None:
        piece = self._pieces.get(key)
        if piece is not None:
            self._pieces.move_to_end(key)
        return piece

    def keep(self, key: Hashable, piece: Piece) -> Piece:
        self._held += len(piece) - len(self._pieces.pop(key, ""))
        self._pieces[key] = piece
        while self._held > self._most:
            self._held -= len(self._pieces.popitem(last=False)[1])
        return piece
