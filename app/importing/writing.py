"""From notes that were read to notes that are kept: new ones added, changed ones updated, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from app.core.merging import merge_texts
from app.core.text import fold
from app.importing.looks import read_looks
from app.importing.reading import DIGEST, ImportedNote, read_back

LONGEST_NAME = 500
Fate = Literal["added", "changed", "unchanged", "in_trash", "conflict"]

# `undone`: it lies in the trash because the import that brought it was taken back, and not by a person's hand.
KEPT = """
select n.id, n.source_id, n.custom_fields ->> $3 as digest, n.deleted_at is not null as in_trash,
       n.deleted_at is not null and exists (
           select from change_log c where c.user_id = $1 and c.record_id = n.id and c.op = 'create'
              and is_undone(c.action_id))
       and (select c.actor = 'undo' from change_log c where c.user_id = $1 and c.record_id = n.id
               and 'deleted_at' = any(c.columns) order by c.seq desc limit 1) as undone
  from notes n where n.user_id = $1 and n.source = 'import' and n.source_id = any($2)"""

# Whose hand was the last in text and title; where the history is gone, the text counts as the person's.
REWRITTEN = """
with changes as (
    select record_id, seq, actor = 'import' as imported, op = 'create' or 'content' = any(columns) as text,
           op = 'create' or 'title' = any(columns) as title
      from change_log where user_id = $1 and record_id = any($2)),
last as (
    select record_id, max(seq) filter (where text and not imported) as their_text,
           max(seq) filter (where text and imported) as our_text,
           max(seq) filter (where title and not imported) as their_title,
           max(seq) filter (where title and imported) as our_title
      from changes group by record_id)
select kept.id as record_id,
       last.record_id is null or coalesce(their_text > coalesce(our_text, 0), false) as text,
       coalesce(their_title > coalesce(our_title, 0), false) as title
  from unnest($2::uuid[]) kept(id) left join last on last.record_id = kept.id"""

# The file's text as the last import brought it: what the next change to it found there.
BROUGHT = """
with ours as (
    select record_id, max(seq) as seq from change_log
     where user_id = $1 and record_id = any($2) and actor = 'import' and (op = 'create' or 'content' = any(columns))
     group by record_id)
select ours.record_id, (select l.before ->> 'content' from change_log l
                         where l.user_id = $1 and l.record_id = ours.record_id and l.seq > ours.seq
                           and 'content' = any(l.columns) order by l.seq limit 1) as content
  from ours"""

# Not the importer's hand: by `import` the history knows what the file said, which the next import starts from.
JOIN = """
update notes n set content = f.content from unnest($2::uuid[], $3::text[]) f(id, content)
 where n.user_id = $1 and n.id = f.id"""
ACT_AS = "select set_config('app.actor', $1, true)"

TEXTS = """
select id, title, content, custom_fields, icon, colour, template_for from notes
 where user_id = $1 and id = any($2) for update"""

# Whoever alone bears the name that the front matter has.
AUTHOR = """
       (select (array_agg(distinct c.id))[1] from names w join contacts c on c.id = w.record_id
         where w.user_id = $1 and w.folded = f.author and c.deleted_at is null and not c.is_self
        having count(distinct c.id) = 1)"""

# The first file of a day is its log; another one of that day is a note.
ADD = """
insert into notes (user_id, title, content, folder_id, created_at, updated_at, date_key, custom_fields,
                   source, source_id, icon, colour, template_for, author_contact_id, synced_at, note_kind)
select $1, title, content, folder_id, created_at, updated_at, date_key, custom_fields, 'import', source_id, icon,
       colour, template_for, (author), now(),
       case when date_key is not null and row_number() over (partition by date_key order by place) = 1
             and not exists (select from notes l where l.user_id = $1 and l.date_key = f.date_key
                                and l.note_kind = 'log') then 'log' else 'note' end
  from unnest($2::text[], $3::text[], $4::uuid[], $5::timestamptz[], $6::timestamptz[], $7::date[],
              $8::jsonb[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[]) with ordinality
    as f(title, content, folder_id, created_at, updated_at, date_key, custom_fields, source_id, icon, colour,
         template_for, author, place)
on conflict (user_id, source, source_id) do nothing
returning id, source_id""".replace("(author)", AUTHOR)

# An update that brings no later date of its own is dated now.
CHANGE = """
update notes n
   set title = f.title, content = f.content, custom_fields = f.custom_fields, synced_at = now(),
       icon = f.icon, colour = f.colour, template_for = f.template_for,
       author_contact_id = case when f.author_moved then (author) else n.author_contact_id end,
       updated_at = greatest(f.updated_at, n.updated_at)
  from unnest($2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::timestamptz[], $7::text[], $8::text[], $9::text[],
              $10::text[], $11::boolean[])
    as f(id, title, content, custom_fields, updated_at, icon, colour, template_for, author, author_moved)
 where n.user_id = $1 and n.id = f.id""".replace("(author)", AUTHOR)

NAME = """
insert into names (user_id, record_id, folded, name, origin)
select $1, record_id, folded, name, 'alias'
  from unnest($2::uuid[], $3::text[], $4::text[]) f(record_id, folded, name)
on conflict (record_id, folded) do nothing"""

BRING_BACK = "update notes set deleted_at = null where user_id = $1 and id = any($2)"

UNNAME = """
delete from names n using unnest($2::uuid[], $3::text[]) f(record_id, folded)
 where n.user_id = $1 and n.record_id = f.record_id and n.folded = f.folded and n.origin = 'alias'"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A note that an earlier import made."""

    id: UUID
    digest: str | None
    in_trash: bool
    undone: bool


async def write_notes(
    connection: asyncpg.Connection, user_id: UUID, notes: Sequence[ImportedNote], folders: Mapping[str, UUID]
) -> dict[str, Fate]:
    """What became of each note, by its path. Runs in the caller's transaction."""
    kept = await _find_kept(connection, user_id, notes)
    fates: dict[str, Fate] = {note.path: _first_sight(note, kept) for note in notes}
    changed = {kept[note.path].id: note for note in notes if fates[note.path] == "changed"}
    await _bring_back(connection, user_id, kept, fates)
    conflicts = await _change(connection, user_id, changed) if changed else []
    new = [(note.path, note) for note in notes if fates[note.path] == "added"]
    for note in conflicts:
        fates[note.path] = "conflict"
        new.append((note.copy_id, note.as_copy(datetime.now(UTC))))
    if new:
        await _add(connection, user_id, new, folders)
    return fates


async def _find_kept(connection: asyncpg.Connection, user_id: UUID, notes: Sequence[ImportedNote]) -> dict[str, Kept]:
    ids = [source_id for note in notes for source_id in (note.path, note.copy_id)]
    rows = await connection.fetch(KEPT, user_id, ids, DIGEST)
    return {row["source_id"]: Kept(row["id"], row["digest"], row["in_trash"], row["undone"]) for row in rows}


def _first_sight(note: ImportedNote, kept: Mapping[str, Kept]) -> Fate:
    before = kept.get(note.path)
    if before is None:
        return "added"
    if before.digest == note.digest or note.copy_id in kept:
        return "unchanged"
    return "in_trash" if before.in_trash and not before.undone else "changed"


async def _bring_back(
    connection: asyncpg.Connection, user_id: UUID, kept: Mapping[str, Kept], fates: dict[str, Fate]
) -> None:
    """What went with an import that was undone comes again with the next that brings it."""
    back = [path for path, fate in fates.items() if path in kept and kept[path].undone and fate != "in_trash"]
    if back:
        await connection.execute(BRING_BACK, user_id, [kept[path].id for path in back])
    for path in back:
        fates[path] = "added"


async def _change(
    connection: asyncpg.Connection, user_id: UUID, changed: Mapping[UUID, ImportedNote]
) -> list[ImportedNote]:
    """Update the notes whose files changed; returns those whose person changed the same places, untouched."""
    texts = {row["id"]: row for row in await connection.fetch(TEXTS, user_id, list(changed))}
    # Read after the rows are locked, or an edit could slip in between.
    edits = {row["record_id"]: row for row in await connection.fetch(REWRITTEN, user_id, list(changed))}
    ours = {
        record_id: note for record_id, note in changed.items()
        if not edits[record_id]["text"] or texts[record_id]["content"] == note.content
    }  # fmt: skip
    joined = await _merge_edited(connection, user_id, texts, {k: n for k, n in changed.items() if k not in ours})
    ours |= {record_id: changed[record_id] for record_id in joined}
    if ours:
        rows = [_changed_row(note, texts[key], edits[key]["title"]) for key, note in ours.items()]
        await connection.execute(CHANGE, user_id, *_columns(rows))
        await connection.execute(UNNAME, user_id, *_former_names(texts[record_id] for record_id in ours))
        await _name(connection, user_id, ours, is_known=True)
    if joined:
        await connection.execute(ACT_AS, "merge")
        await connection.execute(JOIN, user_id, list(joined), list(joined.values()))
        await connection.execute(ACT_AS, "import")
    return [note for record_id, note in changed.items() if record_id not in ours]


async def _merge_edited(
    connection: asyncpg.Connection, user_id: UUID, texts: Mapping[UUID, asyncpg.Record],
    edited: Mapping[UUID, ImportedNote],
) -> dict[UUID, str]:  # fmt: skip
    """The file's new text and the person's as one, where they do not touch the same places."""
    rows = await connection.fetch(BROUGHT, user_id, list(edited)) if edited else ()
    merged = {
        record_id: merge_texts(base, texts[record_id]["content"], edited[record_id].content)
        for record_id, base in rows if base is not None
    }  # fmt: skip
    return {record_id: text for record_id, text in merged.items() if text is not None}


def _changed_row(note: ImportedNote, before: asyncpg.Record, renamed: bool) -> tuple[Any, ...]:
    """A title that a person gave stays."""
    title = before["title"] if renamed else note.title
    fields = json.dumps(_merged(before, note))
    former = read_looks(read_back(before["content"], json.loads(before["custom_fields"]))[0].properties)
    # Only what the file says differently: the rest may have been chosen here meanwhile.
    looks = [
        getattr(note.looks, name) if getattr(note.looks, name) != getattr(former, name) else before[name]
        for name in ("icon", "colour", "template_for")
    ]
    author = note.looks.author
    return before["id"], title, note.content, fields, note.dates.updated, *looks, author, author != former.author


def _former_names(texts: Iterable[asyncpg.Record]) -> tuple[list[UUID], list[str]]:
    ids, names = [], []
    for before in texts:
        _, words = read_back(before["content"], json.loads(before["custom_fields"]))
        ids += [before["id"]] * len(words.aliases)
        names += [fold(name)[:LONGEST_NAME] for name in words.aliases]
    return ids, names


def _merged(before: asyncpg.Record, note: ImportedNote) -> dict[str, Any]:
    """The file's properties replace those that it brought before; whatever was added here stays."""
    fields = json.loads(before["custom_fields"])
    former, _ = read_back(before["content"], fields)
    kept = {key: fields[key] for key in fields if key not in former.properties and not key.startswith("_")}
    return kept | note.custom_fields


async def _add(
    connection: asyncpg.Connection,
    user_id: UUID,
    new: Sequence[tuple[str, ImportedNote]],
    folders: Mapping[str, UUID],
) -> None:
    rows = [
        (note.title, note.content, folders.get(note.folder), note.dates.created, note.written_at,
         note.dates.day, json.dumps(note.custom_fields), source_id, note.looks.icon, note.looks.colour,
         note.looks.template_for, note.looks.author)
        for source_id, note in new
    ]  # fmt: skip
    by_source = dict(new)
    added = await connection.fetch(ADD, user_id, *_columns(rows))
    notes = {row["id"]: by_source[row["source_id"]] for row in added}
    await _name(connection, user_id, notes, is_known=False)


async def _name(
    connection: asyncpg.Connection, user_id: UUID, notes: Mapping[UUID, ImportedNote], *, is_known: bool
) -> None:
    # A person may have given a known note another title: the file's stays one of its names.
    names = [
        (record_id, fold(name)[:LONGEST_NAME], name)
        for record_id, note in notes.items()
        for name in ((note.title, *note.aliases) if is_known else note.aliases)
        if fold(name)
    ]
    if names:
        await connection.execute(NAME, user_id, *_columns(names))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
