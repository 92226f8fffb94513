"""A note's table of contents, read from the page itself, so that it is what links can reach."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup

FEWEST = 3
"""Headings below which a text needs no table."""

MOST = 200
_HEADING = re.compile(r'<h([1-6]) id="(user-content-[^"]+)"[^<>]*>(.*?)</h\1>', re.DOTALL)
_FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heading:
    """`depth` is 1 for the highest level that the text uses, at most 4."""

    words: str
    href: str
    depth: int


def read_contents(html: Markup) -> tuple[Heading, ...]:
    """The headings of a rendered text, without those of texts that it embeds (they have no ids)."""
    found = [match.groups() for match in _HEADING.finditer(html)][:MOST]
    shown = [(int(level), href, _words(words)) for level, href, words in found if _words(words)]
    if len(shown) < FEWEST:
        return ()
    highest = min(level for level, _href, _words in shown)
    return tuple(Heading(words, f"#{unescape(href)}", min(level - highest + 1, 4)) for level, href, words in shown)


def _words(html: str) -> str:
    return Markup(_FORMULA.sub("…", html)).striptags()  # noqa: S704 (its marks are taken off)
