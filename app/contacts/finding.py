"""People as one types: by the beginning of whatever they are called or reached by, else by what is like it."""

from __future__ import annotations

import re
from uuid import UUID

import asyncpg

from app.core.text import fold
from app.search.slips import find_near_names

# By the whole of what was typed, in the order of the list; then by its longest word, where the others begin words too.
BEGINNING = """
with whole as (
    select p.contact_id from contact_points p
     where p.kind = 'name' and p.normal >= $1 and p.normal < $1 || U&'\\FFFF' order by p.normal limit 150),
parts as (
    select p.contact_id from contact_points p
     where p.kind = any('{word,email,phone,handle}') and p.normal >= $2 and p.normal < $2 || U&'\\FFFF'
       and not exists (
            select from unnest($3::text[]) t(token) where not exists (
                select from contact_points o where o.contact_id = p.contact_id and o.kind = any('{word,email,handle}')
                   and o.normal >= t.token and o.normal < t.token || U&'\\FFFF'))
     limit 150)
select contact_id from whole union select contact_id from parts"""
WORDS = """
select c.id from gate_find_words($1, 1000) w join contacts c on c.id = w.record_id limit 150"""
ENOUGH_TO_READ = 3
"""Letters from which on the texts are searched as well."""
A_PAGE = 50
"""So many whose names begin so fill a page: then nobody looks for whose texts say it, and looking takes longest."""


async def find_people(connection: asyncpg.Connection, typed: str) -> list[UUID]:
    whole = fold(typed)
    digits = re.sub(r"[^0-9]", "", whole) if re.fullmatch(r"[-+0-9 ()/.]+", whole) else ""
    if digits:
        whole = "+" + digits if whole.startswith("+") else digits
    tokens = sorted(re.split(r"[ -]+", whole) if not digits else [whole], key=len, reverse=True)
    found = [row[0] for row in await connection.fetch(BEGINNING, whole, tokens[0], tokens[1:8])]
    if len(whole) >= ENOUGH_TO_READ and len(found) < A_PAGE:
        found += [row[0] for row in await connection.fetch(WORDS, typed)]
    return found or [row["record_id"] for row in await find_near_names(connection, typed, 50)]
