"""The tasks of a text, in the order in which its page shows them: by the very parser that draws the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from app.web.markdown import parse_page

_BOX = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+[> \t]*)*\[(?P<sign>[ xX])\]")
_TAG = re.compile(r"<[^>]*>")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Task:
    """`place` is the character between the brackets; `words` is what its page shows behind the box."""

    place: int
    is_done: bool
    words: str


def find_tasks(text: str) -> list[Task]:
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
    return list(_tasks(text, starts))


def _tasks(text: str, starts: list[int]) -> Iterator[Task]:
    tokens, render = parse_page(text)
    for item, _paragraph, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if item.type == "list_item_open" and item.attrs.get("class") == "task-list-item" and inline.map:
            box = _BOX.match(text, starts[inline.map[0]])
            if box is not None:
                yield Task(box.start("sign"), box["sign"] != " ", plain_words(render(inline)))


def plain_words(html: str) -> str:
    """As a browser tells an element's text, its blanks made one."""
    return _BLANKS.sub(" ", unescape(_TAG.sub("", html))).strip()
