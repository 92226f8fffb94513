"""HTML of others as Markdown: of a mail, of a page that was saved. What runs, loads or hides goes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from app.core.text import words_of_html

# Nobody reads more, and what takes the tree apart shall come to an end.
LONGEST_HTML = 3_000_000
_DROPPED = ("script", "style", "head", "template", "noscript", "iframe", "object", "svg", "title", "meta", "link")
_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Read:
    text: str
    title: str = ""
    address: str = ""


def read_html(html: str) -> Read:
    """`address` is what the page itself says it stands at."""
    # Their trees take 10 MB, which a house where nobody brings mail shall not give.
    from bs4 import BeautifulSoup
    from markdownify import MarkdownConverter

    html = html[:LONGEST_HTML]
    try:
        soup = BeautifulSoup(html, "html.parser")
        title = " ".join(soup.title.get_text().split()) if soup.title else ""
        canonical = soup.find("link", rel="canonical", href=True)
        address = str(canonical["href"]) if canonical else ""
        _clean(soup)
        made = MarkdownConverter(heading_style="ATX", bullets="-", escape_misc=False).convert_soup(soup)
    except (RecursionError, AssertionError):
        # Deeper than anything that was written: its words are what it says.
        return Read(words_of_html(html).strip())
    is_web = address.startswith(("http://", "https://"))
    return Read(_BLANK_LINES.sub("\n\n", made).strip(), title, address if is_web else "")


def _clean(soup: Any) -> None:
    for tag in soup(_DROPPED):
        tag.decompose()
    for tag in soup(style=_HIDDEN):
        if not tag.decomposed:
            tag.decompose()
    for tag in soup("img"):
        # A remote picture tells its sender who reads when; one within the mail is among its files.
        tag.replace_with(tag.get("alt") or "")
    for tag in soup("a", href=True):
        if not str(tag["href"]).lower().startswith(("http://", "https://", "mailto:")):
            tag.unwrap()
