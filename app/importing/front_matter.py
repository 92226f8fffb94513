"""The YAML block at the head of a Markdown file."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from app.web.locale import gettext as _

LARGEST = 64 * 1024
_BLOCK = re.compile(r"---[ \t]*\n(.*?)(?<=\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_START = re.compile(r"---[ \t]*\n")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """`raw` is the block as it stands in the file, `body` all that follows it: raw + body is the file."""

    raw: str
    body: str
    properties: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None


class _Loader(yaml.SafeLoader):
    """YAML as note apps read it: `no` is a word, 2021-03-08 and 007 and 12:30 stay as they are written."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        # A few lines of aliases can stand for gigabytes, and front matter has no need of them.
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("it uses aliases")
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,17})", list("-+0123456789")),
    ("float", r"[-+]?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,15}", list("-+0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), _first)


def split_front_matter(text: str) -> FrontMatter:
    """Front matter that cannot be read stays part of the body, with the problem named."""
    if not _START.match(text):
        return FrontMatter("", text)
    block = _BLOCK.match(text)
    if block is None:
        return FrontMatter("", text)
    if len(block[0]) > LARGEST:
        return FrontMatter("", text, problem=_("its front matter is too large, so it was kept as text"))
    try:
        properties = yaml.load(block[1], _Loader)  # noqa: S506 (a safe loader, made stricter)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError, OverflowError) as error:
        return FrontMatter("", text, problem=_told(error))
    if properties is None:
        properties = {}
    # Between two rules may also stand prose.
    if not isinstance(properties, dict):
        return FrontMatter("", text)
    return FrontMatter(block[0], text[block.end() :], {storable(str(k)): json_safe(v) for k, v in properties.items()})


def json_safe(value: Any) -> Any:
    """The value as Postgres can keep it in jsonb."""
    if isinstance(value, dict):
        return {storable(str(key)): json_safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [json_safe(item) for item in value]
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return storable(str(value))


def storable(text: str) -> str:
    """Escapes in YAML can make what no text holds: NUL, and halves of a pair (two halves are one)."""
    return text.replace("\0", "\ufffd").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _told(error: Exception) -> str:
    reason = getattr(error, "problem", None) or (
        str(error) if isinstance(error, yaml.YAMLError) else _("it is malformed")
    )
    sentence = _("its front matter could not be read (%(error)s), so it was kept as text")
    return sentence % {"error": " ".join(str(reason).split())}
