"""Code blocks, coloured by Pygments' classes."""

import re
from collections.abc import Callable
from html import escape
from typing import Any

# Highlighting costs about a hundred times what showing costs, so a note has this many characters of it; a
# block costs something even when it is short.
HIGHLIGHT_LIMIT = 20_000
_LEAST = 100

# Languages whose lexers are known to be well-behaved; others are shown uncoloured.
LANGUAGES = {
    "bash", "c", "c++", "clojure", "cmake", "cpp", "cs", "csharp", "css", "csv", "dart", "diff", "docker",
    "dockerfile", "elixir", "elm", "erlang", "go", "golang", "graphql", "haskell", "hs", "html", "ini",
    "java", "javascript", "js", "json", "jsx", "julia", "kotlin", "kt", "latex", "less", "lisp", "lua",
    "make", "makefile", "markdown", "md", "nginx", "nix", "objc", "ocaml", "perl", "php", "postgres",
    "postgresql", "powershell", "ps1", "py", "python", "r", "rb", "rs", "ruby", "rust", "sass", "scala",
    "scheme", "scss", "sh", "shell", "sql", "svelte", "swift", "tex", "toml", "ts", "tsx", "typescript",
    "vim", "vue", "xml", "yaml", "yml", "zig", "zsh",
}  # fmt: skip
_LANGUAGE = re.compile(r"[\w+#.-]+")


def code_html(code: str, info: str, budget: list[int]) -> str:
    """`budget` is what the note may still spend on colours; what is used is taken off."""
    language = _LANGUAGE.match(info.strip().lower())
    name = language[0] if language else ""
    cost = max(len(code), _LEAST)
    if name not in LANGUAGES or cost > budget[0]:
        return f"<pre><code>{escape(code, quote=False)}</code></pre>\n"
    budget[0] -= cost
    return f'<pre><code class="highlight">{_highlighted(code, name)}</code></pre>\n'


def _highlighted(code: str, language: str) -> str:
    highlight, lexer_by_name, formatter = _pygments()
    return str(highlight(code, lexer_by_name(language, stripnl=False), formatter))


def _pygments() -> tuple[Callable[..., str], Callable[..., Any], Any]:
    # Imported when first needed: most notes hold no code, and the machine is small.
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    return highlight, get_lexer_by_name, HtmlFormatter(nowrap=True)
