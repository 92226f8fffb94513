"""The picture in a card: base64, as 2.1 and 3.0 write it, or the `data:` of 4.0. An address is never followed."""

from __future__ import annotations

import binascii
import re

from app.contacts.cards.card import Photo
from app.contacts.cards.lines import Line, unescape

LARGEST = 16 * 1024 * 1024
DATA = re.compile(r"data:([\w.+/-]*)((?:;[^,;]*)*?);?base64\\?,(.*)", re.S | re.I)
NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
SIGNS = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def read_photo(line: Line) -> Photo | None:
    """None for what is no picture that the card itself holds."""
    if found := DATA.match(line.value.strip()):
        return _decoded(found[3])
    if "encoding" in line.params:
        return _decoded(unescape(line.value))
    return None


def _decoded(text: str) -> Photo | None:
    if len(text) > LARGEST * 4 // 3:
        return None
    bare = NO_BASE64.sub("", text.partition("=")[0])
    # A sign alone at the end is half a byte that nobody wrote.
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    try:
        content = binascii.a2b_base64(bare + "=" * (-len(bare) % 4))
    except binascii.Error:
        return None
    media_type = next((name for sign, name in SIGNS if content.startswith(sign)), "")
    return Photo(content, media_type) if media_type else None
