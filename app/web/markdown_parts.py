"""A part of a Markdown text, as written: what stands under a heading, or the block that an id marks."""

from __future__ import annotations

from itertools import pairwise
from textwrap import dedent

from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.core.text import preview, slug
from app.web.markdown_anchors import BLOCK_ID, start_of_block

# What stands within a line is of no use here, and is what takes the time.
_BLOCKS = MarkdownIt("commonmark", {"maxNesting": 200}).enable("table").disable("inline")


def find_part(text: str, anchor: str) -> str | None:
    """The part that `Heading`, `Heading#Heading below it` or `^block` names; None where nothing bears that name."""
    last = anchor.rpartition("#")[2].strip()
    lines, tokens = text.split("\n"), _BLOCKS.parse(text)
    found = _find_block(tokens, last[1:]) if last.startswith("^") else _find_section(tokens, last, len(lines))
    return None if found is None else dedent("\n".join(lines[found[0] : found[1]]))


def _find_section(tokens: list[Token], heading: str, end: int) -> tuple[int, int] | None:
    """The lines from the heading to the next one of its level or above."""
    wanted, start, tag = slug(heading), None, ""
    for token, inline in pairwise(tokens):
        if token.type != "heading_open" or token.level or token.map is None:
            continue
        if start is None and wanted in (slug(inline.content), slug(preview(inline.content, 500))):
            start, tag = token.map[0], token.tag
        elif start is not None and token.tag <= tag:
            return start, token.map[0]
    return None if start is None else (start, end)


def _find_block(tokens: list[Token], name: str) -> tuple[int, int] | None:
    """The lines of the block that ends in `^name`; a list's item comes with what is listed below it."""
    for index, inline in enumerate(tokens):
        mark = BLOCK_ID.search(inline.content) if inline.type == "inline" else None
        if mark is None or slug(mark["id"][1:]) != slug(name):
            continue
        start: int | None = index - 1
        if mark.start() == 0:
            start = start_of_block(tokens, index - 2)
        elif tokens[index - 2].type == "list_item_open":
            start = index - 2
        where = tokens[start].map if start is not None else None
        return (where[0], where[1]) if where else None
    return None
