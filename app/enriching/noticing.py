"""The react slot's part: a record that has a link waits for its page, a record that has none any more does not.

Nothing is asked for that no person saved as a link: what an import, a demo or the house itself wrote waits until
somebody asks for it by hand (app/enriching/service.py). Whoever moves in with ten thousand bookmarks would otherwise
send ten thousand requests that nobody meant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg

from app.core.record import Kind

OF_OTHERS = ("import", "demo", "hearth", "sync", "purge", "merge")
KINDS_OF = "select id, kind from records where id = any($1)"

# Whose hand wrote the link that stands there.
SAVED = """
select record_id from (
    select distinct on (record_id) record_id, actor from change_log
     where user_id = $1 and record_id = any($2) and (op = 'create' or 'url' = any(columns))
     order by record_id, seq desc) c where actor <> all($3)"""
WANTED = "select reads_links from users where id = $1"
FORGET = "delete from link_pages where record_id = any($1)"

# A link that the person has elsewhere, and whose page was read this week (a capture that became a bookmark), is not
# asked for twice. An address that stands as it stood changes nothing, whatever became of it.
EXPECT = """
insert into link_pages as l (record_id, user_id, url, host, state, final_url, title, description, site, language, text,
                             favicon, content_hash, tried_at, read_at)
select n.id, $1, n.url, n.host, case when k.url is null then 'waiting' else 'done' end, coalesce(k.final_url, ''),
       coalesce(k.title, ''), coalesce(k.description, ''), coalesce(k.site, ''), coalesce(k.language, ''),
       coalesce(k.text, ''), k.favicon, coalesce(k.content_hash, ''), k.tried_at, k.read_at
  from unnest($2::uuid[], $3::text[], $4::text[]) n(id, url, host)
  left join lateral (
       select * from link_pages o
        where o.user_id = $1 and o.url = n.url and o.record_id <> n.id and o.state = 'done'
          and o.read_at > now() - interval '7 days'
        order by o.read_at desc limit 1) k on true
on conflict (record_id) do update
   set url = excluded.url, host = excluded.host, state = excluded.state, final_url = excluded.final_url,
       title = excluded.title, description = excluded.description, site = excluded.site, text = excluded.text,
       language = excluded.language, favicon = excluded.favicon, content_hash = excluded.content_hash,
       tried_at = excluded.tried_at, read_at = excluded.read_at, error = '', error_detail = '', attempts = 0,
       is_asked = false, due_at = now(), rests_until = null, claimed_by = null, claimed_until = null
 where l.url <> excluded.url"""


async def notice_links(
    connection: asyncpg.Connection, user_id: UUID, kinds: Mapping[str, Kind], ids: Sequence[UUID]
) -> None:
    links = await read_links(connection, kinds, ids)
    unlinked = [record_id for record_id in ids if record_id not in links]
    if unlinked:
        await connection.execute(FORGET, unlinked)
    if not links or not await connection.fetchval(WANTED, user_id):
        return
    saved = {row[0] for row in await connection.fetch(SAVED, user_id, list(links), OF_OTHERS)}
    await expect_pages(connection, user_id, {key: url for key, url in links.items() if key in saved})


async def read_links(connection: asyncpg.Connection, kinds: Mapping[str, Kind], ids: Sequence[UUID]) -> dict[UUID, str]:
    """The link of each of these records that has one."""
    by_kind: dict[str, list[UUID]] = {}
    if any(kind.links for kind in kinds.values()):
        for record_id, kind in await connection.fetch(KINDS_OF, ids):
            by_kind.setdefault(kind, []).append(record_id)
    found: dict[UUID, str] = {}
    for name, members in by_kind.items():
        if statement := kinds[name].links:
            found |= {row[0]: row[1] for row in await connection.fetch(statement, members)}
    return found


async def expect_pages(connection: asyncpg.Connection, user_id: UUID, links: Mapping[UUID, str]) -> None:
    hosts = [host_of(url) for url in links.values()]
    await connection.execute(EXPECT, user_id, list(links), list(links.values()), hosts)


def host_of(url: str) -> str:
    """Whose turn it takes; empty for what is no address, which the fetching says in a sentence."""
    try:
        return (urlsplit(url).hostname or "")[:253]
    except ValueError:
        return ""
