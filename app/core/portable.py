"""How records look outside of Hearth: what each kind declares, and the YAML head of a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# The plain importer reads no larger head (app/importing/front_matter.py).
LARGEST_HEAD = 60_000
LONGEST_KEY = 500


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What belongs to a record and stands in other tables. `stem` is the name that its file got."""

    stem: str = ""
    folder: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Readable:
    """How records of a kind are written for people and other programs, besides their exact rows.

    `write` makes a record's text. Each becomes a file of its own in `folder`, by its `name`; or, where `frame` is
    given, all of them stand in the one file `folder` + `ending`, between the two halves of the frame.
    """

    folder: str = ""
    ending: str = ""
    name: Callable[[Row], str] = lambda row: ""
    write: Callable[[Row, Surroundings], str] = lambda row, around: ""
    frame: tuple[str, str] | None = None


# For kinds that no other program has a form for: their exact rows, as JSON Lines, say all.
ROWS_ALONE = Readable()

_PLAIN = re.compile(r"[^\W\d_][\w ./()-]*(?<! )")
_WORDS_OF_YAML = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
# What YAML takes as it is between double quotes; whatever else is there is escaped.
_ODD = re.compile(
    r"[^\x20-\x21\x23-\x5b\x5d-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def write_head(fields: Iterable[tuple[str, Any]]) -> str:
    """A YAML head, which any reader of front matter takes for what was meant: a word `no` stays a word."""
    lines, size = ["---"], 0
    for key, value in fields:
        text = _entry(key, value)
        size += len(text)
        if len(key) <= LONGEST_KEY and size <= LARGEST_HEAD:
            lines.append(text)
    return "\n".join([*lines, "---", ""])


def _entry(key: str, value: Any) -> str:
    if isinstance(value, (list, tuple)) and value:
        return "\n".join([f"{_word(key)}:", *(f"  - {_flow(item)}" for item in value)])
    return f"{_word(key)}: {_flow(value)}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_quoted(str(key))}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_flow_item(item) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value) if isinstance(value, (int, float)) else _word(str(value))


def _flow_item(value: Any) -> str:
    return _quoted(value) if isinstance(value, str) else _flow(value)


def _word(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML and text.isascii() else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + _ODD.sub(_escape, text) + '"'


def _escape(sign: re.Match[str]) -> str:
    if sign[0] in '"\\':
        return "\\" + sign[0]
    return {"\n": "\\n", "\t": "\\t"}.get(sign[0]) or f"\\u{ord(sign[0]):04x}"
