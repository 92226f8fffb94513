"""What of a Markdown text is prose: the same text, with all that is no prose overwritten, so that places stay."""

import re

from app.core.code_ranges import blanked, code_ranges, comment_ranges
from app.core.references import URL

# Front matter, links of all kinds, tags, addresses, formulas: what names something there must not be touched.
_TAKEN = re.compile(
    r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
    r"|!?\[\[[^\[\]\n]*\]\]|!?\[[^\[\]\n]*\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|\[[^\[\]\n]*\])"
    r"|(?<=\])\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|^[ \t>]*\[[^\[\]\n]+\]:[^\n]*"
    rf"|</?[a-zA-Z][^<>]*>|<[a-z][a-z0-9+.-]*:[^<>\s]*>|{URL.pattern}|www\.[^\s<>]+"
    r"|\$\$[^$]+\$\$|\$[^\s$](?:[^$\n]*[^\s$])?\$(?!\d)"
    r"|[@#](?:\"[^\"\n]*\"|“[^”\n]*”|[^\s\[\]]+)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)


def without_code(text: str) -> str:
    return blanked(text, [*code_ranges(text), *comment_ranges(text)])


def only_prose(text: str) -> str:
    """Of a text without code."""
    return blanked(text, [taken.span() for taken in _TAKEN.finditer(text)])
