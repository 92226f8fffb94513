"""What a file is, by its bytes. A name is anybody's to choose, so it decides only between what the bytes allow."""

from __future__ import annotations

import mimetypes

HEAD = 64 * 1024
"""How many bytes from the beginning are looked at."""

UNKNOWN = "application/octet-stream"
# What a signature alone tells surely enough; archives, texts and the rest are for the name to say more about.
_TOLD = ("image/", "audio/", "video/", "text/html", "application/pdf")
_WRITTEN = {"application/json", "application/xml", "application/rtf", "application/x-sh", "application/javascript"}
_USUAL = {
    "image/x-ms-bmp": "image/bmp",
    "image/heic": "image/heif",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
}


def sniff_type(head: bytes, name: str) -> str:
    """The media type of the file that begins with `head` and is called `name`."""
    said, found = mimetypes.guess_type(name)[0] or "", _signatures(head)
    if said in found:
        return _USUAL.get(said, said)
    told = next((media_type for media_type in found if media_type.startswith(_TOLD)), "")
    if told:
        return _USUAL.get(told, told)
    if head.startswith(b"PK\x03\x04"):
        return "application/zip"
    if not _is_text(head):
        return UNKNOWN
    return said if said in _WRITTEN or (said.startswith("text/") and said != "text/html") else "text/plain"


def _signatures(head: bytes) -> list[str]:
    # Its tables take 3 MB, which a house where nobody brings files shall not give.
    import puremagic

    try:
        return [match.mime_type for match in puremagic.magic_string(head) if match.mime_type]
    except (puremagic.PureError, ValueError):
        return []


def _is_text(head: bytes) -> bool:
    """A cut may go through the middle of a character."""
    try:
        head[:HEAD].decode()
    except UnicodeDecodeError as error:
        return len(head) >= HEAD and error.start >= HEAD - 4 and b"\0" not in head
    return b"\0" not in head
