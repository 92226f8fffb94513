"""What front matter says of a note that Hearth has a field for: icon, colour, author, template.

What fits is the field's from then on and is shown there; what does not (a colour that no palette has, an icon of some
other app's set) stays a property, word for word. An author stays one too: the name is kept where nobody bears it yet.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.text import fold
from app.folders.service import COLOURS, LONGEST_ICON

_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})")
_NAMED = {
    "red": "ember", "orange": "ember", "yellow": "ember", "brown": "ember", "green": "moss", "lime": "moss",
    "blue": "sky", "cyan": "sky", "teal": "sky", "purple": "plum", "violet": "plum", "pink": "plum", "magenta": "plum",
}  # fmt: skip
# Where each begins on the circle of hues, in degrees.
_HUES = ((0, "ember"), (70, "moss"), (165, "sky"), (255, "plum"), (340, "ember"))
_TEMPLATES = {"true": "note", "note": "note", "log": "log", "daily": "log"}


@dataclass(frozen=True, slots=True)
class Looks:
    """`author` is folded, as names are; `taken` are the properties that became fields."""

    icon: str | None = None
    colour: str | None = None
    template_for: str | None = None
    author: str | None = None
    taken: frozenset[str] = frozenset()

    def left_of(self, properties: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in properties.items() if key not in self.taken}


def read_looks(properties: Mapping[str, Any]) -> Looks:
    """Keys in any case."""
    spelled = {key.strip().lower(): key for key in properties}
    said = {name: properties[key] for name, key in spelled.items()}
    found = {
        "icon": _icon(said.get("icon")),
        "colour": _colour(said.get("colour")),
        "color": _colour(said.get("color")),
        "template": _template(said.get("template")),
    }
    taken = frozenset(spelled[name] for name, value in found.items() if value)
    author = said.get("author")
    return Looks(
        found["icon"], found["colour"] or found["color"], found["template"],
        fold(author.strip().removeprefix("[[").removesuffix("]]").removeprefix("@")) or None
        if isinstance(author, str) else None,
        taken,
    )  # fmt: skip


def _icon(value: Any) -> str | None:
    """A sign; the name of one in some app's set (`LiHome`) is none."""
    text = value.strip() if isinstance(value, str) else ""
    return text if text and not text.isascii() and len(text) <= LONGEST_ICON else None


def _template(value: Any) -> str | None:
    return _TEMPLATES.get(str(value).strip().lower()) if isinstance(value, bool | str) else None


def _colour(value: Any) -> str | None:
    """The nearest of ours, by its name or its hue; grey is near to none."""
    text = value.strip().lower() if isinstance(value, str) else ""
    if text in COLOURS or text in _NAMED:
        return _NAMED.get(text, text) or None
    return _by_hue(text) if _HEX.fullmatch(text) else None


def _by_hue(code: str) -> str | None:
    digits = code[1:] if len(code) == 7 else "".join(digit * 2 for digit in code[1:])
    hue, _lightness, saturation = colorsys.rgb_to_hls(*(int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)))
    if saturation < 0.1:
        return None
    return [name for begins, name in _HUES if begins <= hue * 360][-1]
