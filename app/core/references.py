"""What a text points at: `[[Title]]`, `[x](path.md)`, `#topic`, `@Person`, each with its place."""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote

from app.core.text import LETTER, sentence_around


@dataclass(frozen=True, slots=True)
class WrittenLink:
    """A link to another note; `written` is all that stands in the brackets, up to the `|`.

    A title may itself hold `#`, `^` or `|`: whoever resolves tries `names` in their order.
    """

    name: str
    anchor: str
    shown: str
    embed: bool
    form: Literal["wiki", "path"]
    start: int
    end: int
    sentence: str
    written: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names to look up, the most literal first: `[[C# notes]]` may mean a note `C# notes` or one `C`."""
        whole = f"{self.written}|{self.shown}" if self.shown not in ("", self.written) else self.written
        names = (self.written, self.name, whole)
        if self.form == "path":
            names = (self.name, PurePosixPath(self.name).stem, self.name)
        return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class References:
    links: tuple[WrittenLink, ...]
    topics: tuple[Topic, ...]
    people: tuple[Person, ...]


# The page renders with these very patterns, so that what is shown as a link is what the graph holds.
WIKI = re.compile(r"(!?)\[\[([^\[\]\n]+)\]\]")
_OPENS = r"(?<![^\s(\[{<>\"'“”‘’„«*_~,;:|!¡¿–—\u3001\u3002\uff0c\uff08\u300c])"
_NUMERIC = r"[0-9_/-]*+(?!" + LETTER + ")" if False else ""
_WORD = rf"{LETTER}+"
TOPIC = re.compile(rf"{_OPENS}#((?:{LETTER}|[_/-])+)")
PERSON = re.compile(
    rf"{_OPENS}@(?:\[\[([^\[\]\n|]+)(?:\|[^\[\]\n]*)?\]\]|[\"“]([^\"“”\n]{{1,120}})[\"”]"
    rf"|({LETTER}+(?:[._-]+{LETTER}+)*)(?![@]|[/:]{LETTER}))"
)
