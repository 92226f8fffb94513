"""`![[Note]]` alone in a paragraph: the text that it names stands there, as whoever renders the page has made it."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

EMBEDS = "embeds"
"""In the `meta` of a link's opening: what stands between its brackets, where an exclamation mark is before them."""

Environment = MutableMapping[str, Any]


def add_embeds(md: MarkdownIt) -> None:
    md.core.ruler.after("inline", "embeds", _lift_embeds)
    md.add_render_rule("transclusion", _render)


def _lift_embeds(state: StateCore) -> None:
    """A paragraph of nothing but embedded texts is a row of blocks; within a sentence one remains a link."""
    if "![[" not in state.src:
        return
    for index in range(len(state.tokens) - 3, -1, -1):
        if state.tokens[index].type != "paragraph_open":
            continue
        links = _embeds_alone(state.tokens[index + 1].children or [])
        if links:
            state.tokens[index : index + 3] = _blocks(links, state.tokens[index])


def _embeds_alone(children: list[Token]) -> list[list[Token]]:
    """The links (opening, words, close) of a paragraph that holds nothing else; none where it does."""
    said = [it for it in children if it.type not in ("softbreak", "hardbreak") and (it.type != "text" or it.content)]
    links = [said[at : at + 3] for at in range(0, len(said), 3)]
    return links if all(len(link) == 3 and EMBEDS in link[0].meta for link in links) else []


def _blocks(links: list[list[Token]], paragraph: Token) -> Iterator[Token]:
    for link in links:
        token = Token("transclusion", "", 0, content=link[0].meta[EMBEDS], children=link, block=True)
        token.level, token.map, token.attrs = paragraph.level, paragraph.map, paragraph.attrs
        yield token


def _render(
    renderer: Any, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Environment
) -> str:  # fmt: skip
    token = tokens[idx]
    embedded: Markup | None = env["targets"].embed(token.content)
    if embedded is None:
        return f"<p>{renderer.renderInline(token.children, options, env)}</p>\n"
    anchor = f'<div id="{token.attrs["id"]}"></div>' if "id" in token.attrs else ""
    return f"{anchor}{env['pieces'].put(embedded)}\n"
