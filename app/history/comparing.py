"""Two texts word by word: what went, what came, and the lines around it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
AROUND = 2
"""Lines in sight before and after a change."""

MOST_WORDS = 4_000
"""In one stretch of changed lines; more are shown as gone and come, as wholes."""

Span = tuple[str, str]
"""A sign and its text: `-` went, `+` came, a blank stayed, `…` stands for lines that are left out."""


def compare_words(before: str, after: str) -> tuple[Span, ...]:
    """The spans of `after`, with what went between them; neighbours of one sign are one."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    spans: list[Span] = []
    for group in difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(AROUND):
        if group[0][1] > 0 or spans:
            spans.append(("…", ""))
        for tag, a, b, c, d in group:
            spans += [(" ", "".join(new[c:d]))] if tag == "equal" else _compare(old[a:b], new[c:d])
    return tuple(_joined(spans))


def _compare(old: Sequence[str], new: Sequence[str]) -> Iterator[Span]:
    before, after = WORDS.findall("".join(old)), WORDS.findall("".join(new))
    if max(len(before), len(after)) > MOST_WORDS:
        yield from (("-", "".join(before)), ("+", "".join(after)))
        return
    for tag, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield " ", "".join(after[c:d])
        else:
            yield "-", "".join(before[a:b])
            yield "+", "".join(after[c:d])


def _joined(spans: Sequence[Span]) -> Iterator[Span]:
    for sign, run in groupby((span for span in spans if span[1] or span[0] == "…"), key=lambda span: span[0]):
        yield sign, "".join(text for _sign, text in run)
