"""Where other notes name this one without linking it: found by the word index, looked up in their texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

import asyncpg

from app.core.prose import only_prose, without_code
from app.core.text import LETTER, fold, plain_sentence, sentence_around
from app.search.asking import Asked
from app.search.queries import CANDIDATES, Scope, find_by_words

SHORTEST = 3
MOST = 20
MOST_NAMES = 8
LONGEST_READ = 50_000
"""Characters of one text that are looked through."""

# A note of such a name is named in every text. What is common in a house of its own is told by its index.
COMMON = {
    "aber", "all", "als", "and", "any", "are", "auch", "auf", "avec", "been", "but", "can", "come", "como",
    "con", "dans", "das", "day", "del", "dem", "den", "der", "des", "did", "die", "ein", "eine", "einer", "est",
    "for", "from", "für", "get", "good", "had", "has", "have", "her", "here", "him", "his", "how", "ist", "its",
    "just", "know", "las", "les", "let", "like", "long", "los", "make", "man", "many", "mas", "mit", "more",
    "much", "new", "nicht", "not", "note", "notes", "now", "oder", "old", "one", "only", "our", "out", "over",
    "para", "pas", "plus", "por", "pour", "put", "que", "qui", "say", "see", "she", "sich", "sind", "some",
    "such", "sur", "take", "than", "that", "the", "them", "they", "this", "time", "too", "two", "und", "une",
    "use", "very", "von", "want", "war", "was", "way", "well", "were", "what", "when", "who", "wie", "will",
    "wird", "with", "you", "your",
}  # fmt: skip

NAMES = """
select n.folded, n.name, n.origin from names n where n.record_id = $1 order by n.origin = 'title' desc, n.folded"""

# Not where a link leads here already, or was taken back: it never comes again.
TEXTS = """
select n.id, n.title, n.content, n.version from notes n
 where n.id = any($2) and n.id <> $1 and n.deleted_at is null and n.content_format = 'markdown'
   and not exists (select from entity_links l where l.source_id = n.id and l.target_id = $1
                      and l.origin not in ('extracted', 'inferred'))
 order by array_position($2, n.id) limit 60"""


@dataclass(frozen=True, slots=True)
class Mention:
    """One place in a text; `written` is how the name stands there."""

    note_id: UUID
    title: str
    version: int
    start: int
    end: int
    written: str
    sentence: str


async def read_names(connection: asyncpg.Connection, note_id: UUID) -> list[str]:
    """The title and the aliases by which a text could name the note, those that say nothing left out."""
    rows = await connection.fetch(NAMES, note_id)
    return [row["name"] for row in rows if is_telling(row["name"])][:MOST_NAMES]


def is_telling(name: str) -> bool:
    folded = fold(name)
    return len(folded) >= SHORTEST and folded not in COMMON and any(sign.isalpha() for sign in folded)


async def find_mentions(connection: asyncpg.Connection, note_id: UUID, names: Sequence[str]) -> list[Mention]:
    """The first place in each of the notes that name it, in the order of the search."""
    ranked: dict[UUID, None] = {}
    for name in names:
        hits = await find_by_words(connection, Asked(phrases=(name,)), Scope(kinds=("note",)))
        # One word in so many texts is a word of this house and no name.
        if len(hits) < CANDIDATES or " " in name.strip():
            ranked |= dict.fromkeys(hit["record_id"] for hit in hits)
    texts = await connection.fetch(TEXTS, note_id, list(ranked)) if ranked else []
    found = (_first_in(row, names) for row in texts)
    return list(islice((mention for mention in found if mention is not None), MOST))


def _first_in(row: asyncpg.Record, names: Sequence[str]) -> Mention | None:
    text = row["content"]
    place = next(find_places(text, names), None)
    if place is None:
        return None
    start, end = place
    sentence = plain_sentence(sentence_around(text, start, end))
    return Mention(row["id"], row["title"], row["version"], start, end, text[start:end], sentence)


# Scripts that put no blank between words.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


def find_places(text: str, names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where one of the names stands as whole words, in the order of the text, outside of all that is no prose."""
    pattern, text = _pattern(names), text[:LONGEST_READ]
    if pattern is None:
        return
    prose = only_prose(without_code(text))
    for place in pattern.finditer(prose.translate(_PLAIN)):
        yield place.span()


def _pattern(names: Sequence[str]) -> re.Pattern[str] | None:
    # The longest first: of "Ana" and "Ana García" the whole name is meant.
    wanted = sorted({" ".join(name.split()) for name in names if is_telling(name)}, key=len, reverse=True)
    return re.compile("|".join(map(_whole_words, wanted))) if wanted else None


def _whole_words(name: str) -> str:
    words = r"[ \t\u00a0]+".join(re.escape(word.translate(_PLAIN)) for word in name.split())
    before = "" if _UNSPACED.match(name[0]) else rf"(?<!{LETTER})(?<![_/\\.-](?={LETTER}))"
    after = "" if _UNSPACED.match(name[-1]) else rf"(?!{LETTER})(?![_/\\-]|\.{LETTER})"
    return f"{before}{words}{after}"


class _Plain(dict[int, str]):
    """Each letter as names are compared, where that is one letter too, so that places stay what they are."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        plain = letter if letter.isspace() or letter == "\0" else fold(letter)
        self[code] = plain if len(plain) == 1 else letter
        return self[code]


_PLAIN = _Plain()
