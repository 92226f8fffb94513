"""Where in a Markdown text code and comments stand. They are shown as they are, so nothing in them is a mark.

A scan and no parser: the connect slot reads every note on every change, and a parser would take a hundred
times as long. It errs where a fence is left open inside a list: there the rest of the note counts as code.
"""

import re
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator

Range = tuple[int, int]

_FENCE = re.compile(r"^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(`{3,}|~{3,})([^\n]*)$", re.MULTILINE)
_TICKS = re.compile(r"(?<![\\`])`+|(?<=\\\\)`+")
_BLANK_LINE = re.compile(r"\n[ \t]*(?=\n)")
_MAYBE_INDENTED = re.compile(r"(?:\A|\n[ \t]*\n)(?: {4}|\t)")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]|$)")


def code_ranges(text: str) -> list[Range]:
    """Fences, indented blocks, spans, in no particular order; spans inside a fence may be left out."""
    ranges = list(_fences(text)) if "```" in text or "~~~" in text else []
    if _MAYBE_INDENTED.search(text):
        ranges += _indented(text)
    if "`" in text:
        ranges += _spans(blanked(text, ranges))
    return ranges


def comment_ranges(text: str) -> Iterator[Range]:
    start = text.find("<!--")
    while start >= 0:
        end = text.find("-->", start + 4)
        if end < 0:
            return
        yield start, end + 3
        start = text.find("<!--", end + 3)


def blanked(text: str, ranges: list[Range]) -> str:
    """The text of the same length with the ranges overwritten by NUL, which is no part of any mark."""
    if not ranges:
        return text
    kept, position = [], 0
    for start, end in sorted(ranges):
        if end > position:
            kept += [text[position:start], "\0" * (end - max(start, position))]
            position = end
    return "".join(kept) + text[position:]


def _fences(text: str) -> Iterator[Range]:
    opened: re.Match[str] | None = None
    for line in _FENCE.finditer(text):
        if opened is None:
            if line[1][0] == "~" or "`" not in line[2]:
                opened = line
        elif line[1].startswith(opened[1]) and not line[2].strip():
            yield opened.start(1), line.end()
            opened = None
    if opened is not None:
        yield opened.start(1), len(text)


def _indented(text: str) -> Iterator[Range]:
    """Lines indented after a blank line, outside of lists: in an outline the indent is the tree, not code."""
    start, after_blank, in_list = 0, True, False
    in_code = False
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        if line.strip():
            deep = line.startswith(("    ", "\t"))
            in_code = deep and not in_list and (after_blank or in_code)
            if in_code:
                yield start, end
            elif _LIST_ITEM.match(line):
                in_list = True
            elif after_blank and not line.startswith((" ", "\t")):
                in_list = False
            after_blank = False
        else:
            after_blank = True
        start = end


def _spans(text: str) -> Iterator[Range]:
    """A run of backticks closes at the next run of the same length in the same paragraph."""
    runs = [match.span() for match in _TICKS.finditer(text)]
    breaks = [match.end() for match in _BLANK_LINE.finditer(text)]
    waiting: dict[int, deque[Range]] = defaultdict(deque)
    for run in runs:
        waiting[run[1] - run[0]].append(run)
    position = 0
    for start, end in runs:
        if start < position:
            continue
        same = waiting[end - start]
        while same and same[0][0] <= start:
            same.popleft()
        if same and bisect_right(breaks, start) == bisect_right(breaks, same[0][0]):
            position = same[0][1]
            yield start, position
