"""What somebody typed into the search box, taken apart: words, "exact words", -refused ones, and name:value filters."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

LONGEST = 400
# A filter's value may be quoted; an open quotation reaches to the end, for it is still being typed.
PART = re.compile(
    r'(?P<minus>-?)(?:(?P<name>[a-z]+):(?:"(?P<quoted>[^"]*)(?:"|$)|(?P<value>[^\s"]*))'
    r'|"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\s"]+))'
)


@dataclass(frozen=True, slots=True)
class Filter:
    """`name:value`, or what it must not be. An empty value is one that is still being typed."""

    name: str
    value: str
    refused: bool = False

    def __str__(self) -> str:
        value = f'"{self.value}"' if re.search(r"\s", self.value) or not self.value else self.value
        return f"{'-' if self.refused else ''}{self.name}:{value}"


@dataclass(frozen=True, slots=True)
class Asked:
    """`beginning` is the last word, where nothing follows it yet; it is one of the words, too."""

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    beginning: str = ""

    @property
    def text(self) -> str:
        """What is asked for in plain words, in which meaning is looked for."""
        return " ".join((*self.words, *self.phrases))


def read_query(q: str, filter_names: Collection[str]) -> Asked:
    """Never fails: what is no filter of these names, and no quotation, is a word. Reads the first 400 characters."""
    q = q.replace("\0", "")[:LONGEST].replace("“", '"').replace("”", '"').replace("„", '"')
    words: list[str] = []
    phrases: list[str] = []
    refused: list[str] = []
    filters: list[Filter] = []
    last_word_ends = -1
    for part in PART.finditer(q):
        if part["name"] in filter_names:
            value = part["quoted"] if part["quoted"] is not None else part["value"]
            filters.append(Filter(part["name"], value.strip(), bool(part["minus"])))
        elif part["phrase"] is not None:
            (refused if part["minus"] else phrases).append(part["phrase"].strip())
        else:
            word = part.group().removeprefix("-")
            (refused if part["minus"] else words).append(word)
            last_word_ends = -1 if part["minus"] else part.end()
    beginning = words[-1] if words and last_word_ends == len(q) else ""
    return Asked(_filled(words), _filled(phrases), _filled(refused), tuple(filters), beginning)


def _filled(parts: list[str]) -> tuple[str, ...]:
    return tuple(part for part in parts if part)
