"""The lines of a vCard, whoever wrote them: folded well or badly, quoted-printable, in any charset.

RFC 2425, 2426 and 6350, and what clients make of them. vobject gives a whole file up where one line is odd (it reads
100 of the 114 cards of the collection that the tests use), and knows neither 4.0 nor charsets; hence own code.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ENDS = re.compile(r"\r*\n|\r")
CHARSETS = re.compile(
    r"(utf|us-ascii|ascii|iso[-_]?8859|iso[-_]?2022|windows|cp|koi8|mac|shift|sjis|euc|gb|big5|latin|tis)[\w-]*", re.I
)
BASE64 = re.compile(r"[A-Za-z0-9+/=]+\s*")
ENCODINGS = {"quoted-printable", "base64", "b", "q", "8bit", "7bit"}
# A line that says what it is: whatever else stands at a margin belongs to the line before.
PROPERTY = re.compile(r"[A-Za-z][\w./ -]*(;[^:]*)?:", re.S)
CARET = {"^n": "\n", "^'": '"', "^^": "^"}


@dataclass(frozen=True, slots=True)
class Line:
    """One property. `value` is decoded but still escaped; `params` are by their names in lower case."""

    name: str
    params: Mapping[str, tuple[str, ...]]
    value: str
    group: str = ""

    def types(self) -> list[str]:
        return [word.lower() for word in self.params.get("type", ())]


def decode_bytes(content: bytes) -> str:
    """As UTF-8, or UTF-16 where it says so; other bytes wait as surrogates until their line says its charset."""
    for mark, charset in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            return content[2:].decode(charset, "replace")
    if content[:8].replace(b"\0", b"").upper() == b"BEGI":
        return content.decode("utf-16-be" if content[:1] == b"\0" else "utf-16-le", "replace")
    return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")


def read_lines(text: str) -> Iterator[Line]:
    for raw in unfold(text):
        if line := read_line(raw):
            yield line


def unfold(text: str) -> Iterator[str]:
    pieces: list[str] = []
    for raw in ENDS.split(text.removeprefix("\ufeff")):
        if pieces and (more := _continued(pieces, raw)) is not None:
            pieces.append(more)
        else:
            yield from _whole(pieces)
            pieces = [raw] if raw.strip() else []
    yield from _whole(pieces)


def _whole(pieces: list[str]) -> list[str]:
    return ["".join(pieces)] if pieces else []


def _continued(pieces: list[str], raw: str) -> str | None:
    """What `raw` adds to the line that these pieces begin, or None where it is a line of its own."""
    if pieces[-1].endswith("=") and _says(pieces[0], "QUOTED-PRINTABLE") and not _is_end(raw):
        pieces[-1] = pieces[-1][:-1]
        return raw
    if raw[:1] in (" ", "\t"):
        return raw[1:]
    if not raw or PROPERTY.match(raw) or ":" not in pieces[0]:
        return None
    if BASE64.fullmatch(raw) and (_says(pieces[0], "BASE64") or _says(pieces[0], "ENCODING=B")):
        return raw
    # A line's end that nobody escaped, amid a note.
    return "\\n" + raw


def _says(first: str, word: str) -> bool:
    return word in first[:200].partition(":")[0].upper()


def _is_end(raw: str) -> bool:
    return raw.strip().upper() == "END:VCARD"


def read_line(raw: str) -> Line | None:
    """None for what is no property at all."""
    head, colon, value = _cut(raw)
    head = storable(head)
    if not colon:
        return None
    first, *rest = _split_quoted(head, ";")
    group, dot, name = first.strip().partition(".")
    if not dot:
        group, name = "", group
    if not name.strip():
        return None
    params = _read_params(rest)
    value = _decoded(value, params)
    kept = {key: values for key, values in params.items() if key not in ("encoding", "charset")}
    if _is_binary(params):
        kept["encoding"] = ("b",)
    return Line(name.strip().upper(), kept, storable(value), group.strip())


def _cut(raw: str) -> tuple[str, str, str]:
    """At the first colon that stands in no quotes; at the first of all where the quotes never end."""
    is_quoted = False
    for place, sign in enumerate(raw):
        if sign == '"':
            is_quoted = not is_quoted
        elif sign == ":" and not is_quoted:
            return raw[:place], ":", raw[place + 1 :]
    return raw.partition(":")


def _split_quoted(text: str, separator: str) -> list[str]:
    parts, start, is_quoted = [], 0, False
    for place, sign in enumerate(text):
        if sign == '"':
            is_quoted = not is_quoted
        elif sign == separator and not is_quoted:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def _read_params(parts: list[str]) -> dict[str, tuple[str, ...]]:
    params: dict[str, tuple[str, ...]] = {}
    for part in parts:
        key, equals, given = part.partition("=")
        key = key.strip().lower()
        if not equals:
            # 2.1 writes the value alone.
            key, given = ("encoding" if key in ENCODINGS else "type"), part
        values = [_param_value(value) for value in _split_quoted(given, ",")]
        if key == "type":
            values = [word.strip() for value in values for word in value.split(",")]
        params[key] = (*params.get(key, ()), *(value for value in values if value))
    return params


def _param_value(text: str) -> str:
    text = text.strip().strip('"')
    return re.sub(r"\^[n'^]", lambda found: CARET[found[0]], text)


def _is_binary(params: Mapping[str, tuple[str, ...]]) -> bool:
    return any(word.lower() in ("b", "base64") for word in params.get("encoding", ()))


def _decoded(value: str, params: Mapping[str, tuple[str, ...]]) -> str:
    charset = next(iter(params.get("charset", ())), "")
    if any(word.lower() in ("quoted-printable", "q") for word in params.get("encoding", ())):
        content = binascii.a2b_qp(_octets(value))
        text = _by_charset(content, charset).replace("\r\n", "\n").replace("\r", "\n")
        # Its line ends are escaped as everybody else's are.
        return text.replace("\n", "\\n")
    if any("\udc80" <= sign <= "\udcff" for sign in value):
        return _by_charset(_octets(value), charset)
    return value


def _octets(value: str) -> bytes:
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


def storable(text: str) -> str:
    """Without what Postgres cannot store as text, and what no line of a card can hold."""
    bare = "".join(sign if sign >= " " or sign in "\n\t" else " " * (sign != "\0") for sign in text)
    return bare.encode("utf-8", "replace").decode()


def _by_charset(content: bytes, charset: str) -> str:
    """By what it says, else UTF-8, else what Windows of western Europe wrote."""
    for name in (charset if CHARSETS.fullmatch(charset) else "utf-8", "utf-8", "cp1252"):
        try:
            return content.decode(name)
        except (LookupError, ValueError):
            continue
    return content.decode("latin-1")


def split_value(value: str, separator: str) -> list[str]:
    """At each separator that is not escaped; the parts are unescaped."""
    return [unescape(part) for part in split_raw(value, separator)]


def split_raw(value: str, separator: str) -> list[str]:
    parts, start, place = [], 0, 0
    while place < len(value):
        if value[place] == "\\":
            place += 1
        elif value[place] == separator:
            parts.append(value[start:place])
            start = place + 1
        place += 1
    return [*parts, value[start:]]


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text, flags=re.S)
