"""A vCard that Hearth wrote, with some of its properties alone (RFC 6352, 10.4)."""

from __future__ import annotations

from collections.abc import Collection

from app.contacts.cards.lines import read_line, unfold

FRAME = {"BEGIN", "END", "VERSION"}
WIDTH = 75


def keep_lines(card: str, names: Collection[str], valueless: Collection[str] = ()) -> str:
    """With these properties, besides what frames a card; those of `valueless` without their value."""
    wanted, empty = {name.upper() for name in names} | FRAME, {name.upper() for name in valueless}
    kept = []
    for raw in unfold(card):
        line = read_line(raw)
        if line and line.name in wanted:
            kept.append(raw[: len(raw) - len(line.value)] if line.name in empty else raw)
    return "".join(_fold(raw) for raw in kept)


def _fold(line: str) -> str:
    rows, row, room = [], "", WIDTH
    for sign in line:
        size = len(sign.encode())
        if size > room:
            rows.append(row)
            row, room = " ", WIDTH - 1
        row, room = row + sign, room - size
    return "\r\n".join([*rows, row]) + "\r\n"
