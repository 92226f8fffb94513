"""Names of files that every system takes: safe, not too long, and no two that differ by case alone."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b

# Together with the folder, so that an importer's own bound on a path (1,000 bytes) is never reached.
LONGEST_NAME, LONGEST_FOLDER = 150, 600
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|#^\[\]\u2028\u2029\ufeff]+')
_RESERVED = re.compile(
    r"(?i)(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$|node_modules|__macosx|__pycache__|\$recycle\.bin|thumbs\.db"
    r"|desktop\.ini)(\..*)?"
)


def safe_name(name: str, longest: int = LONGEST_NAME) -> str:
    """One segment of a path; never empty, never hidden, never what a system keeps for itself."""
    text = _FORBIDDEN.sub("-", unicodedata.normalize("NFC", name)).strip()
    text = cut(text, longest).rstrip(". ").lstrip(" ")
    if text.startswith("."):
        text = "_" + text[1:]
    return f"_{text}" if _RESERVED.fullmatch(text) or not text else text


def cut(text: str, longest: int) -> str:
    """To so many bytes of UTF-8, no sign cut in two."""
    return text.encode("utf-8", "replace")[:longest].decode("utf-8", "ignore")


class Names:
    """The paths of one archive. Remembers a hash of each: a hundred thousand long paths would take too much memory."""

    def __init__(self) -> None:
        self._taken: set[bytes] = set()

    def path(self, folder: str, name: str, ending: str) -> str:
        """A path that nothing else has, whatever the case of its letters; a second of a name gets a number."""
        stem = safe_name(name)
        number, path = 1, f"{folder}/{stem}{ending}"
        while not self._take(path):
            number += 1
            path = f"{folder}/{stem} ({number}){ending}"
        return path

    def file(self, folder: str, path: str) -> str:
        """The same for a file that has a path and an ending of its own."""
        above, _, name = path.rpartition("/")
        stem, dot, ending = name.rpartition(".")
        if not dot or not stem or len(ending.encode()) > 20:
            stem, ending = name, ""
        else:
            ending = "." + safe_name(ending)
        return self.path("/".join(part for part in (folder, safe_folder(above)) if part), stem, ending)

    def _take(self, path: str) -> bool:
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", path).casefold())
        digest = blake2b(folded.encode("utf-8", "replace"), digest_size=12).digest()
        if digest in self._taken:
            return False
        self._taken.add(digest)
        return True


def safe_folder(path: str) -> str:
    """Folders by their names; where they nest too deep for some systems, the upper ones in one word."""
    parts = [safe_name(part, 80) for part in path.split("/") if part]
    while len(parts) > 30 or len("/".join(parts).encode()) > LONGEST_FOLDER:
        parts = [cut(f"{parts[0]} {parts[1]}", 80).strip(), *parts[2:]] if len(parts) > 2 else [cut(parts[0], 80)]
    return "/".join(parts)
