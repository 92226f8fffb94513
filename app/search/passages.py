"""A record's text in pieces that a model can take in at once, cut where Markdown cuts it.

Tokens are estimated and not counted: the tokenizer takes 20 MB and belongs to one model, and passages are the
same for all of them. The estimate is on the high side for anything that is a language, so that none of it is
cut off by the model (of the garden's 9,600 passages none is); of long runs of random letters some may be.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

# In estimated tokens. A passage is one thought, and its cost grows with its length; what is only a little
# longer than that stays whole. Together they stay below the 510 that the model takes in.
AIM, MOST, OVERLAP, CONTEXT = 220, 350, 44, 60
# A third of a million words is found by its words to the end, but takes the model a minute only to here.
LONGEST_BODY = 400_000
LONGEST_NAME = 200

# What a word-piece tokenizer makes of a run: letters of the Latin script, digits, blanks, Hangul (taken apart
# into its strokes), anything else (a token each: punctuation, ideographs, scripts that it hardly knows).
RUN = re.compile(r"([A-Za-z\u00c0-\u024f]{1,16})|([0-9]{1,16})|(\s{1,16})|([\uac00-\ud7a3])|.", re.DOTALL)
CHARACTERS_PER_TOKEN = {1: 4.0, 2: 2.0, 3: 16.5, 4: 1 / 3, None: 1.0}

HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
NO_PARAGRAPH = re.compile(r"\s*(?:$|[-*+>|#]|\d+[.)])")
# Where to cut, best first: between blocks, before a line at the margin, before a line, a sentence, a word.
BREAKS = [
    re.compile(pattern)
    for pattern in (r"\n[ \t\r]*\n", r"\n(?=\S)", r"\n", r"[.!?…][\"')\]”’»]*\s|[。！？]", r"\s")  # fmt: skip
]


@dataclass(frozen=True, slots=True)
class Passage:
    """`text` is what is embedded: title and headings for context, then body[start:end]."""

    ordinal: int
    heading: str
    start: int
    end: int
    text: str


def split_passages(title: str, body: str) -> list[Passage]:
    """Cover every character of the body (up to its first 400,000), in order; a bare title gives one passage.

    Neighbours under one heading overlap by the end of the one before: its last lines or sentence.
    """
    body = body[:LONGEST_BODY]
    scale = TokenScale(body)
    passages: list[Passage] = []
    for heading, section_start, section_end in _sections(body, scale):
        context = _context(title, heading)
        for start, end in _pieces(body, scale, section_start, section_end):
            text = f"{context}\n{body[start:end]}".lstrip("\n")
            passages.append(Passage(len(passages), heading, start, end, text))
    if not passages and title.strip():
        passages.append(Passage(0, "", 0, 0, _context(title, "")))
    return passages


class TokenScale:
    """How many tokens lie between two places of a text, about, without reading it again."""

    def __init__(self, text: str) -> None:
        runs = list(RUN.finditer(text))
        self._ends = [0, *(run.end() for run in runs)]
        self._totals = [0, *accumulate(_tokens_of(run) for run in runs)]

    def weigh(self, start: int, end: int) -> int:
        """A run that the end lies in counts whole."""
        return self._total_at(end) - self._total_at(start)

    def reach(self, start: int, tokens: int) -> int:
        """The furthest place that is no more than so many tokens after the start."""
        return self._ends[bisect_right(self._totals, self._total_at(start) + tokens) - 1]

    def reach_back(self, end: int, tokens: int) -> int:
        """The earliest place that is no more than so many tokens before the end."""
        return self._ends[bisect_left(self._totals, self._total_at(end) - tokens)]

    def _total_at(self, place: int) -> int:
        return self._totals[bisect_left(self._ends, place)]


def _tokens_of(run: re.Match[str]) -> int:
    per_token = CHARACTERS_PER_TOKEN[run.lastindex]
    length = run.end() - run.start()
    return int(length / per_token) if run.lastindex == 3 else -int(-length // per_token)
