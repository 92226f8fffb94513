"""What an import tells at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.importing.links import LinkReport

SHOWN = 20


@dataclass(slots=True)
class Report:
    """Counts of notes and of attachments by what became of them; `failed`, `notices` are (path, sentence)."""

    notes: Counter[str] = field(default_factory=Counter)
    attachments: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[str, str]] = field(default_factory=list)
    notices: list[tuple[str, str]] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    in_trash: list[str] = field(default_factory=list)
    links: LinkReport = field(default_factory=LinkReport)
    missing: list[tuple[str, str]] = field(default_factory=list)
    """(file, first note that shows it)"""
    others: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of an export of Hearth: the same counts of whatever else there is, by table."""
    is_exact: bool = False

    def count_notes(self, fates: Mapping[str, str]) -> None:
        for path, fate in fates.items():
            # A conflict's text became a note of its own, hence added; what is in the trash was left alone.
            self.notes[{"conflict": "added", "in_trash": "unchanged"}.get(fate, fate)] += 1
            if fate == "conflict":
                self.conflicts.append(path)
            elif fate == "in_trash":
                self.in_trash.append(path)

    def headline(self) -> str:
        counts = ", ".join(f"{self.notes[fate]} {fate}" for fate in ("added", "changed", "unchanged"))
        return f"{counts}, {len(self.failed)} failed"

    def lines(self) -> Iterator[str]:
        yield self.headline()
        if self.attachments:
            counts = (f"{self.attachments[fate]} {fate}" for fate in ("added", "changed", "unchanged"))
            yield f"Attachments: {', '.join(counts)}."
        for table, fates in self.others.items():
            yield f"{table}: {', '.join(f'{fates.get(fate, 0)} {fate}' for fate in ('added', 'changed', 'unchanged'))}"
        names = self.links.resolved + self.links.unresolved
        if not self.is_exact:
            yield f"Links: {self.links.resolved} of {names} names lead to a note, the others to none yet."
        most = (f"{times:6}  {title}" for title, times in self.links.most_linked)
        yield from _listed("Most linked, by how many notes:", most)
        yield from _listed("Not found, though a note shows it:", (f"{file} (in {note})" for file, note in self.missing))
        yield from _listed(
            "Changed both here and in the file; the file's text is beside yours, marked as imported:",
            self.conflicts,
        )
        yield from _listed("In the trash here, and left there:", self.in_trash)
        yield from _listed("Read with a remark:", (f"{path}: {remark}" for path, remark in self.notices))
        yield from _listed("Failed:", (f"{path}: {reason}" for path, reason in self.failed))

    def as_json(self) -> dict[str, Any]:
        fates = ("added", "changed", "unchanged")
        return {
            **{fate: self.notes[fate] for fate in fates},
            "failed": [{"path": path, "reason": reason} for path, reason in self.failed],
            "attachments": {fate: self.attachments[fate] for fate in fates},
            "links": {"resolved": self.links.resolved, "unresolved": self.links.unresolved},
            "most_linked": [{"title": title, "notes": times} for title, times in self.links.most_linked],
            "missing": [{"file": file, "note": note} for file, note in self.missing],
            "conflicts": self.conflicts,
            "in_trash": self.in_trash,
            "others": self.others,
            "notices": [{"path": path, "notice": notice} for path, notice in self.notices],
        }


def _listed(heading: str, items: Iterable[str]) -> Iterator[str]:
    lines = list(items)
    if lines:
        yield heading
        yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"  … and {len(lines) - SHOWN} more (--json lists all)"
