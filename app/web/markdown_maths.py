"""Formulas in Markdown: `$…$` within a line, `$$…$$` set apart; `$5 and $6` are none."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin

from app.web.maths import math_html
from app.web.pieces import Pieces

Environment = MutableMapping[str, Any]


def add_maths(md: MarkdownIt) -> None:
    dollarmath_plugin(
        md, allow_labels=False, allow_space=False, allow_digits=False, allow_blank_lines=False, double_inline=True
    )
    for name in ("math_inline", "math_inline_double", "math_block"):
        md.add_render_rule(name, _render)


def _render(_renderer: object, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: Environment) -> str:
    token, pieces = tokens[idx], env["pieces"]
    assert isinstance(pieces, Pieces)
    formula = pieces.put(math_html(token.content, display=token.markup == "$$", budget=env["maths"]))
    # What scrolls sideways is reachable by keyboard.
    return f'<div class="maths" tabindex="0">{formula}</div>\n' if token.type == "math_block" else formula
