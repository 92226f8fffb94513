"""What a note says about itself (title, tags, aliases, dates) by front matter or Logseq's first block."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_TITLE = ("title",)
_TAGS = ("tags", "tag", "topics", "topic")
# What other apps have one of, or few: a blank is part of its name.
_CATEGORIES = ("category", "categories")
_ALIASES = ("aliases", "alias")
_CREATED = ("created", "created_at", "created-at", "createdat", "date", "date created", "creation date")
_UPDATED = ("updated", "updated_at", "updated-at", "updatedat", "modified", "date modified", "lastmod",
            "last_modified", "last modified")  # fmt: skip
_PROPERTY = re.compile(r"[ \t]*(?:[-*][ \t]+)?([A-Za-z][\w-]*)::[ \t]*(.*)")
_BRACKETED = re.compile(r"#?\[\[([^\[\]]+)\]\]")
_MOST = 200


@dataclass(frozen=True, slots=True)
class OwnWords:
    title: str | None
    tags: tuple[str, ...]
    aliases: tuple[str, ...]
    created: Any
    updated: Any


def read_properties(front_matter: Mapping[str, Any], body: str) -> OwnWords:
    """Keys in any case; where both speak, front matter's title wins and lists are joined."""
    front = {key.strip().lower(): value for key, value in front_matter.items()}
    block = first_block_properties(body)
    title = next((text for source in (front, block) if (text := _line(source.get("title")))), None)
    return OwnWords(
        title,
        _unique(
            name
            for source in (front, block)
            for name in (*_tags(_values(source, _TAGS)), *_tags(_values(source, _CATEGORIES), blanks=False))
        ),
        _unique(name for source in (front, block) for name in _aliases(_values(source, _ALIASES))),
        next(_values(front, _CREATED), None),
        next(_values(front, _UPDATED), None),
    )


def first_block_properties(body: str) -> dict[str, str]:
    """Logseq's `key:: value` lines at the very head of a note."""
    found: dict[str, str] = {}
    if "::" not in body[:4000]:
        return found
    for line in body[:4000].splitlines():
        prop = _PROPERTY.fullmatch(line)
        if prop is None:
            break
        found[prop[1].lower()] = prop[2].strip()
    return found


def _values(source: Mapping[str, Any], keys: Iterable[str]) -> Iterator[Any]:
    return iter([source[key] for key in keys if source.get(key) not in (None, "", [])])


def _tags(values: Iterable[Any], *, blanks: bool = True) -> Iterable[str]:
    for value in values:
        for item in value if isinstance(value, list) else _split(str(value), blanks=blanks):
            yield from (name.strip() for name in [_line(item).lstrip("#")] if name.strip())


def _aliases(values: Iterable[Any]) -> Iterable[str]:
    for value in values:
        for item in value if isinstance(value, list) else _split(str(value), blanks=False):
            yield _line(item)


def _split(text: str, *, blanks: bool) -> list[str]:
    """`a, b`, `[[a]], [[b c]]`, and for tags `a b` too."""
    if bracketed := _BRACKETED.findall(text):
        rest = _BRACKETED.sub(",", text)
        return [*bracketed, *(part for part in rest.split(",") if part.strip())]
    return text.split() if blanks and "," not in text else text.split(",")


def _line(value: Any) -> str:
    """A value as one line; a list, map or nothing is no name."""
    if value is None or isinstance(value, (list, dict)):
        return ""
    bracketed = _BRACKETED.fullmatch(str(value).strip())
    return " ".join((bracketed[1] if bracketed else str(value)).split())


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name[:_MOST] for name in names if name))
