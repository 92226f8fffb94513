"""Images and attachments: a file of one's own is shown, a remote image is only offered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from html.parser import HTMLParser
from pathlib import PurePosixPath
from urllib.parse import unquote

from markupsafe import escape

from app.web.markdown_targets import PictureHref, Targets

# One of WIDTHS (app/ports/pictures.py): enough for the column on a screen of twice the density, and for a phone.
SHOWN_WIDTH = 960

_IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg", ".bmp", ".ico"}
_SIZE = re.compile(r"(\d{1,4})(?:x(\d{1,4}))?")
_REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)
_IMG_TAG = re.compile(r"<img\b(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)


def image_html(
    source: str, alt: str, targets: Targets, *, width: str = "", height: str = "", is_linked: bool = False
) -> str:
    # A remote image would tell its server who reads what and when, and img-src 'self' refuses it anyway.
    if _REMOTE.match(source):
        return f'<a class="remote-image" href="{escape(source)}">{escape(alt or _name(source))}</a>'
    href = source if source.startswith("/files/") else targets.file(source)
    if href is None:
        return f'<span class="missing-file">{escape(alt or _name(source))}</span>'
    picture = href if isinstance(href, PictureHref) else None
    sizes = _room(picture, width, height) if picture else (("width", width), ("height", height))
    size = "".join(f' {key}="{value}"' for key, value in sizes if value)
    small = f"?width={SHOWN_WIDTH}" if picture else ""
    image = f'<img src="{escape(href)}{small}" alt="{escape(alt)}" loading="lazy"{size}>'
    if picture is None or is_linked:
        return image
    # A link needs a name, and a picture may be without words.
    return f'<a class="picture" href="{escape(href)}" title="{escape(alt or _name(source))}">{image}</a>'


def _room(picture: PictureHref, width: str, height: str) -> tuple[tuple[str, str | int], ...]:
    """What the page keeps free for it, so that nothing jumps when it comes."""
    if width and height:
        return ("width", width), ("height", height)
    wide = int(width[:4]) or 1 if width else min(SHOWN_WIDTH, picture.width)
    return ("width", wide), ("height", max(1, round(wide * picture.height / picture.width)))


def embed_html(inner: str, targets: Targets, *, is_linked: bool = False) -> str:
    """For `![[file]]`, `![[file|300]]`, `![[file|300x200]]`, `![[file|what it shows]]`."""
    path, _, shown = (part.strip() for part in inner.partition("|"))
    size = _SIZE.fullmatch(shown)
    if PurePosixPath(path).suffix.lower() in _IMAGES:
        alt = _name(path) if size or not shown else shown
        width, height = (size[1], size[2] or "") if size else ("", "")
        return image_html(path, alt, targets, width=width, height=height, is_linked=is_linked)
    href = targets.file(path)
    if href is None:
        return f'<span class="missing-file">{escape(shown or path)}</span>'
    return f'<a class="file" href="{escape(href)}">{escape(shown or path)}</a>'


def with_images_resolved(html: str, targets: Targets) -> str:
    """Raw HTML with every `<img>` treated like an image of Markdown."""
    return _IMG_TAG.sub(lambda tag: _image_tag(tag[0], targets), html) if "<" in html else html


def _image_tag(tag: str, targets: Targets) -> str:
    attributes = _Attributes.of(tag)
    sizes = {key: attributes[key] for key in ("width", "height") if attributes.get(key, "").isdecimal()}
    # It may stand within a link, which this does not see.
    return image_html(attributes.get("src", "").strip(), attributes.get("alt", ""), targets, is_linked=True, **sizes)


def _name(source: str) -> str:
    return PurePosixPath(unquote(unescape(source)).partition("?")[0]).name or source


class _Attributes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    @classmethod
    def of(cls, tag: str) -> Mapping[str, str]:
        parser = cls()
        parser.feed(tag)
        return parser.found

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found = {name: value or "" for name, value in reversed(attrs)}
