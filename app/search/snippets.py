"""A piece of a hit around the words that were looked for, marked, and safe as HTML whatever it holds."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from app.core.text import fold, preview

WIDTH = 200
WORD = re.compile(r"\w+")


def make_snippet(text: str, query: str) -> Markup:
    """About 200 characters of plain text with the query's words in <mark>."""
    plain = preview(text, 4000)
    wanted = [fold(word) for word in WORD.findall(query)]
    matches = [match for match in WORD.finditer(plain) if _is_wanted(match.group(), wanted)]
    start = max(0, matches[0].start() - WIDTH // 3) if matches else 0
    if start:
        start = plain.find(" ", start) + 1 or start
    end = min(len(plain), start + WIDTH)
    return _marked(plain, start, end, [m for m in matches if start <= m.start() and m.end() <= end])


def _is_wanted(word: str, wanted: list[str]) -> bool:
    folded = fold(word)
    return any(folded == want or (len(want) > 2 and folded.startswith(want)) for want in wanted)


def _marked(plain: str, start: int, end: int, matches: list[re.Match[str]]) -> Markup:
    parts: list[Markup] = [Markup("…")] if start else []
    at = start
    for match in matches:
        parts += [escape(plain[at : match.start()]), Markup("<mark>{}</mark>").format(match.group())]
        at = match.end()
    parts.append(escape(plain[at:end]))
    if end < len(plain):
        parts.append(Markup("…"))
    return Markup("").join(parts)
