"""LaTeX as MathML. What cannot be read is shown as it was written; no formula breaks a page.

The library builds a tree; it is written out here, by lists of what a formula is made of. (Its own writer takes back
the escaping of `<` in the words of a formula.)
"""

from __future__ import annotations

import re
from html import unescape
from xml.etree.ElementTree import Element

from markupsafe import Markup, escape

# What a note's formulas may be long together, each one alone, and how deep one may nest.
MATHS_LIMIT = 12_000
LONGEST = 2_000
DEEPEST = 40
# A formula costs something even when it is short.
_LEAST = 20

# Layout and words. No `maction`, `annotation-xml`, `semantics`, `mglyph`: through those other languages come in.
ELEMENTS = {
    "math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts",
    "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr",
    "munder", "munderover", "none",
}  # fmt: skip
_WORDS = {"mi", "mn", "mo", "mtext"}
_FLAG, _LENGTH = "true|false", r"-?[0-9]{0,2}(?:\.[0-9]{1,4})?(?:em|ex|px|pt|mu)?"
# Nothing here has an address, a name, a class or a style.
ATTRIBUTES = {
    name: re.compile(values)
    for name, values in {
        "display": "block|inline", "displaystyle": _FLAG, "scriptlevel": "[+-]?[0-3]", "stretchy": _FLAG,
        "fence": _FLAG, "separator": _FLAG, "largeop": _FLAG, "movablelimits": _FLAG, "accent": _FLAG,
        "accentunder": _FLAG, "symmetric": _FLAG, "form": "prefix|infix|postfix", "linethickness": _LENGTH,
        "width": _LENGTH, "height": _LENGTH, "depth": _LENGTH, "voffset": _LENGTH, "lspace": _LENGTH,
        "rspace": _LENGTH, "minsize": _LENGTH, "maxsize": _LENGTH, "mathvariant": "[a-z-]{1,30}",
        "columnalign": "[a-z ]{1,100}", "columnlines": "[a-z ]{1,100}", "rowlines": "[a-z ]{1,100}",
        "columnspacing": "[0-9a-z. ]{1,60}", "rowspacing": "[0-9a-z. ]{1,60}", "notation": "[a-z ]{1,60}",
    }.items()
}  # fmt: skip
_COMMAND = re.compile(r"\\[A-Za-z]")
# A macro may hold macros, and be as long as it likes in the end.
_DEFINITION = re.compile(r"\\(?:(?:re|provide)?newcommand|[egx]?def|let|DeclareMathOperator)(?![A-Za-z])")
# Environments that the library has under another name.
_ENVIRONMENT = re.compile(r"(\\(?:begin|end)\{)(aligned|gathered|gather)\*?(?=\})")
_NAMES = {"aligned": "split", "gathered": "matrix", "gather": "matrix"}
_PARTS = {
    "mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "mroot": 2, "msubsup": 3, "munderover": 3,
}  # fmt: skip
_NESTING = re.compile(r"\\[A-Za-z]+|\\.|[{}]", re.DOTALL)


class _Unreadable(Exception):
    """Not a formula that can be shown."""


def math_html(latex: str, *, display: bool, budget: list[int]) -> Markup:
    """`budget` is what the note may still spend on formulas; what is used is taken off."""
    latex = latex.strip()
    budget[0] -= max(len(latex), _LEAST)
    try:
        return _mathml(latex, display) if budget[0] >= 0 else _source(latex, display)
    except Exception:  # noqa: BLE001 - a reader of what anybody typed fails in ways that its makers did not name
        return _source(latex, display)


def _source(latex: str, display: bool) -> Markup:
    mark = "$$" if display else "$"
    return Markup('<code class="latex">{}{}{}</code>').format(mark, latex, mark)


def _mathml(latex: str, display: bool) -> Markup:
    if len(latex) > LONGEST or _depth(latex) > DEEPEST or _DEFINITION.search(latex):
        raise _Unreadable
    # Imported when first needed: most notes hold no formula, and the machine is small.
    from latex2mathml.converter import convert_to_element

    known = _ENVIRONMENT.sub(lambda named: named[1] + _NAMES[named[2]], latex)
    tree = convert_to_element(known, display="block" if display else "inline")
    return Markup("").join(_written(tree, 0))


def _depth(latex: str) -> int:
    """How deep a formula nests at most: by its braces, or by commands that take one another (`\\sqrt\\sqrt…`)."""
    depth = deepest = row = 0
    end = -1
    for mark in _NESTING.finditer(latex):
        row = row + 1 if mark[0][0] == "\\" and mark.start() == end else 0
        depth = depth + 1 if mark[0] == "{" else max(0, depth - 1) if mark[0] == "}" else depth
        deepest, end = max(deepest, depth + row), mark.end()
    return deepest


def _written(element: Element, depth: int) -> list[Markup]:
    if element.tag not in ELEMENTS or depth > 3 * DEEPEST or len(element) != _PARTS.get(element.tag, len(element)):
        raise _Unreadable
    given = {name: value for name, value in element.attrib.items() if _is_known(name, value)}
    attributes = Markup("").join(Markup(' {}="{}"').format(*pair) for pair in given.items())
    parts = [Markup("<{}{}>").format(Markup(element.tag), attributes), _words(element)]  # noqa: S704 (of the list above)
    for child in element:
        parts += _written(child, depth + 1)
    return [*parts, Markup("</{}>").format(Markup(element.tag))]  # noqa: S704 (of the list above)


def _is_known(name: str, value: str) -> bool:
    return name in ATTRIBUTES and ATTRIBUTES[name].fullmatch(value) is not None


def _words(element: Element) -> Markup:
    words = unescape(element.text or "")  # the library writes signs by their numbers
    if words.strip() and element.tag not in _WORDS:
        raise _Unreadable
    if element.tag != "mtext" and _COMMAND.match(words):
        raise _Unreadable  # a command that the library does not know
    return escape(words)
