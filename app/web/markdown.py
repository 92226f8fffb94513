"""A note's Markdown as safe HTML. The text is never changed by being shown."""

import re
from collections.abc import Callable, MutableMapping, Sequence
from itertools import accumulate
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup
from mdit_py_plugins.footnote import footnote_plugin

from app.web.markdown_blocks import add_block_marks
from app.web.markdown_code import HIGHLIGHT_LIMIT, code_html
from app.web.markdown_files import embed_html, image_html, with_images_resolved
from app.web.markdown_inline import add_inline_marks
from app.web.markdown_maths import add_maths
from app.web.markdown_targets import Targets
from app.web.maths import MATHS_LIMIT
from app.web.pieces import Pieces
from app.web.sanitising import sanitise, too_deep

__all__ = ["Targets", "commonmark_parser", "parse_page", "render_foreign", "render_markdown"]

# Blocks deeper than this are dropped by the parser, so such a text is shown as it was written.
NESTING_LIMIT = 200
# Each open bracket makes the parser look for its end, and each footnote is written out twice; nobody writes
# so many within one another, or in one note.
_OPEN_BRACKET_LIMIT = 1_000
_FOOTNOTE_LIMIT = 2_000
_BRACKET = re.compile(r"[\[\]]")
_SURROGATES = re.compile("[\ud800-\udfff]")

Tokens = Sequence[Token]
Environment = MutableMapping[str, Any]


def render_markdown(text: str, targets: Targets, *, full: bool = True) -> Markup:
    """For `<div class="prose" hx-disable>`.

    Without `full` (a preview, an excerpt beside others) no heading gets an id, no footnote is gathered and no
    code is coloured.
    """
    text = _SURROGATES.sub("\ufffd", text)
    if _open_brackets(text) > _OPEN_BRACKET_LIMIT:
        return _as_written(text)
    parser = _FULL if full and text.count("[^") + text.count("^[") < _FOOTNOTE_LIMIT else _BRIEF
    try:
        return _rendered(parser, text, _environment(targets, full=full))
    except RecursionError:
        return _as_written(text)


def render_foreign(text: str) -> Markup:
    """Somebody else's Markdown, in which no name, tag or file of the reader's is meant. For the same place."""
    text = _SURROGATES.sub("\ufffd", text)
    if _open_brackets(text) > _OPEN_BRACKET_LIMIT:
        return _as_written(text)
    try:
        html = commonmark_parser().enable("table").render(text)
    except RecursionError:
        return _as_written(text)
    return _as_written(text) if too_deep(html) else Markup(sanitise(html))  # noqa: S704 (behind the sanitiser)


def _environment(targets: Targets, *, full: bool) -> Environment:
    return {
        "targets": targets, "full": full, "budget": [HIGHLIGHT_LIMIT if full else 0], "maths": [MATHS_LIMIT],
        "pieces": Pieces(), "ids": {},
    }  # fmt: skip


def _open_brackets(text: str) -> int:
    """How many brackets are open at once, at most."""
    if text.count("[") <= _OPEN_BRACKET_LIMIT:
        return 0
    depths = accumulate((1 if sign == "[" else -1 for sign in _BRACKET.findall(text)), _never_below_zero)
    return max(depths, default=0)


def _never_below_zero(depth: int, step: int) -> int:
    return max(0, depth + step)


def _rendered(parser: MarkdownIt, text: str, environment: Environment) -> Markup:
    tokens = parser.parse(text, environment)
    if any(token.level >= NESTING_LIMIT - 1 for token in tokens):
        return _as_written(text)
    html = parser.renderer.render(tokens, parser.options, environment)
    if too_deep(html):
        return _as_written(text)
    return Markup(environment["pieces"].fill(sanitise(html)))  # noqa: S704 - this is the one place, behind the sanitiser


def _as_written(text: str) -> Markup:
    return Markup('<pre tabindex="0">{}</pre>').format(text)


def commonmark_parser() -> MarkdownIt:
    """CommonMark and nothing else; what a page shows is this plus the additions below."""
    return MarkdownIt("commonmark", {"maxNesting": NESTING_LIMIT}, renderer_cls=_CommonMark)


class _CommonMark(RendererHTML):
    def blockquote_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: Environment) -> str:
        # The library leaves out the line break that the specification writes into an empty quote.
        html = self.renderToken(tokens, idx, options, env)
        return html + "\n" if tokens[idx + 1].type == "blockquote_close" and html[-1] != "\n" else html


class _Page(_CommonMark):
    def link_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: Environment) -> str:
        token, targets = tokens[idx], env["targets"]
        if "class" not in token.attrs:
            href = str(token.attrs.get("href", ""))
            note, file = targets.note_file(href), targets.file(href)
            if file or note:
                token.attrs |= {"href": file or note.href, "class": "file" if file else note.kind}
        env["is_linked"] = True
        return self.renderToken(tokens, idx, options, env)

    def link_close(self, tokens: Tokens, idx: int, options: OptionsDict, env: Environment) -> str:
        env["is_linked"] = False
        return self.renderToken(tokens, idx, options, env)

    def image(self, tokens: Tokens, idx: int, options: OptionsDict, env: Environment) -> str:
        alt = self.renderInlineAsText(tokens[idx].children, options, env)
        source, is_linked = str(tokens[idx].attrs.get("src", "")), env.get("is_linked", False)
        return image_html(source, alt, env["targets"], is_linked=is_linked)

    def embed(self, tokens: Tokens, idx: int, options: OptionsDict, env: Environment) -> str:
        return embed_html(tokens[idx].content, env["targets"], is_linked=env.get("is_linked", False))

    def html_block(self, tokens: Tokens, idx: int, options: OptionsDict, env: Environment) -> str:
        return with_images_resolved(tokens[idx].content, env["targets"])

    def html_inline(self, tokens: Tokens, idx: int, options: OptionsDict, env: Environment) -> str:
        return with_images_resolved(tokens[idx].content, env["targets"])

    def fence(self, tokens: Tokens, idx: int, options: OptionsDict, env: Environment) -> str:
        return code_html(tokens[idx].content, tokens[idx].info, env["budget"])

    def table_open(self, tokens: Tokens, idx: int, options: OptionsDict, env: Environment) -> str:
        return f'<div class="table-scroll" tabindex="0"{_id_of(tokens[idx])}><table>\n'

    def table_close(self, tokens: Tokens, idx: int, options: OptionsDict, env: Environment) -> str:
        return "</table></div>\n"


def _id_of(token: Token) -> str:
    return f' id="{token.attrs["id"]}"' if "id" in token.attrs else ""


def _page_parser(*, footnotes: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": NESTING_LIMIT}, renderer_cls=_Page)
    parser.enable(["table", "strikethrough"])
    if footnotes:
        footnote_plugin(parser)
    add_inline_marks(parser)
    add_block_marks(parser)
    add_maths(parser)
    return _with_note_paths(parser)


def _with_note_paths(parser: MarkdownIt) -> MarkdownIt:
    # file: is refused by the parser, yet exports link notes so; the sanitiser lets no such address through.
    refuses_file = parser.validateLink
    parser.validateLink = lambda url: url.startswith("file:") or refuses_file(url)  # type: ignore[method-assign]
    return parser


_FULL = _page_parser(footnotes=True)
_BRIEF = _page_parser(footnotes=False)


def parse_page(text: str) -> tuple[Sequence[Token], Callable[[Token], str]]:
    """A page's tokens, and how one is drawn: for whoever looks up in the text what the page shows."""
    environment = _environment(Targets(), full=True)
    tokens = _FULL.parse(text, environment)

    def draw(token: Token) -> str:
        html = _FULL.renderer.render([token], _FULL.options, environment)
        return str(environment["pieces"].fill(sanitise(html)))

    return tokens, draw
