"""The Netscape format, in which every browser gives bookmarks away and takes them in."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

HEAD = (
    "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n"
    '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">\n'
    "<TITLE>Bookmarks</TITLE>\n<H1>Bookmarks</H1>\n<DL><p>\n"
)
FOOT = "</DL><p>\n"
# Seconds, milliseconds and microseconds since 1970 are all in use; so is WebKit's count from 1601.
SINCE_1601 = 11_644_473_600
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Entry:
    url: str
    title: str = ""
    description: str = ""
    category: str = ""
    tags: tuple[str, ...] = ()
    added: datetime | None = None
    visited: datetime | None = None


def read_netscape(text: str) -> list[Entry]:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    reader.finish()
    return reader.entries[:MOST]


class _Reader(HTMLParser):
    """Folders are H3 before a DL, bookmarks are A, what is said of one is a DD after it. Nothing is ever closed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.entries: list[Entry] = []
        self._folders: list[str] = []
        self._next = ""
        self._open: Entry | None = None
        self._text: list[str] = []
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("dt", "dl", "h3", "a", "dd", "p"):
            self._say()
        if tag == "dl":
            self._folders.append(self._next)
            self._next = ""
        elif tag in ("h3", "dd"):
            self._in = tag
        elif tag == "a":
            self.finish()
            self._open, self._in = self._entry(given), "a"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("a", "h3", "dl", "dd"):
            self._say()
        if tag == "dl" and self._folders:
            self.finish()
            self._folders.pop()

    def handle_data(self, data: str) -> None:
        if self._in:
            self._text.append(data)

    def finish(self) -> None:
        self._say()
        if self._open and self._open.url:
            self.entries.append(self._open)
        self._open = None

    def _say(self) -> None:
        text = " ".join("".join(self._text).split())
        if self._in == "h3":
            self.finish_folder(text)
        elif self._in == "a" and self._open:
            self._open = replace(self._open, title=text)
        elif self._in == "dd" and self._open:
            self._open = replace(self._open, description=text)
        self._in, self._text = "", []

    def finish_folder(self, name: str) -> None:
        self._next, self._in, self._text = name, "", []
        self.finish()

    def _entry(self, given: dict[str, str]) -> Entry:
        tags = tuple(tag.strip() for tag in given.get("tags", "").split(",") if tag.strip())
        return Entry(
            given.get("href", ""), category="/".join(name for name in self._folders if name), tags=tags,
            added=_moment(given.get("add_date", "")), visited=_moment(given.get("last_visit", "")),
        )  # fmt: skip


def write_netscape(rows: Iterable[tuple[dict[str, Any], tuple[str, ...]]]) -> Iterator[str]:
    """A whole file, folder by folder: the rows (with their tags) come ordered by category."""
    yield HEAD
    category = ""
    for row, tags in rows:
        if (row.get("category") or "") != category:
            yield "</DL><p>\n" if category else ""
            category = row.get("category") or ""
            yield f"<DT><H3>{html.escape(category)}</H3>\n<DL><p>\n" if category else ""
        yield write_entry(row, tags)
    yield "</DL><p>\n" if category else ""
    yield FOOT


def write_entry(row: dict[str, Any], tags: tuple[str, ...]) -> str:
    given = {
        "HREF": row["url"], "ADD_DATE": _seconds(row.get("created_at")),
        "LAST_VISIT": _seconds(row.get("last_visited_at")), "ICON": _icon(row.get("favicon")),
        "TAGS": ",".join(tags),
    }  # fmt: skip
    said = " ".join(f'{name}="{html.escape(str(value))}"' for name, value in given.items() if value)
    line = f"<DT><A {said}>{html.escape(row['title'] or row['url'])}</A>\n"
    told = " ".join((row.get("description") or "").split())
    return line + (f"<DD>{html.escape(told)}\n" if told else "")


def _icon(drawn: bytes | None) -> str:
    """That of its page, as browsers carry one along."""
    return f"data:image/png;base64,{base64.b64encode(drawn).decode()}" if drawn else ""


def _seconds(value: Any) -> str:
    if not value:
        return ""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return str(int(moment.timestamp()))


def _moment(given: str) -> datetime | None:
    if not given.isascii() or not given.isdigit() or len(given) > 17 or int(given) == 0:
        return None
    seconds = int(given) / 10 ** max(0, 3 * ((len(given) - 8) // 3))
    seconds -= SINCE_1601 if len(given) == 17 and given.startswith("1") and int(given) > 1.2e16 else 0
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None
