"""Callouts as in Obsidian and on GitHub: `> [!note] Title`, `[!tip]-` folded, `[!tip]+` unfolded."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

CALLOUTS = (
    "note", "abstract", "info", "todo", "tip", "success", "question",
    "warning", "failure", "danger", "bug", "example", "quote", "important", "caution",
)  # fmt: skip
_ALIASES = {
    "summary": "abstract", "tldr": "abstract", "hint": "tip", "check": "success", "done": "success",
    "help": "question", "faq": "question", "attention": "warning", "fail": "failure", "missing": "failure",
    "error": "danger", "cite": "quote",
}  # fmt: skip
# What may follow the kind behind a bar is how another program lays it out.
_MARK = re.compile(r"\[!(?P<kind>[^\W\d_][\w -]{0,30})(?:\|[^\[\]\n]*)?\](?P<fold>[+-]?)[ \t]*(?P<title>[^\n]*)\n?")


def add_callouts(md: MarkdownIt) -> None:
    md.core.ruler.before("inline", "callouts", _callouts)
    md.core.ruler.after("inline", "callout_kinds", _kinds)


def _callouts(state: StateCore) -> None:
    opened = [index for index, token in enumerate(state.tokens) if token.type == "blockquote_open"]
    # From the last to the first: what is put in moves only what was done already.
    for index in reversed(opened):
        start = state.tokens[index + 1 : index + 3]
        if [token.type for token in start] != ["paragraph_open", "inline"]:
            continue
        mark = _MARK.match(start[1].content)
        if mark is not None:
            _mark(state.tokens, index, mark)


def _mark(tokens: list[Token], index: int, mark: re.Match[str]) -> None:
    """An unknown kind looks like a note, and is called as it was written."""
    inline, word = tokens[index + 2], mark["kind"].strip()
    kind = _ALIASES.get(word.lower(), word.lower())
    tokens[index].attrSet("class", f"callout callout-{kind if kind in CALLOUTS else 'note'}")
    tokens[index + 1].attrSet("class", "callout-title")
    title, shown = mark["title"].strip(), word[0].upper() + word[1:]
    rest = inline.content[mark.end() :]
    inline.content, inline.meta = title or shown, {"callout": shown} if title else {}
    if mark["fold"]:
        _fold(tokens, index, unfolded=mark["fold"] == "+")
    if rest.strip():
        tokens[index + 4 : index + 4] = _paragraph(rest, inline.level)


def _fold(tokens: list[Token], index: int, *, unfolded: bool) -> None:
    level = tokens[index].level
    close = next(
        token for token in tokens[index + 1 :] if token.type == "blockquote_close" and token.level == level
    )  # fmt: skip
    tokens[index].tag = close.tag = "details"
    tokens[index + 1].tag = tokens[index + 3].tag = "summary"
    if unfolded:
        tokens[index].attrSet("open", "")


def _paragraph(content: str, level: int) -> list[Token]:
    inline = Token("inline", "", 0, level=level, content=content, children=[], block=True)
    return [
        Token("paragraph_open", "p", 1, level=level - 1, block=True),
        inline,
        Token("paragraph_close", "p", -1, level=level - 1, block=True),
    ]


def _kinds(state: StateCore) -> None:
    """Where the title says something else, the kind stands before it as a word: a colour alone tells not everybody."""
    for token in state.tokens:
        if token.type == "inline" and token.meta.get("callout") and token.children is not None:
            kind = f'<span class="callout-kind">{token.meta["callout"]}</span> '
            token.children.insert(0, Token("html_inline", "", 0, content=kind))
