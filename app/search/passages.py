"""A record's text in pieces that a model can take in at once, cut where Markdown cuts it.

Tokens are estimated and not counted: the tokenizer takes 20 MB and belongs to one model, and passages are the
same for all of them. The estimate is a fifth or more too high for English and a third too low at most for a language
(Polish, Hungarian: no English word pieces fit them), which the bounds below allow for.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

# In estimated tokens. A passage is one thought, and its cost grows with its length; what is only a little
# longer than the aim stays whole. The longest one (MOST and OVERLAP and CONTEXT) and a third stay below the 510
# tokens that the model takes in.
AIM, MOST, OVERLAP, CONTEXT = 240, 300, 40, 40
# What lies beyond is still found by its words; to here alone it takes the model a minute.
LONGEST_BODY = 400_000
LONGEST_NAME = 200

# What a word-piece tokenizer makes of a run: a word in Latin letters, a name or number in code, blanks, Hangul
# (which it takes apart into strokes), anything else (a token each: punctuation, ideographs, most scripts).
RUN = re.compile(
    r"([A-Z]?[a-z\u00df-\u024f]{1,15}+(?![A-Z0-9]))|([A-Za-z0-9\u00c0-\u024f]{1,16})|(\s{1,16})|([\uac00-\ud7a3])|.",
    re.DOTALL,
)

HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
NO_PARAGRAPH = re.compile(r"\s*(?:$|[-*+>|#]|\d+[.)])")
# Where to cut, best first: between blocks, before a line at the margin, before a line, a sentence, a word.
BREAKS = [
    re.compile(pattern) for pattern in (r"\n[ \t\r]*\n", r"\n(?=\S)", r"\n", r"[.!?…][\"')\]”’»]*\s|[。！？]", r"\s")
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
        self._ends, self._totals = array("I", [0]), array("I", [0])
        for run in RUN.finditer(text):
            self._ends.append(run.end())
            self._totals.append(self._totals[-1] + _tokens_of(run.lastindex, run.end() - run.start()))

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


def _tokens_of(sort: int | None, length: int) -> int:
    match sort:
        case 1:
            return max(1, (length + 1) // 3)
        case 2:
            return (5 * length + 7) // 8
        case 3:
            return length // 16  # nothing to the model, but what is held at once has an end
        case 4:
            return 3
    return 1


def _sections(body: str, scale: TokenScale) -> Iterator[tuple[str, int, int]]:
    """(headings, start, end) of the text under each heading; short neighbours stay together."""
    path: list[tuple[int, str]] = []
    name, start = "", 0
    for place, level, heading in _headings(body):
        if scale.weigh(start, place) > AIM // 2:
            yield name, start, place
            start = place
        path = [above for above in path if above[0] < level] + [(level, heading)]
        if not body[start:place].strip():
            name = " › ".join(text for _, text in path if text)[:LONGEST_NAME]
    yield name, start, len(body)


def _headings(body: str) -> Iterator[tuple[int, int, str]]:
    """(place, level, text) of each heading outside of fenced code."""
    fence, before, offset = "", "", 0
    for line in body.splitlines(keepends=True):
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
            fence = ""
        elif not fence and (match := HEADING.match(line)):
            yield offset, len(match[1]), _heading_text(line[match.end() :])
        elif not fence and before and UNDERLINE.match(line):
            yield offset - len(before), 1 if "=" in line else 2, _heading_text(before)
        # Only a paragraph of one line can become a heading by what is below it.
        alone = not (before or fence or NO_PARAGRAPH.match(line))
        before = line if alone else ""
        offset += len(line)


def _heading_text(line: str) -> str:
    text = line[:1000].strip()
    without = text.rstrip("#")
    return (without if without != without.rstrip() or not without else text).strip()[:LONGEST_NAME]


def _pieces(body: str, scale: TokenScale, start: int, end: int) -> Iterator[tuple[int, int]]:
    """(start, end) of each passage, without the blanks around it."""
    covered = start
    while covered < end:
        stop = end if scale.weigh(covered, end) <= MOST else _cut(body, scale, covered)
        piece = body[covered:stop]
        if piece.strip():
            first = covered if covered == start else _overlap(body, scale, start, covered)
            first += len(body[first:stop]) - len(body[first:stop].lstrip())
            yield first, covered + len(piece.rstrip())
        covered = stop


def _cut(body: str, scale: TokenScale, start: int) -> int:
    """The last good place to cut between half of the aim and the aim; right at it, where there is none."""
    low, high = scale.reach(start, AIM // 2), scale.reach(start, AIM)
    for pattern in BREAKS:
        places = [match.end() for match in pattern.finditer(body, low, high)]
        if places:
            return places[-1]
    return high


def _overlap(body: str, scale: TokenScale, section_start: int, covered: int) -> int:
    """Where the passage from `covered` on begins, so that it repeats the end of the one before."""
    low = max(section_start, scale.reach_back(covered, OVERLAP))
    high = low + len(body[low:covered].rstrip())
    for pattern in BREAKS:
        if match := pattern.search(body, low, high):
            return match.end()
    return low


def _context(title: str, heading: str) -> str:
    context = " — ".join(part for part in (title.strip()[:LONGEST_NAME], heading) if part)
    return context[: TokenScale(context).reach(0, CONTEXT)].rstrip()
