"""What two other parsers read in the collection of vCards: `.out` of calcard where it lies there, else vobject.

`.out` is a card written anew, so the few lines here that take it apart share nothing with the reader under test.
"""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import vobject

CARDS = Path(__file__).parents[4] / "shared/data/vcard"
DIRECT = {"FN": "full_name", "TITLE": "role_title", "NOTE": "notes", "UID": "uid", "EMAIL": "emails", "TEL": "phones",
          "URL": "urls", "NICKNAME": "nickname", "CATEGORIES": "categories"}  # fmt: skip
Reading = dict[str, list[str]]


def out_of(path: Path) -> Path | None:
    """By either of the names that it is known to have."""
    return next((out for out in (path.with_suffix(".vcf.out"), path.with_suffix(".out")) if out.exists()), None)


def read_out(path: Path) -> list[Reading]:
    text = re.sub(r"\r?\n[ \t]", "", path.read_text(encoding="utf-8"))
    cards: list[Reading] = []
    for line in text.splitlines():
        if re.fullmatch(r"BEGIN:VCARD", line, re.I):
            cards.append({})
        elif cards:
            _take(cards[-1], line)
    return cards


def _take(card: Reading, line: str) -> None:
    head, _, value = _head(line)
    name, *params = head.upper().split(";")
    name = name.rpartition(".")[2]
    parts = [_plain(part) for part in re.split(r"(?<!\\);", value)]
    if name == "N":
        card.setdefault("name", []).append(";".join([*parts, "", "", "", "", ""][:5]))
    elif name == "ORG" and "ENCODING=B" not in params:
        card.setdefault("company", []).append(parts[0])
    elif name == "ADR":
        card.setdefault("addresses", []).append(";".join([*parts, *[""] * 7][:7]))
    elif name == "BDAY" and "VALUE=TEXT" not in params:
        card.setdefault("birthday", []).append(value)
    elif name in ("NICKNAME", "CATEGORIES"):
        card.setdefault(DIRECT[name], []).extend(_plain(part) for part in re.split(r"(?<!\\),", value))
    elif name in DIRECT:
        card.setdefault(DIRECT[name], []).append(_plain(value))


def _head(line: str) -> tuple[str, str, str]:
    found = re.match(r'((?:[^":]|"[^"]*")*):', line)
    return (found[1], ":", line[found.end() :]) if found else line.partition(":")


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "N": "\n", "r": "\r"}.get(found[1], found[1]), text)


def read_vobject(path: Path) -> list[Reading] | None:
    """None where it gives the file up."""
    logging.disable(logging.CRITICAL)
    try:
        text = path.read_bytes().decode()
        return [_of(card) for card in vobject.readComponents(text, allowQP=True, ignoreUnreadable=True)]
    except Exception:  # noqa: BLE001 that it fails in many ways is why it is not used
        return None
    finally:
        logging.disable(logging.NOTSET)


def _of(card: vobject.base.Component) -> Reading:
    found: Reading = {}
    for line in card.getChildren():
        if isinstance(line, vobject.base.ContentLine):
            for field, text in _texts(line):
                found.setdefault(field, []).append(text)
    return found


def _texts(line: vobject.base.ContentLine) -> Iterator[tuple[str, str]]:
    value = line.value
    if isinstance(value, bytes):
        value = base64.b64encode(value).decode()
    if line.name == "N":
        parts = (value.family, value.given, value.additional, value.prefix, value.suffix)
        yield "name", ";".join(_joined(part) for part in parts)
    elif line.name == "ORG":
        yield "company", _joined(value[0])
    elif line.name == "ADR":
        names = ("box", "extended", "street", "city", "region", "code", "country")
        yield "addresses", ";".join(_joined(getattr(value, name)) for name in names)
    elif line.name in DIRECT:
        # It leaves addresses escaped.
        yield from (
            (DIRECT[line.name], _plain(_joined(text))) for text in (value if isinstance(value, list) else [value])
        )


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ",".join(value)


def readings() -> Iterator[tuple[Path, list[Reading]]]:
    for path in sorted(CARDS.glob("*.vcf")):
        other = out_of(path)
        read = read_out(other) if other else read_vobject(path)
        if read is not None:
            yield path, read
