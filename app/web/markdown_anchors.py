"""Where links into a text arrive: the ids of headings and of blocks that are marked by `^id` at their end."""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from app.core.text import slug
from app.web.markdown_targets import anchor_id

# At least a letter or four digits: `2 ^10` is a number.
BLOCK_ID = re.compile(r"(?:^|[ \t\n])(?P<id>\^(?:(?=[0-9-]*[A-Za-z])[A-Za-z0-9-]{2,64}|[0-9-]{4,64}))[ \t]*\Z")
_MARKED = {"paragraph_open", "heading_open"}


def add_anchors(md: MarkdownIt) -> None:
    md.core.ruler.before("inline", "block_ids", _block_ids)
    md.core.ruler.after("inline", "heading_ids", _heading_ids)


def _block_ids(state: StateCore) -> None:
    if "^" not in state.src:
        return
    # From the last to the first: what is put in or taken out moves only what was done already.
    for index in range(len(state.tokens) - 1, 0, -1):
        inline = state.tokens[index] if index < len(state.tokens) else None
        if inline is not None and inline.type == "inline" and state.tokens[index - 1].type in _MARKED:
            mark = BLOCK_ID.search(inline.content)
            if mark is not None:
                _mark_block(state, index, mark)


def _mark_block(state: StateCore, index: int, mark: re.Match[str]) -> None:
    inline = state.tokens[index]
    if mark.start() > 0:
        inline.content = inline.content[: mark.start()].rstrip()
        _give_id(state, _first_of_item(state.tokens, index - 1), mark["id"])
        return
    # Alone in its paragraph it names the block before it: a list, a table, code.
    before = start_of_block(state.tokens, index - 2)
    if before is not None:
        del state.tokens[index - 1 : index + 2]
        _give_id(state, before, mark["id"])


def _first_of_item(tokens: list[Token], opening: int) -> int:
    """A list's item, where the paragraph is its first: the paragraph itself may not be shown as one."""
    return opening - 1 if tokens[opening - 1].type == "list_item_open" else opening


def start_of_block(tokens: list[Token], end: int) -> int | None:
    """Where the block begins that ends at `end`; None where none does."""
    if end < 0 or tokens[end].nesting == 1:
        return None
    level = tokens[end].level
    return next(index for index in range(end, -1, -1) if tokens[index].level == level and tokens[index].nesting >= 0)


def _give_id(state: StateCore, index: int, written: str) -> None:
    token = state.tokens[index]
    if not state.env["full"]:
        return
    name = _unused(anchor_id(written), state.env)
    if token.nesting == 1 and token.type != "heading_open":
        token.attrSet("id", name)
    else:
        # Code and rules carry no id in this renderer, and a heading has one of its own.
        anchor = Token("html_block", "", 0, content=f'<div id="{name}"></div>\n', block=True, level=token.level)
        state.tokens.insert(index, anchor)


def _heading_ids(state: StateCore) -> None:
    if not state.env["full"]:
        return
    for token, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type == "heading_open":
            token.attrSet("id", _unused(slug(_words(inline)) or "section", state.env))


def _unused(name: str, env: Any) -> str:
    """The name, with a number where the text has it already."""
    used: dict[str, int] = env["ids"]
    times = used[name] = used.get(name, 0) + 1
    return name if times == 1 else _unused(f"{name}-{times}", env)


def _words(inline: Token) -> str:
    shown = ("text", "code_inline", "math_inline")
    return "".join(child.content for child in inline.children or () if child.type in shown)
