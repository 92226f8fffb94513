"""What the links of an import lead to: told from its own texts, before the worker has connected anything."""

from __future__ import annotations

import mimetypes
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote
from uuid import UUID

import asyncpg

from app.core.code_ranges import blanked, code_ranges
from app.core.names import FoundNames, find_names
from app.core.references import References, WrittenLink
from app.core.text import fold
from app.importing.sources import MARKDOWN

_IMAGE = re.compile(r"!\[[^\[\]\n]*\]\(\s*(?:<([^<>\n]+)>|([^()\s]+(?:\([^()\s]*\)[^()\s]*)*))")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:|//|#")
_AT_ONCE = 5_000


@dataclass(slots=True)
class LinkReport:
    """Distinct names that the texts link to, by whether a record bears them now."""

    resolved: int = 0
    unresolved: int = 0
    most_linked: list[tuple[str, int]] = field(default_factory=list)


@dataclass(slots=True)
class LinkTally:
    """`names`: folded name → names to look up, the most literal first; `notes`: the folded names in each note."""

    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    notes: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, references: References) -> None:
        links = {fold(link.name): link for link in references.links if not names_file(link)}
        links.pop("", None)
        for folded, link in links.items():
            self.names.setdefault(folded, _looked_up(link))
        if links:
            self.notes.append(tuple(links))

    async def report(self, connection: asyncpg.Connection, user_id: UUID) -> LinkReport:
        targets = await self._resolve(connection, user_id)
        linked = Counter(
            record_id for names in self.notes for record_id in {targets[name] for name in names if name in targets}
        )
        top = linked.most_common(10)
        rows = await connection.fetch(
            "select id, title from records where id = any($1)", [record_id for record_id, _ in top]
        )
        titles = {row["id"]: row["title"] for row in rows}
        most_linked = [(titles[record_id], times) for record_id, times in top]
        return LinkReport(len(targets), len(self.names) - len(targets), most_linked)

    async def _resolve(self, connection: asyncpg.Connection, user_id: UUID) -> dict[str, UUID]:
        wanted = list(dict.fromkeys(name for names in self.names.values() for name in names))
        found = FoundNames()
        for start in range(0, len(wanted), _AT_ONCE):
            part = await find_names(connection, user_id, wanted[start : start + _AT_ONCE])
            found.by_folded |= part.by_folded
        best = {folded: _best(found, names) for folded, names in self.names.items()}
        return {folded: record_id for folded, record_id in best.items() if record_id}


def _looked_up(link: WrittenLink) -> tuple[str, ...]:
    # Folders are no part of a title: `Projects/House` finds House as well.
    names = [*link.names, link.name.rpartition("/")[2]]
    return tuple(dict.fromkeys(folded for name in names if (folded := fold(name))))


def _best(found: FoundNames, names: Iterable[str]) -> UUID | None:
    return next((match[0] for name in names if (match := found.best(name))), None)


def names_file(link: WrittenLink) -> bool:
    """Whether an embed shows an image or another file, and no note."""
    return link.embed and not link.name.lower().endswith(MARKDOWN) and bool(mimetypes.guess_type(link.name)[0])


def shown_files(body: str, references: References) -> tuple[str, ...]:
    """The files of one's own that a text shows, as they are written there."""
    files = [link.name for link in references.links if names_file(link)]
    if "![" in body:
        for match in _IMAGE.finditer(blanked(body, code_ranges(body))):
            path = unquote((match[1] or match[2]).partition("#")[0].partition("?")[0])
            if path and not _ELSEWHERE.match(path) and not path.lower().endswith(MARKDOWN):
                files.append(path)
    return tuple(dict.fromkeys(files))


@dataclass(slots=True)
class FileTally:
    """Which note shows which file: by the written reference, the path of the first note that holds it."""

    shown: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, folder: str, note_path: str, files: Iterable[str]) -> None:
        for file in files:
            self.shown.setdefault((folder, file), note_path)

    def bind(self, paths: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
        """Of the attachments (path → folded name): who shows each, and (file, note) of what is missing."""
        by_name = {folded: path for path, folded in sorted(paths.items(), reverse=True)}
        shown_by: dict[str, str] = {}
        missing: list[tuple[str, str]] = []
        for (folder, file), note_path in self.shown.items():
            beside, from_top = (
                posixpath.normpath(f"{folder}/{file}".lstrip("/")),
                posixpath.normpath(file).lstrip("/"),
            )
            path = next((path for path in (beside, from_top) if path in paths), None)
            path = path or by_name.get(fold(posixpath.basename(file)))
            if path is None:
                missing.append((file, note_path))
            else:
                shown_by.setdefault(path, note_path)
        return shown_by, missing
