"""Rendered pieces that are shown again and again, kept by everything that they show."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


class KeptHtml:
    """Bounded by the characters it holds; what was not shown for the longest goes first."""

    def __init__(self, most_characters: int) -> None:
        self._most = most_characters
        self._held = 0
        self._pieces: OrderedDict[Hashable, str] = OrderedDict()

    def find(self, key: Hashable) -> str | None:
        html = self._pieces.get(key)
        if html is not None:
            self._pieces.move_to_end(key)
        return html

    def keep(self, key: Hashable, html: str) -> str:
        self._held += len(html) - len(self._pieces.pop(key, ""))
        self._pieces[key] = html
        while self._held > self._most:
            self._held -= len(self._pieces.popitem(last=False)[1])
        return html
