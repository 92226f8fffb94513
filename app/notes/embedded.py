"""Notes that a note shows within itself: `![[Note]]`, `![[Note#Heading]]`, `![[Note#^block]]`.

What a page shows of them is read level by level, one query each, as its reader: row-level security decides. A note
within itself, one too far down and one too many are not shown; a sentence with a link stands there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import asyncpg
from markupsafe import Markup

from app.core.record import Kind
from app.core.references import WIKI, split_wiki
from app.notes.pages import link_targets, render_note, shown_title
from app.web.locale import gettext as _
from app.web.markdown import Targets
from app.web.markdown_parts import find_part

DEEPEST = 3
MOST = 30
LONGEST = 200_000
"""Characters of embedded text on one page."""

READ = """
select n.id, n.title, n.content, n.content_format, n.version,
       (select jsonb_agg(jsonb_build_array(l.target_name, l.target_id, r.kind, l.is_ambiguous) order by l.target_name)
          from entity_links l left join records r on r.id = l.target_id and r.deleted_at is null
         where l.source_id = n.id and l.origin = 'written' and l.rejected_at is null) as outgoing,
       (select jsonb_agg(t) from (
            select distinct t.label, t.slug, t.id from record_topics rt join topics t on t.id = rt.topic_id
             where rt.record_id = n.id order by t.label) t) as topics
  from notes n where n.id = any($1) and n.deleted_at is null order by n.id limit 30"""

FRAME = Markup(
    '<div class="transclusion"><p class="transclusion-name"><a class="wiki" href="{href}">{name}</a></p>{text}</div>'
)
SENTENCE = Markup('<p class="transclusion-end">{}</p>')


async def read_embedded(
    connection: asyncpg.Connection, row: asyncpg.Record, kinds: Mapping[str, Kind]
) -> dict[UUID, asyncpg.Record]:
    """The notes that may be shown within this one, by their ids; asks nothing where the text names none."""
    found: dict[UUID, asyncpg.Record] = {}
    wanted = _named(row, kinds) - {row["id"]}
    for _level in range(DEEPEST):
        if not wanted or len(found) >= MOST:
            break
        rows = await connection.fetch(READ, sorted(wanted)[: MOST - len(found)])
        found |= {read["id"]: read for read in rows}
        wanted = {name for read in rows for name in _named(read, kinds)} - {row["id"], *found}
    return found


def what_they_show(notes: Iterable[asyncpg.Record]) -> tuple[tuple[Any, ...], ...]:
    """All that a page shows of them: with it a rendered page may be kept."""
    return tuple((note["id"], note["version"], note["outgoing"], note["topics"]) for note in notes)


def names_no_file(text: str) -> bool:
    """Whether nothing in it could be a picture or another file, there or not."""
    marks = [mark["wiki"].partition("|")[0] for mark in WIKI.finditer(text) if mark["bang"]]
    return len(marks) == text.count("![") and not any("." in name for name in marks)


def _named(row: asyncpg.Record, kinds: Mapping[str, Kind]) -> set[UUID]:
    if "![[" not in row["content"]:
        return set()
    targets = link_targets(row, kinds, {})
    marks = (mark for mark in WIKI.finditer(row["content"]) if mark["bang"])
    return {found[0] for mark in marks if (found := _find(targets, mark["wiki"])) is not None}


def _find(targets: Targets, inner: str) -> tuple[UUID, str] | None:
    """The id of the note that is meant, and the address with its fragment; None for anything but a note."""
    if not split_wiki(inner)[0]:
        return None
    href = targets.wiki(inner).href
    start, slash, end = href.partition("#")[0].rpartition("/")
    try:
        return (UUID(end), href) if start + slash == "/notes/" else None
    except ValueError:
        return None


@dataclass(slots=True)
class Embedding:
    """One page being rendered: what it may show within itself, and how much of that is left."""

    kinds: Mapping[str, Kind]
    notes: Mapping[UUID, asyncpg.Record]
    files: Mapping[str, str]
    pieces_left: int = MOST
    characters_left: int = LONGEST

    def targets(self, row: asyncpg.Record, trail: tuple[UUID, ...] = ()) -> Targets:
        """Where the names of this note's text lead; `trail` are the notes that it stands in, the page's own first."""
        plain = link_targets(row, self.kinds, self.files)
        below = (*trail, row["id"])
        own = f"/notes/{row['id']}" if trail else ""
        return replace(plain, own=own, embed=lambda inner: self._embed(plain, inner, below))

    def _embed(self, targets: Targets, inner: str, trail: tuple[UUID, ...]) -> Markup | None:
        found = _find(targets, inner)
        if found is None:
            return None
        self.pieces_left -= 1
        if self.pieces_left < -1:  # it was said once; what follows is links
            return None
        (note_id, href), (name, anchor, _shown) = found, split_wiki(inner)
        note = self.notes.get(note_id)
        title = shown_title(note["title"], note["content"]) if note else name
        at = f"{title} › {anchor.rpartition('#')[2]}" if anchor and not anchor.startswith("^") else title
        return FRAME.format(href=href, name=at, text=self._text(note_id, anchor if "#" in href else "", trail))

    def _text(self, note_id: UUID, anchor: str, trail: tuple[UUID, ...]) -> Markup:
        if self.pieces_left < 0:
            return SENTENCE.format(_("This page shows no more notes within itself; open this one to read it."))
        if note_id in trail:
            return SENTENCE.format(_("It holds this text itself, so it is not shown again within it."))
        if len(trail) > DEEPEST:
            return SENTENCE.format(_("Notes are shown within notes three deep; open this one to read it."))
        note = self.notes.get(note_id)
        if note is None:
            return SENTENCE.format(_("This page shows no more notes within itself; open this one to read it."))
        return self._part(note, anchor, trail)

    def _part(self, note: asyncpg.Record, anchor: str, trail: tuple[UUID, ...]) -> Markup:
        part = find_part(note["content"], anchor) if anchor else note["content"]
        if part is None:
            return SENTENCE.format(_("There is no such place in this note any more."))
        self.characters_left -= len(part)
        if self.characters_left < 0:
            return SENTENCE.format(_("This page shows no more notes within itself; open this one to read it."))
        if not part.strip():
            return SENTENCE.format(_("Nothing is written there yet."))
        shown = {"id": note["id"], "title": note["title"], "content": part, "content_format": note["content_format"]}
        return render_note(shown, self.targets(note, trail), full=False)
