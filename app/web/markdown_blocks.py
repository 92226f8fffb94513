"""What Hearth adds to blocks: heading ids, callouts, task lists, cell alignment."""

import re
from collections import Counter

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from app.core.text import slug

CALLOUTS = (
    "note", "abstract", "info", "todo", "tip", "success", "question",
    "warning", "failure", "danger", "bug", "example", "quote", "important", "caution",
)  # fmt: skip
_CALLOUT = re.compile(r"\[!([A-Za-z]{1,20})\][+-]?[ \t]*([^\n]*)\n?")
_ALIGNMENT = re.compile(r"text-align:(left|center|right)")


def add_block_marks(md: MarkdownIt) -> None:
    md.core.ruler.before("inline", "callouts", _callouts)
    md.core.ruler.after("inline", "tasks", _tasks)
    md.core.ruler.after("inline", "alignment", _alignment)
    md.core.ruler.after("inline", "heading_ids", _heading_ids)


def _callouts(state: StateCore) -> None:
    """`> [!note] Title` as in Obsidian and on GitHub; an unknown kind looks like a note."""
    opened = [index for index, token in enumerate(state.tokens) if token.type == "blockquote_open"]
    for index in reversed(opened):
        inline = state.tokens[index + 2] if index + 2 < len(state.tokens) else None
        mark = _CALLOUT.match(inline.content) if inline and inline.type == "inline" else None
        if inline is not None and mark is not None:
            _mark_callout(state.tokens, index, inline, mark)


def _mark_callout(tokens: list[Token], index: int, inline: Token, mark: re.Match[str]) -> None:
    kind = mark[1].lower()
    tokens[index].attrSet("class", f"callout callout-{kind if kind in CALLOUTS else 'note'}")
    title = mark[2].strip() or kind.capitalize()
    rest = inline.content[mark.end() :]
    tokens[index + 1].attrSet("class", "callout-title")
    inline.content = title
    if rest.strip():
        tokens[index + 4 : index + 4] = _paragraph(rest, inline.level)


def _paragraph(content: str, level: int) -> list[Token]:
    inline = Token("inline", "", 0, level=level, content=content, children=[], block=True)
    return [
        Token("paragraph_open", "p", 1, level=level - 1, block=True),
        inline,
        Token("paragraph_close", "p", -1, level=level - 1, block=True),
    ]


# The end: what follows may be a mention or a link, which are tokens of their own.
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=\S|$)")


def _tasks(state: StateCore) -> None:
    """`- [ ]` and `- [x]`. The label makes the words the name of the box, for who does not see it."""
    lists: list[Token] = []
    for index, token in enumerate(state.tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(token)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open" and _became_task(state.tokens[index + 1 : index + 3]):
            token.attrSet("class", "task-list-item")
            lists[-1].attrSet("class", "contains-task-list")


def _became_task(tokens: list[Token]) -> bool:
    children = tokens[1].children if len(tokens) == 2 and tokens[1].type == "inline" else None
    mark = _TASK.match(children[0].content) if children and children[0].type == "text" else None
    if not children or not mark:
        return False
    checked = "" if mark[1] == " " else " checked"
    children[0].content = children[0].content[mark.end() :]
    children.insert(0, Token("html_inline", "", 0, content=f'<label><input type="checkbox" disabled{checked}> '))
    children.append(Token("html_inline", "", 0, content="</label>"))
    return True


def _alignment(state: StateCore) -> None:
    # The style attribute does not pass the policy of the page, a class does.
    for token in state.tokens:
        style = token.attrs.pop("style", None) if token.type in ("th_open", "td_open") else None
        aligned = _ALIGNMENT.fullmatch(str(style)) if style else None
        if aligned:
            token.attrSet("class", f"align-{aligned[1]}")


def _heading_ids(state: StateCore) -> None:
    if not state.env["full"]:
        return
    seen: Counter[str] = Counter()
    for token, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type == "heading_open":
            name = slug(_words(inline)) or "section"
            seen[name] += 1
            token.attrSet("id", name if seen[name] == 1 else f"{name}-{seen[name]}")


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
