"""From the bytes of a file to its text, whatever it was written with."""

from __future__ import annotations

import codecs

import charset_normalizer

from app.importing.sources import UnreadableError
from app.web.locale import gettext as _

_MARKED = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# A detector takes the few accents of a short Western note for those of any other alphabet; so a text that
# holds nothing but the letters and signs that Western languages write is Western before anything is detected.
_WESTERN = frozenset(
    "äöüÄÖÜßéèêëÉÈÊàâáãÀÂÁçÇñÑíìîïÍÎóòôõÓÔúùûÚÛåÅæÆøØœŒ“”„‘’‚–—…€«»·•°§©®™¿¡ºª£¥±×½¼¾²³´\xa0".encode("cp1252")
)
# The code pages that editors have saved notes in; most of the others that the detector knows mislead it.
_BELIEVED = [
    "cp1252", "cp1251", "koi8_r", "shift_jis", "euc_jp", "gb18030", "big5", "cp949", "cp1250", "cp1253",
    "cp1254", "cp1255", "cp1256",
]  # fmt: skip
_LOOKED_AT = 200_000


def decode(content: bytes) -> tuple[str, list[str]]:
    """The text, and what had to be done to it; raises UnreadableError when the bytes are no text."""
    text, notices = _decoded(content)
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
        notices.append(_("NUL characters, which cannot be stored, were replaced by �"))
    return text, notices


def _decoded(content: bytes) -> tuple[str, list[str]]:
    for mark, marked in _MARKED:
        if content.startswith(mark):
            return _strictly(content[len(mark) :], marked), [] if marked == "utf-8" else [_told(marked)]
    if encoding := _unmarked_utf_16(content):
        return _strictly(content, encoding), [_told(encoding)]
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        encoding = _guess(content)
    return _strictly(content, encoding), [_told(encoding)]


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableError(_("its encoding could not be recognised")) from None


def _unmarked_utf_16(content: bytes) -> str | None:
    """In UTF-16 every second byte of most languages is zero; it may pass for UTF-8 full of NULs."""
    odd, even = _mostly_zero(content[1::2]), _mostly_zero(content[::2])
    if len(content) % 2 or odd == even:
        return None
    return "utf-16-le" if odd else "utf-16-be"


def _guess(content: bytes) -> str:
    if content.count(0) > len(content) // 100:
        raise UnreadableError(_("it is not a text file"))
    beyond_ascii = [byte for byte in content[:_LOOKED_AT] if byte > 0x7F]
    if len(beyond_ascii) * 3 <= len(content[:_LOOKED_AT]) and _WESTERN.issuperset(beyond_ascii):
        return "cp1252"
    best = charset_normalizer.from_bytes(content[:_LOOKED_AT], cp_isolation=_BELIEVED).best()
    if best is None:
        raise UnreadableError(_("its encoding could not be recognised"))
    return best.encoding


def _mostly_zero(content: bytes) -> bool:
    return content.count(0) * 2 > len(content) > 0


def _told(encoding: str) -> str:
    return _("decoded from %(encoding)s") % {"encoding": encoding.replace("_", "-")}
