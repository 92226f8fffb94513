"""The template environment of one language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from app.settings import PROJECT
from app.web import locale

Constant = Callable[[str], str]


class ConstantCalls(Extension):
    """`_("Notes")` and `asset("app.css")` become their values when a template is compiled.

    They never change while a process lives, and called at each rendering they took a third of a page's time.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        functions: Mapping[str, Constant] = getattr(self.environment, "constant_calls", {})
        waiting: list[Token] = []
        for token in stream:
            waiting.append(token)
            if _is_beginning(waiting, functions):
                continue
            if len(waiting) == 4 and token.type == "rparen":
                yield Token(token.lineno, "string", functions[waiting[0].value](waiting[2].value))
            else:
                yield from waiting
            waiting = []
        yield from waiting


def _is_beginning(tokens: list[Token], functions: Mapping[str, Constant]) -> bool:
    """Whether these may be the first of NAME ( STRING )."""
    shape = ("name", "lparen", "string")
    return (
        len(tokens) < 4
        and tokens[0].value in functions
        and all(token.type == wanted for token, wanted in zip(tokens, shape, strict=False))
    )


def make_environment(language: str, asset: Constant) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PROJECT / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False, cache_size=-1, extensions=["jinja2.ext.i18n", ConstantCalls],
    )  # fmt: skip
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        locale.gettext, locale.ngettext, newstyle=True, pgettext=locale.pgettext
    )
    sentences = locale.translations(language).ugettext
    environment.extend(constant_calls={"_": sentences, "gettext": sentences, "asset": asset})
    environment.globals.update(asset=asset, language=language)
    environment.filters.update(
        day=locale.day,
        brief=locale.brief,
        moment=locale.moment,
        iso=locale.iso,
        number=locale.number,
        clock=locale.clock,
    )
    # A block that is rendered alone sees no import of its template's top level: hence a global.
    environment.globals["ui"] = environment.get_template("ui.html").module
    return environment
