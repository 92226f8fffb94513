"""Where the references of a note lead: what a caller looked up before the note is rendered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

from app.core.references import note_path, split_wiki
from app.core.text import fold, slug

ID_PREFIX = "user-content-"


@dataclass(frozen=True, slots=True)
class Link:
    href: str
    kind: str  # its class in the page: wiki, topic, person, file; missing when it leads to nothing yet


@dataclass(frozen=True, slots=True)
class Targets:
    """From folded names (`app.core.text.fold`) to URLs; `files` by path or by bare file name."""

    notes: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    topics: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def wiki(self, inner: str) -> Link:
        """For what stands between `[[` and `]]`: the most literal name wins, as in WrittenLink.names."""
        name, anchor, _ = split_wiki(inner)
        if not name:
            return Link(f"#{slug(anchor)}", "wiki")
        literal = _first(self.notes, (inner, inner.partition("|")[0]))
        href = literal or _first(self.notes, (name,))
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


def _at(href: str, anchor: str) -> str:
    return f"{href}#{ID_PREFIX}{slug(anchor)}" if anchor else href


def _first(hrefs: Mapping[str, str], names: Iterable[str]) -> str | None:
    return next((hrefs[folded] for name in names if (folded := fold(name)) in hrefs), None)
