"""From one file to the note that it becomes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from app.core.properties import OwnWords, read_properties
from app.core.references import References, parse_references
from app.core.text import fold
from app.importing.dating import Calendar, Dates, whole_day
from app.importing.decoding import decode
from app.importing.front_matter import FrontMatter, split_front_matter
from app.importing.looks import Looks, read_looks
from app.importing.sources import LARGEST_TEXT, SourceFile, UnreadableError, too_large_for_a_note
from app.web.locale import gettext as _

LONGEST_TITLE = 500
# Keys of custom_fields that are the import's own; a page shows none that begins with an underscore.
DIGEST, RAW, LINE_ENDS = "_sha256", "_front_matter", "_line_ends"


@dataclass(frozen=True, slots=True)
class ImportedNote:
    """`aliases` are further names; `notices` what had to be done to the file."""

    path: str
    digest: str
    title: str
    content: str
    custom_fields: dict[str, Any]
    aliases: tuple[str, ...]
    dates: Dates
    references: References
    notices: tuple[str, ...] = field(default=())
    looks: Looks = field(default=Looks())

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def written_at(self) -> datetime:
        return self.dates.updated or self.dates.created

    @property
    def copy_id(self) -> str:
        """What the note is known by when it is kept beside the one that a person went on writing."""
        return f"{self.path}#{self.digest[:12]}"

    def as_copy(self, day: datetime) -> ImportedNote:
        """This text as a note of its own, so that the one that a person went on writing stays as it is."""
        imported = _("imported %(day)s") % {"day": day.date().isoformat()}
        note_of = f" ({imported})"
        return replace(self, title=self.title[: LONGEST_TITLE - len(note_of)] + note_of, aliases=())


def read_note(file: SourceFile, calendar: Calendar, *, shared_stem: bool) -> ImportedNote:
    """Raises UnreadableError. `shared_stem`: other files have the name too, so the folder belongs to it."""
    data = file.read()
    if len(data) > LARGEST_TEXT:
        raise UnreadableError(too_large_for_a_note())
    text, notices = decode(data)
    text, line_ends = _with_plain_line_ends(text)
    front = split_front_matter(text)
    words, looks = read_properties(front.properties, front.body), read_looks(front.properties)
    title = (words.title or title_of(file))[:LONGEST_TITLE]
    digest = hashlib.sha256(data).hexdigest()
    own = {DIGEST: digest} | ({RAW: front.raw} if front.raw else {}) | line_ends
    return ImportedNote(
        file.path,
        digest,
        title,
        front.body,
        looks.left_of(front.properties) | own,
        _other_names(file, title, words, shared_stem),
        calendar.date_note(file, words.created, words.updated),
        parse_references(front.body),
        (*notices, front.problem) if front.problem else tuple(notices),
        looks,
    )


def read_back(content: str, custom_fields: dict[str, Any]) -> tuple[FrontMatter, OwnWords]:
    """What an earlier import took from the file of a note that is kept here."""
    front = split_front_matter(str(custom_fields.get(RAW, "")))
    return front, read_properties(front.properties, content)


def title_of(file: SourceFile) -> str:
    """The name of the file; Logseq writes `a/b` as `a%2Fb` or `a___b`, and its days with underscores."""
    if not _is_logseq(file):
        return file.stem
    day = whole_day(file.stem)
    return day.isoformat() if day else unquote(file.stem.replace("___", "/")).replace("\0", "\ufffd")


def _is_logseq(file: SourceFile) -> bool:
    return re.search(r"(?:^|/)(?:pages|journals)$", file.folder) is not None


def _other_names(file: SourceFile, title: str, words: OwnWords, shared_stem: bool) -> tuple[str, ...]:
    names = [file.stem, title_of(file), *words.aliases]
    if shared_stem and file.folder:
        names.append(f"{file.folder}/{file.stem}")
    if (day := whole_day(file.stem)) and _is_logseq(file):
        # Logseq's own links to a day, unless somebody set another format.
        names.append(f"{day:%b} {day.day}{_ordinal(day.day)}, {day.year}")
    by_fold = {fold(name): name for name in reversed(names)}
    return tuple(name for folded, name in by_fold.items() if folded and folded != fold(title))


def _ordinal(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _with_plain_line_ends(text: str) -> tuple[str, dict[str, str]]:
    r"""Texts are stored with \n, as the editor writes them; the field tells an export to put \r\n back."""
    if "\r\n" not in text:
        return text, {}
    return text.replace("\r\n", "\n"), {LINE_ENDS: "crlf"}
