"""A record's text in pieces that a model can take in at once, cut where Markdown cuts it."""

from __future__ import annotations

import re
from dataclasses import dataclass

# About 220 and 400 tokens of English; a passage is one thought, and cost grows with its length. Scripts without
# blanks have a token per character: for them the bound counts each such character four times.
AIM, MOST = 900, 1600
DENSE_WEIGHT = 4
LONGEST_BODY = 400_000
HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
DENSE = re.compile(r"[\u2e80-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
BREAKS = ("\n\n", "\n", ". ", "。", " ")


@dataclass(frozen=True, slots=True)
class Passage:
    """`text` is what is embedded: title and heading for context, then body[start:end]."""

    ordinal: int
    heading: str
    start: int
    end: int
    text: str


def split_passages(title: str, body: str) -> list[Passage]:
    """Cover every character of the body (up to its first 400,000), in order; a bare title gives one passage.

    Neighbours under one heading overlap by the last line of the one before, where that is short.
    """
    body = body[:LONGEST_BODY]
    passages: list[Passage] = []
    for heading, start, end in _sections(body):
        for piece_start, piece_end in _pieces(body, start, end):
            context = " — ".join(part for part in (title.strip(), heading) if part)
            text = f"{context}\n{body[piece_start:piece_end].strip()}".strip()
            passages.append(Passage(len(passages), heading, piece_start, piece_end, text))
    if not passages and title.strip():
        passages.append(Passage(0, "", 0, 0, title.strip()))
    return passages


def _sections(body: str) -> list[tuple[str, int, int]]:
    """(heading, start, end) of the text under each heading; short neighbours stay together."""
    sections: list[tuple[str, int, int]] = []
    heading, start, offset, fenced = "", 0, 0, False
    for line in body.splitlines(keepends=True):
        fenced ^= line.lstrip().startswith(("```", "~~~"))
        match = None if fenced else HEADING.match(line.rstrip("\r\n"))
        if match and offset > start and weigh(body, start, offset) > AIM // 2:
            sections.append((heading, start, offset))
            start = offset
        if match and offset == start:
            heading = match.group(2)[:200]
        offset += len(line)
    sections.append((heading, start, len(body)))
    return [section for section in sections if body[section[1] : section[2]].strip()]


def _pieces(body: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces = []
    covered = start
    while covered < end:
        stop = end if weigh(body, covered, end) <= MOST else _cut(body, covered, end)
        pieces.append((_overlap(body, start, covered), stop))
        covered = stop
    return pieces


def _cut(body: str, start: int, end: int) -> int:
    """Where to end a piece: the last paragraph, line, sentence or word end before the aim, else right there."""
    limit = min(end, start + (AIM // DENSE_WEIGHT if DENSE.search(body, start, start + AIM) else AIM))
    for mark in BREAKS:
        found = body.rfind(mark, start + (limit - start) // 2, limit)
        if found > start:
            return found + len(mark)
    return limit


def _overlap(body: str, start: int, covered: int) -> int:
    """The start of the line before, when there is one in this section and it is short."""
    if covered == start:
        return covered
    line = body.rfind("\n", start, covered - 1) + 1
    return line if start <= line < covered and covered - line <= AIM // 5 else covered


def weigh(body: str, start: int, end: int) -> int:
    """Length in characters of Latin text, capped: what lies beyond twice MOST makes no difference."""
    piece = body[start : min(end, start + 2 * MOST)]
    return len(piece) + (DENSE_WEIGHT - 1) * len(DENSE.findall(piece))
