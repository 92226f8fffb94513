"""What Hearth adds to blocks: anchors, callouts, embedded texts, task lists, cell alignment."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from app.web.markdown_anchors import add_anchors
from app.web.markdown_callouts import add_callouts
from app.web.markdown_embeds import add_embeds

_ALIGNMENT = re.compile(r"text-align:(left|center|right)")


def add_block_marks(md: MarkdownIt) -> None:
    add_callouts(md)
    md.core.ruler.after("inline", "tasks", _tasks)
    md.core.ruler.after("inline", "alignment", _alignment)
    add_embeds(md)
    add_anchors(md)


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
