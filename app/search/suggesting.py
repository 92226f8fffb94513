"""“Did you mean”: a word that nothing holds, and the word of one's own texts that it may have been meant to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import asyncpg

from app.core.text import fold
from app.search import queries
from app.search.asking import Asked
from app.search.finding import WHOLLY, Answer
from app.search.listing import rewrite
from app.search.queries import Scope

SHORTEST, TWO_SLIPS_FROM = 4, 8
MOST_WORDS, MOST_TRIED = 4, 3
PLAIN = re.compile(r"\w+")

# From the counted words of one's own (they lag a little behind: each is looked up before it is offered). A slip rarely
# changes the first letter, or it swaps the first two.
NEAR = """
select word, is_stem, records from vocabulary
 where user_id = app_user_id() and length(word) between $3 and $4
   and ((word >= $1 and word < $1 || U&'\\FFFF') or (word >= $2 and word < $2 || U&'\\FFFF'))
   and exists (select from unnest($5::text[]) piece where position(piece in word) > 0) limit 5000"""


async def suggest(connection: asyncpg.Connection, answer: Answer) -> str:
    """The query with its unknown words as they may have been meant; empty where all are known, or like nothing."""
    if any(hit.coverage > WHOLLY for hit in answer.found.values()):
        return ""
    scope = Scope(answer.narrowed.shelf, answer.narrowed.kinds)
    meant = {word: await _meant(connection, word, scope) for word in answer.asked.words[:MOST_WORDS]}
    if not any(meant.values()):
        return ""
    words = tuple(meant.get(word) or word for word in answer.asked.words)
    return rewrite(replace(answer.asked, words=words))


async def _meant(connection: asyncpg.Connection, word: str, scope: Scope) -> str:
    folded = fold(word)
    if len(folded) < SHORTEST or not PLAIN.fullmatch(folded) or await _is_held(connection, word, scope):
        return ""
    for candidate in _likest(folded, await _near(connection, folded))[:MOST_TRIED]:
        if await _is_held(connection, candidate, scope):
            return candidate
    return ""


async def _is_held(connection: asyncpg.Connection, word: str, scope: Scope) -> bool:
    """Whether a record that may be shown holds the word."""
    found = await queries.find_by_words(connection, Asked(words=(word,)), scope, 1)
    return bool(await queries.read_hits(connection, [row["record_id"] for row in found], scope))


async def _near(connection: asyncpg.Connection, word: str) -> Sequence[asyncpg.Record]:
    third = max(len(word) // 3, 1)
    pieces = [word[:third], word[third : 2 * third], word[2 * third :]]
    return await connection.fetch(NEAR, word[0], word[1], len(word) - 2, len(word) + 2, pieces)


def _likest(word: str, rows: Sequence[asyncpg.Record]) -> list[str]:
    """One slip away, or two from eight letters on; the nearest first, whole words before stems, common before rare."""
    # Imported at the first slip of a finger: it would take 2 MB in every web process.
    from rapidfuzz.distance import OSA

    most = 1 if len(word) < TWO_SLIPS_FROM else 2
    measured = sorted(
        (OSA.distance(word, row["word"], score_cutoff=most), row["is_stem"], -row["records"], row["word"])
        for row in rows
    )
    return list(dict.fromkeys(found for distance, *_, found in measured if 0 < distance <= most))
