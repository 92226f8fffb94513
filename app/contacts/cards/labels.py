"""Whose number it is: a card's TYPE and Apple's X-ABLabel as one word or two, and back again."""

from __future__ import annotations

from app.contacts.cards.lines import Line

# What all of a kind are anyway, and what the order says.
SILENT = {"internet", "pref", "voice", "msg", "x400", "postal", "parcel", "dom", "intl", "text-value"}
SAME = {"mobile": "cell", "handy": "cell", "homepage": "home page"}
# Every client takes these as TYPE; another label is written as Apple's own.
TYPES = {"home", "work", "cell", "fax", "pager", "main", "other", "school", "car", "isdn", "video", "text", "iphone"}


def read_label(line: Line, label: str) -> str:
    if label:
        said = " ".join(label.removeprefix("_$!<").removesuffix(">!$_").replace("\0", "").split())
        return SAME.get(said.lower(), said.lower() if label.startswith("_$!<") else said)
    words = [SAME.get(word, word) for word in line.types() if word not in SILENT]
    return " ".join(dict.fromkeys(word.removeprefix("x-") for word in words if word)).replace("\0", "")


def types_of(label: str) -> list[str] | None:
    """None where a client would not know the words."""
    words = label.split()
    return words if label == " ".join(words) and set(words) <= TYPES else None
