"""What a text points at: `[[Title]]`, `[x](path.md)`, `#topic`, `@Person`, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote

from app.core.code_ranges import blanked, code_ranges, comment_ranges
from app.core.text import LETTER, sentence_around


@dataclass(frozen=True, slots=True)
class WrittenLink:
    """A link to another note. `written` is all that stands between the brackets, blanks off."""

    name: str
    anchor: str
    shown: str
    embed: bool
    form: Literal["wiki", "path"]
    start: int
    end: int
    sentence: str
    written: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names to look up, the most literal first: a title may itself hold `#`, `^` or `|`."""
        if self.form == "path":
            return self.name, PurePosixPath(self.name).stem
        return tuple(dict.fromkeys((self.written, self.written.partition("|")[0].strip(), self.name)))


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class References:
    links: tuple[WrittenLink, ...]
    topics: tuple[Topic, ...]
    people: tuple[Person, ...]


# The page is rendered with these very patterns, so that what looks like a link is what the graph holds.
_OPENING = r"(?<![^\s(\[<>\"'“”‘’„«*_~,;:|!¡¿–—、。，（「])"
WIKI = re.compile(r"(?P<bang>!?)\[\[(?P<wiki>[^\[\]\n]+)\]\]")
TOPIC = re.compile(rf"{_OPENING}#(?P<topic>(?:_|{LETTER})(?:[_/-]|{LETTER})*)")
PERSON = re.compile(
    rf"{_OPENING}@(?:\[\[(?P<full>[^\[\]\n]+)\]\]|[\"“](?P<quoted>[^\"“”\n]{{1,120}})[\"”]"
    # Held together by what may not follow and not by a possessive group, which Python before 3.11.5 gets wrong.
    rf"|(?P<word>{LETTER}++(?:[._-]++{LETTER}++)*)(?![._-]*{LETTER}|@|[/:]{LETTER}))"
)
# Bare URLs end before `[[`, since people write https://example.org/[[a note]].
URL = re.compile(r"(?P<url>(?<![^\W_])(?:https?|ftp|file)://(?:[^\s<>\[\]]|\[(?!\[)|\](?!\]))+)", re.IGNORECASE)
_DESTINATION = r"(?:[^()\n]|\([^()\n]*\))*"
_MARK = re.compile(
    rf"\\[\\\[\]#@!`<]|</?[a-zA-Z][^<>\[\]]*>|{URL.pattern}"
    rf"|(?P<image>!?)\[(?P<label>[^\[\]\n]*)\]\((?P<path>{_DESTINATION})\)"
    rf"|(?<=\])\({_DESTINATION}\)|{PERSON.pattern}|{WIKI.pattern}|{TOPIC.pattern}",
    re.IGNORECASE,
)


def parse_references(markdown: str) -> References:
    """All references in the order of the text; of code and comments, only `[[…]]` in code."""
    if not any(sign in markdown for sign in ("[[", "](", "#", "@")):
        return References((), (), ())
    code = code_ranges(markdown)
    marks = _MARK.finditer(blanked(markdown, [*code, *comment_ranges(markdown)]))
    found = [*_links_in_code(markdown, code), *filter(None, (_reference(markdown, mark) for mark in marks))]
    return References(
        tuple(sorted((it for it in found if isinstance(it, WrittenLink)), key=lambda link: link.start)),
        tuple(it for it in found if isinstance(it, Topic)),
        tuple(it for it in found if isinstance(it, Person)),
    )


def _links_in_code(markdown: str, code: list[tuple[int, int]]) -> Iterator[WrittenLink]:
    # Gardens write link lists in backticks and mean them: a link too many in the graph costs less than one
    # that is lost. The page shows code as code.
    marks = (mark for start, end in code for mark in WIKI.finditer(markdown, start, end))
    return filter(None, (_wiki_link(markdown, mark) for mark in marks))


def _reference(markdown: str, mark: re.Match[str]) -> WrittenLink | Topic | Person | None:
    if mark["wiki"]:
        return _wiki_link(markdown, mark)
    if mark["path"]:
        return _path_link(markdown, mark)
    if mark["topic"]:
        name = topic_name(mark)
        return Topic(name, mark.start(), mark.start() + 1 + len(name)) if name else None
    name = person_name(mark)
    return Person(name, *mark.span()) if name else None


def topic_name(mark: re.Match[str]) -> str:
    """The name in a match of TOPIC; empty when it is no topic but a number (`#1`)."""
    name = mark["topic"].rstrip("/-_")
    return name if any(not sign.isdigit() for sign in name if sign not in "/-_") else ""


def person_name(mark: re.Match[str]) -> str:
    """The name in a match of PERSON; empty when it is no name but a number or a mark."""
    name = (mark["full"] or mark["quoted"] or mark["word"] or "").partition("|")[0].strip()
    return name if any(sign.isalpha() for sign in name) else ""


def split_wiki(inner: str) -> tuple[str, str, str]:
    """Name, anchor (`heading` or `^block`) and shown text of what stands between `[[` and `]]`."""
    written, bar, shown = inner.partition("|")
    # In a table the bar is written \\|, or it would end the cell.
    written = written.removesuffix("\\").strip() if bar else written.strip()
    name, anchor = _without_anchor(written)
    return name, anchor, shown.strip() or written


def last_part(name: str) -> str:
    """`Projects/House` also finds a note that is called House: folders are no part of a title."""
    return name.rpartition("/")[2].strip() or name


# Only what looks like an id, and only a `#` with a word right behind it: C# notes and 2^10 are names.
_HEADING = re.compile(r"#(?=[^\s#])")
_BLOCK = re.compile(r"\^(?=[0-9-]*[A-Za-z])[A-Za-z0-9-]{4,}$")


def _without_anchor(written: str) -> tuple[str, str]:
    sign = _HEADING.search(written) or _BLOCK.search(written)
    if sign is None:
        return written, ""
    return written[: sign.start()].strip(), written[sign.start() :].removeprefix("#").strip()


def _wiki_link(markdown: str, mark: re.Match[str]) -> WrittenLink | None:
    name, anchor, shown = split_wiki(mark["wiki"])
    if not name:  # [[#heading]] stays within its own note
        return None
    start, end = mark.span()
    sentence, written = sentence_around(markdown, start, end), mark["wiki"].strip()
    return WrittenLink(name, anchor, shown, bool(mark["bang"]), "wiki", start, end, sentence, written)


def _path_link(markdown: str, mark: re.Match[str]) -> WrittenLink | None:
    target = note_path(mark["path"])
    if target is None:
        return None
    (name, anchor), (start, end) = target, mark.span()
    sentence = sentence_around(markdown, start, end)
    label = mark["label"].strip() or name
    return WrittenLink(name, anchor, label, bool(mark["image"]), "path", start, end, sentence, mark["path"])


_TARGET = re.compile(r"\s*(?:<([^<>]*)>|(.*?))(?:\s+[\"'].*)?\s*", re.DOTALL)
_SCHEME = re.compile(r"(?:(file):(?://)?|[a-zA-Z][a-zA-Z0-9+.-]+:|//)")


def note_path(destination: str) -> tuple[str, str] | None:
    """Decoded path and anchor of a link destination that names a Markdown file here, else None.

    `file:` counts: exports write absolute paths, whose end still says which note is meant.
    """
    target = _TARGET.fullmatch(destination)
    path, _, anchor = ((target[1] or target[2]) if target else destination).partition("#")
    scheme = _SCHEME.match(path)
    if scheme and not scheme[1]:
        return None
    path = unquote(path[scheme.end() :] if scheme else path)
    return (path, unquote(anchor)) if path.lower().endswith((".md", ".markdown")) else None
