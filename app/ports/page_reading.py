"""What a page says, in a process of its own: `python page_reading.py URL CHARSET TYPE < page` writes JSON.

The text is what a reader came for, as Markdown, without menus and notices. Nothing is run and nothing fetched.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
from typing import Any
from urllib.parse import urljoin, urlsplit

MEMORY, SECONDS = 768 * 2**20, 20
LONGEST = {"title": 500, "description": 2_000, "site": 200, "language": 35, "text": 400_000}
MOST_ICONS = 3
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-z0-9_:.-]{1,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def decode(body: bytes, charset: str) -> str:
    """By its mark, its header, its head, as UTF-8, else by a guess; what cannot be read is marked and never an end."""
    head = _META_CHARSET.search(body[:4096])
    told = [name for mark, name in _MARKS if body.startswith(mark)]
    told += [charset, head[1].decode() if head else "", "utf-8"]
    for name in filter(None, told):
        try:
            return body.decode(_usual(name))
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    from charset_normalizer import from_bytes

    best = from_bytes(body[:200_000]).best()
    return body.decode(best.encoding if best else "cp1252", "replace")


def _usual(name: str) -> str:
    """As browsers read it: what calls itself Latin-1 was mostly written on Windows."""
    known = codecs.lookup(name).name
    if known in {"idna", "punycode", "rot13", "unicode_escape", "raw_unicode_escape", "utf-7"}:
        raise LookupError(name)
    return "cp1252" if known in {"iso8859-1", "ascii"} else known


def read_html(html: str, url: str) -> dict[str, Any]:
    from lxml import html as parser

    # As bytes: a declaration that contradicts them is an error for what is text already.
    tree = parser.document_fromstring(html.encode("utf-8", "replace"), parser=parser.HTMLParser(encoding="utf-8"))
    metas = {
        (meta.get("property") or meta.get("name") or "").lower(): meta.get("content") or ""
        for meta in reversed(tree.xpath("//meta[@content]"))
    }
    titles = [metas.get("og:title", ""), tree.findtext(".//title") or "", metas.get("twitter:title", ""),
              *(h.text_content() for h in tree.xpath("//h1")[:1])]  # fmt: skip
    said = [metas.get(name, "") for name in ("og:description", "description", "twitter:description")]
    return {
        "title": _first(titles), "description": _first(said),
        "site": _first([metas.get("og:site_name", ""), (urlsplit(url).hostname or "").removeprefix("www.")]),
        "language": _language([tree.get("lang") or "", metas.get("og:locale", ""), metas.get("language", "")]),
        "text": _text(html), "icons": _icons(tree, url),
    }  # fmt: skip


def _first(found: list[str]) -> str:
    return next((words for given in found if (words := " ".join(given.split()))), "")


def _language(found: list[str]) -> str:
    said = (given.strip().lower().replace("_", "-") for given in found)
    return next((language for language in said if _LANGUAGE.fullmatch(language)), "")


def _text(html: str) -> str:
    from trafilatura import extract

    found = extract(
        html, output_format="markdown", include_comments=False, include_images=False, include_links=False,
        include_formatting=True, include_tables=True, with_metadata=False,
    )  # fmt: skip
    return found or ""


def _icons(tree: Any, url: str) -> list[str]:
    """The nearest to what is shown first; what every site had before there were others, last."""
    base = urljoin(url, next(iter(tree.xpath("//base/@href")), ""))
    links = [link for link in tree.xpath("//link[@href]") if "icon" in (link.get("rel") or "").lower().split()]
    links += [link for link in tree.xpath("//link[@href]") if "apple-touch-icon" in (link.get("rel") or "").lower()]
    drawn = [link for link in links if "svg" not in (link.get("type") or link.get("href") or "")]
    found = [urljoin(base, link.get("href").strip()) for link in sorted(drawn, key=_size)]
    return list(dict.fromkeys([*found[: MOST_ICONS - 1], urljoin(url, "/favicon.ico")]))


def _size(link: Any) -> int:
    """How far from 64 pixels it is; 32 where nothing is said."""
    numbers = re.findall(r"\d{1,4}", link.get("sizes") or "")
    return min((abs(64 - int(number)) for number in numbers), default=32)


def read(body: bytes, url: str, charset: str, media_type: str) -> dict[str, Any]:
    said = decode(body, charset).replace("\0", "")
    if media_type == "text/plain":
        title = next((line.strip() for line in said.splitlines() if line.strip()), "")
        site = (urlsplit(url).hostname or "").removeprefix("www.")
        known: dict[str, Any] = {"title": title, "description": "", "site": site, "language": "", "text": said}
        known["icons"] = [urljoin(url, "/favicon.ico")]
    else:
        known = read_html(said, url)
    return {key: value[: LONGEST[key]] if key in LONGEST else value for key, value in known.items()}


def _bound() -> None:
    os.nice(5)
    if sys.platform == "linux":  # elsewhere the bound on the page's size has to do
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(url: str, charset: str, media_type: str) -> None:
    _bound()
    known = read(sys.stdin.buffer.read(), url, charset, media_type)
    sys.stdout.buffer.write(json.dumps(known).encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
