"""HTML that the server itself wrote in the midst of a person's text: formulas, and texts that are embedded in it.

The sanitiser never sees it, so it need not let through what a person could misuse (MathML above all, through which
sanitised HTML has been turned into script again and again). A word that nobody can guess stands in its place until
the person's own HTML is clean. Only where that word has remained text does the piece take its place: within an
attribute, where quotation marks would end the attribute, it stays a word.
"""

from __future__ import annotations

import re
from secrets import token_hex

from markupsafe import Markup

# As the sanitiser writes tags: every value in double quotes, and none in it.
_TAG = r'<[^">]*(?:"[^"]*"[^">]*)*>'


class Pieces:
    """The pieces of one text."""

    def __init__(self) -> None:
        self._word = ""
        self._pieces: list[Markup] = []

    def put(self, piece: Markup) -> str:
        """What stands for the piece until `fill`."""
        self._word = self._word or f"piece{token_hex(12)}n"
        self._pieces.append(piece)
        return f"{self._word}{len(self._pieces) - 1}n"

    def fill(self, clean: str) -> str:
        """The sanitised HTML with all pieces in their places."""
        if not self._pieces:
            return clean
        return re.sub(f"{_TAG}|{self._word}([0-9]+)n", self._filled, clean)

    def _filled(self, found: re.Match[str]) -> str:
        return str(self._pieces[int(found[1])]) if found[1] else found[0]
