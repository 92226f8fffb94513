"""Where the references of a note lead: what a caller looked up before the note is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from markupsafe import Markup

from app.core.references import last_part, note_path, split_wiki
from app.core.text import fold, slug

ID_PREFIX = "user-content-"


@dataclass(frozen=True, slots=True)
class Link:
    href: str
    kind: str  # its class in the page: wiki, topic, person, file; missing when it leads to nothing yet


class PictureHref(str):
    """The address of a picture whose size is known: it has a thumbnail, and a page can keep room for it."""

    width: int
    height: int

    def __new__(cls, href: str, width: int, height: int) -> PictureHref:
        made = super().__new__(cls, href)
        made.width, made.height = width, height
        return made


@dataclass(frozen=True, slots=True)
class Targets:
    """From folded names (`app.core.text.fold`) to URLs; `files` by path or by bare file name.

    `embed` gives what stands for `![[…]]` alone in a paragraph, None where that is a link. `own` is the address of
    the text itself, where it is shown on a page that is not its own.
    """

    notes: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    embed: Callable[[str], Markup | None] = lambda _inner: None
    own: str = ""

    def wiki(self, inner: str) -> Link:
        """For what stands between `[[` and `]]`: the most literal name wins, as in WrittenLink.names."""
        name, anchor, _ = split_wiki(inner)
        if not name:
            return Link(_at(self.own, anchor), "wiki")
        literal = _first(self.notes, (inner, inner.partition("|")[0]))
        href = literal or _first(self.notes, (name, last_part(name)))
        if href is None:
            return Link(f"/notes/new?title={quote(name, safe='')}", "missing")
        return Link(href if literal else _at(href, anchor), "wiki")

    def note_file(self, destination: str) -> Link | None:
        """For the destination of a Markdown link, None when that is not a Markdown file."""
        target = note_path(destination)
        if target is None:
            return None
        stem = PurePosixPath(target[0]).stem
        href = _first(self.notes, (target[0], stem))
        if href is None:
            return Link(f"/notes/new?title={quote(stem, safe='')}", "missing")
        return Link(_at(href, target[1]), "wiki")

    def file(self, destination: str) -> str | None:
        path = unquote(destination.partition("#")[0])
        return _first(self.files, (path, PurePosixPath(path).name)) if path else None

    def topic(self, name: str) -> Link:
        return Link(self.topics.get(fold(name)) or f"/notes?topic={quote(slug(name), safe='')}", "topic")

    def person(self, name: str) -> Link:
        href = self.people.get(fold(name))
        return Link(href, "person") if href else Link(f"/people/new?name={quote(name, safe='')}", "missing")


def anchor_id(anchor: str) -> str:
    """The id of what `Heading`, `Heading#Heading below it` or `^block` names, without the prefix of all ids."""
    last = anchor.rpartition("#")[2].strip()
    return f"block-{slug(last[1:])}" if last.startswith("^") else slug(last)


def _at(href: str, anchor: str) -> str:
    return f"{href}#{ID_PREFIX}{anchor_id(anchor)}" if anchor else href


def _first(hrefs: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((hrefs[folded] for name in names if (folded := fold(name)) in hrefs), None)
