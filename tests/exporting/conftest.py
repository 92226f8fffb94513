"""An account that uses everything there is, its export, and accounts that it is brought into."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.core.database import Database
from app.exporting import catalogue
from app.exporting.service import export_account
from app.importing.report import Report
from app.importing.service import import_path
from app.kinds import KINDS
from app.ports.blobs import BlobStore
from tests.conftest import Person, make_person, work_through

Bring = Callable[..., Awaitable[Report]]
Take = Callable[..., Awaitable[Path]]
PICTURE = b"\x89PNG\r\n\x1a\n a picture"

# Every column that is written has another value here than a new row gets; FULL's test says which is forgotten.
COMMON = """archived_at = '2024-01-02T03:04:05.678901Z', source = 'import', synced_at = '2024-02-01T00:00:00Z',
    is_pinned = true, sensitivity = 'high', custom_fields = '{"Wing": 12.50, "list": ["a", "no"], "tags": ["owned"]}',
    created_at = '2020-05-06T07:08:09.123456Z', updated_at = '2021-05-06T07:08:09Z'"""
FILL = (
    "insert into folders (id, user_id, parent_id, name, icon, colour, sort_order, created_at, updated_at, deleted_at) "
    "values ($2, $1, null, 'Birds', '🐦', 'teal', 7, '2019-01-01', '2019-02-02', null), "
    "(gen_random_uuid(), $1, $2, 'Owls: big / small', null, null, 1, '2019-01-03', '2019-02-03', null), "
    "(gen_random_uuid(), $1, $2, 'Gone', null, null, 2, '2019-01-03', '2019-02-03', '2024-01-01')",
    "insert into contacts (id, user_id, full_name) values ($3, $1, 'Ana García')",
    "update contacts set nickname = 'Anni', company = 'Vogel; & Söhne',"
    " role_title = 'Director', location = 'Sevilla', notes = E'Likes\\n[[Owls]]', avatar = 'ana.png', "
    'emails = \'[{"label": "work", "value": "ana@example.org"}]\', '
    'phones = \'[{"label": "cell", "value": "+34 600", "e164": null}]\', '
    "source_id = 'c1', {COMMON} where id = $3",
    "update contacts set location = 'Porto', notes = 'me' where is_self and user_id = $1",
    "insert into topics (id, user_id, label, slug) values ($4, $1, 'Long Walks', 'long-walks')",
    "update topics set description = 'Walks', source_id = 't1', {COMMON} where id = $4",
    "insert into notes (id, user_id, title, content) values ($5, $1, 'Owls', E'See [[Herons]] and #dusk @Ana')",
    "update notes set content_format = 'html', icon = 'x', colour = 'red', note_kind = 'log', date_key = '2024-03-04',"
    " preferred_view = 'canvas', folder_id = $2, is_pinned_home = true, is_inbox = true, author_contact_id = $3,"
    " source_id = 'Owls.md', {COMMON} where id = $5",
    "insert into notes (id, user_id, title, content, deleted_at, created_at, updated_at) "
    "values ($6, $1, 'Herons', E'[[Owls]]\\r\\n', '2024-04-05', '2020-01-01', '2020-01-02')",
    "insert into contacts (user_id, full_name, deleted_at) values ($1, 'Gone Away', '2024-05-06')",
    "insert into topics (user_id, label, slug, deleted_at) values ($1, 'Gone', 'gone', '2024-05-07')",
    "insert into names (user_id, record_id, folded, name, origin) values ($1, $5, 'uhu', 'Uhu', 'alias')",
    "insert into record_topics (user_id, record_id, topic_id, origin, created_at) "
    "values ($1, $5, $4, 'manual', '2022-01-01')",
    "insert into entity_links (user_id, source_id, target_id, target_name, relation, origin, confidence, strength, "
    "evidence, anchor, written_as, is_ambiguous, created_by, created_at, valid_from, valid_to, rejected_at) values "
    "($1, $5, $3, 'ana', 'about', 'manual', 0.25, 3.5, 'said so', 'there', 'Ana', true, 'me', '2022-02-02', "
    "'2022-02-03', '2022-02-04', '2022-02-05')",
    "insert into saved_searches (user_id, name, query, created_at, place, kept) "
    "values ($1, 'Owls in print', 'tag:owl', '2022-03-03', '/notes', 'sort=title')",
    "insert into search_history (user_id, query, at) values ($1, 'heron', '2022-04-04')",
    "insert into property_definitions (user_id, key, name, type, created_at, updated_at) "
    "values ($1, 'wing', 'Wing', 'number', '2022-05-05', '2022-05-06')",
    "update users set time_zone = 'Europe/Madrid', locale = 'de', theme = 'dark', density = 'dense', motion = 'still', "
    "week_start = 7, search_language = 'german', search_stems = 'german', keeps_searches = true where id = $1",
)

# The same, of tables and columns that stand here only once their migration has run.
FILL_WHERE_THERE = {
    ("notes", "template_for"): "update notes set template_for = 'log', target_contact_ids = array[$3::uuid], "
    "refused_contact_ids = array[(select id from contacts where user_id = $1 and full_name = 'Gone Away')] "
    "where id = $5",
    ("contacts", "emails"): "update contacts set prefix = 'Dr', first_name = 'Ana', middle_name = 'M', "
    "last_name = 'García', suffix = 'PhD', pronouns = 'she', role = 'friend', how_met = 'On a boat', "
    'addresses = \'[{"label": "home", "city": "Sevilla"}]\', '
    'urls = \'[{"label": "", "value": "https://ana.example.org"}]\', '
    'handles = \'[{"service": "mastodon", "value": "@ana"}]\', '
    'dates = \'[{"label": "birthday", "date": "--02-29"}]\', '
    'promises = \'[{"id": "p", "by": "me", "text": "a book", "due": null, "done": null}]\', '
    'relations = \'[{"contact_id": "x", "relation": "partner"}]\', groups = \'[{"group_id": "g"}]\', '
    "domain = 'hybrid', status = 'dormant', is_favourite = true, wished_days = 30, card_uid = 'urn:1', "
    'card_extra = \'[["x-a", {}, "text", "b"]]\' where id = $3',
    (
        "interactions",
        "occurred_at",
    ): "insert into interactions (user_id, title, summary, interaction_type, occurred_at, "
    "direction, author_contact_id, participant_ids, is_notable, source, source_id) values ($1, 'Call', 'On owls', "
    "'call', '2024-05-05', 'me', $3, array[$3::uuid], true, 'import', 'i1')",
    ("interactions", "is_notable"): "update interactions set {COMMON}, deleted_at = '2024-06-06' where user_id = $1",
    ("reminders", "due_at"): "insert into reminders (user_id, title, text, record_id, due_at, repeat, anchor, done_at, "
    "snoozed_until, source_id) values ($1, 'Post', 'Write to Ana', $3, '2024-05-05', 'week', '2024-05-01', "
    "'2024-05-07', '2024-05-06', 'r1')",
    ("reminders", "anchor"): "update reminders set {COMMON}, deleted_at = '2024-06-06' where user_id = $1",
    ("groups", "banner"): "insert into groups (user_id, name, description, banner, wished_days, source_id) "
    "values ($1, 'Choir', 'Sings', (select id from attachments where user_id = $1 and name = 'Owl.PNG'), 30, 'g1')",
    ("groups", "wished_days"): "update groups set {COMMON}, deleted_at = '2024-06-06' where user_id = $1",
    ("distinctions", "one"): "insert into distinctions (user_id, one, other, created_at, deleted_at) "
    "select $1, least(a.id, $3), greatest(a.id, $3), '2024-07-07', '2024-07-08' from contacts a "
    "where a.user_id = $1 and a.full_name = 'Gone Away'",
    ("notes", "became_contact_id"): "update notes set became_contact_id = $3 where id = $6",
    ("contacts", "merged_into"): "update contacts set merged_into = $3 where user_id = $1 and full_name = 'Gone Away'",
    ("notes", "merged_into"): "update notes set merged_into = $5 where id = $6",
    ("topics", "merged_into"): "update topics set merged_into = $4 where user_id = $1 and label = 'Gone'",
    ("names", "merged_from"): "update names set merged_from = $6 where record_id = $5 and origin = 'alias'",
    ("entity_links", "merged_from"): "update entity_links set merged_from = $6 "
    "where source_id = $5 and origin = 'manual'",
    ("entity_links", "accepted_at"): "update entity_links set accepted_at = '2022-02-06' "
    "where source_id = $5 and origin = 'manual'",
    ("entity_links", "used_at"): "update entity_links set used_at = '2022-02-07', basis = '{\"support\": 3}' "
    "where source_id = $5 and origin = 'manual'",
    ("entities", "merged_into"): "insert into entities (user_id, name, normalised_name, entity_type, description, "
    "properties, first_seen, last_seen, merged_into, archived_at, deleted_at, source, source_id, synced_at, is_pinned, "
    "sensitivity, custom_fields, created_at, updated_at, version) values ($1, 'Uhu e. V.', 'uhu e. v.', "
    "'organisation', 'A club', '{\"a\": 1}', '2020-01-01', '2021-01-01', $3, '2024-01-02', '2024-01-03', 'import', "
    "'e1', '2024-02-01', "
    "true, 'high', '{\"Wing\": 1}', '2020-05-06', '2021-05-06', 3)",
    ("filings", "deleted_at"): "insert into filings (user_id, record_id, topic_id, created_at, deleted_at) "
    "values ($1, $5, $4, '2022-07-01', null), ($1, $6, $4, '2022-07-02', '2024-01-01')",
    ("users", "asks_mood"): "update users set asks_mood = false where id = $1",
    ("captures", "id"): "insert into captures (user_id, title, content, capture_type, is_type_chosen, url, "
    "processed_at, processed_as, processed_id, client_id, source_id) values ($1, 'Owls', E'To read\\n#dusk', 'link', "
    "true, 'https://example.org', '2024-03-03', 'note', $5, '00000000-0000-4000-8000-000000000001', 'm1')",
    ("captures", "snoozed_until"): "insert into captures (user_id, content, snoozed_until) "
    "values ($1, 'Later', '2030-01-01')",
    ("captures", "discarded_at"): "insert into captures (user_id, content, discarded_at, deleted_at) "
    "values ($1, 'Never', '2024-03-04', '2024-03-04')",
    ("captures", "source"): "update captures set {COMMON} where user_id = $1 and source_id = 'm1'",
    ("bookmarks", "id"): "insert into bookmarks (user_id, url, normal_url, title, description, category, "
    "is_favourite, visit_count, last_visited_at, kept_at, source_id) values ($1, "
    "'https://owls.example.org/?a=1', 'owls.example.org?a=1', 'Owls', E'All & more', "
    "'Birds/Night', true, 3, '2024-03-05', '2024-03-07', 'b1')",
    ("bookmarks", "source"): "update bookmarks set {COMMON} where user_id = $1 and source_id = 'b1'",
    ("bookmarks", "deleted_at"): "insert into bookmarks (user_id, url, normal_url, deleted_at) "
    "values ($1, 'https://gone.example.org', 'gone.example.org', '2024-04-04')",
    ("notes", "processed_id"): "update notes set processed_id = $3, snoozed_until = '2030-01-02' where id = $5",
    ("users", "reads_links"): "update users set reads_links = false where id = $1",
    ("link_pages", "record_id"): "insert into link_pages (record_id, user_id, url, host, state, is_asked, final_url, "
    "title, description, site, language, text, favicon, content_hash, error, error_detail, attempts, created_at, "
    "due_at, tried_at, read_at, rests_until, claimed_by, claimed_until) select id, user_id, url, 'example.org', "
    "'done', true, "
    "'https://example.org/', 'Owls', 'At night', 'Birds', 'en', 'Hoot', '\\x89504e47', 'ab', 'slow', 'x', 3, "
    "'2024-05-01', '2024-05-02', '2024-05-03', '2024-05-04', '2024-05-05', 'w', '2024-05-06' "
    "from captures where user_id = $1 and source_id = 'm1'",
    ("users", "sleeps"): "update users set sleeps = false, sleep_seconds = 60, sleep_rows = 500, sleep_tokens = 9, "
    "sleep_from = '23:30', sleep_until = '05:15', sleep_idle_minutes = 45, sleep_without = '{twins}' where id = $1",
    ("insight_verdicts", "verdict"): "insert into insight_verdicts (user_id, insight_id, kind, verdict, at) "
    "values ($1, $5, 'twins', 'not_useful', '2024-08-08')",
    ("users", "may_leave"): "update users set may_leave = 'high' where id = $1",
    ("sensitivity_choices", "level"): "insert into sensitivity_choices (record_id, user_id, level, at) "
    "values ($5, $1, 'critical', '2024-08-09')",
    ("clusters", "label"): "insert into clusters (id, user_id, label, words, is_locked, is_shaped, version, x, y, "
    "made_at, named_at, dissolved_at) values ($2, $1, 'Birds', '{owl,dusk}', true, true, 4, 0.5, -0.25, '2024-09-01', "
    "'2024-09-02', '2024-09-03')",
    ("clusters", "merged_into"): "insert into clusters (user_id, label, merged_into) values ($1, 'Owls', $2)",
    ("cluster_members", "pinned_at"): "insert into cluster_members (user_id, cluster_id, record_id, confidence, "
    "pinned_at) values ($1, $2, $5, 0.75, '2024-09-04')",
    ("cluster_members", "removed_at"): "insert into cluster_members (user_id, cluster_id, record_id, confidence, "
    "removed_at) values ($1, $2, $6, 0.25, '2024-09-05')",
    ("stacks", "name"): "insert into stacks (id, user_id, name, summary, is_pinned, cluster_id, topic_id, search_id, "
    "created_at, updated_at, deleted_at) values ($3, $1, 'Night', 'All of it', true, $2, $4, "
    "(select id from saved_searches where user_id = $1), '2024-10-01', '2024-10-02', '2024-10-03')",
    ("stack_items", "place"): "insert into stack_items (user_id, stack_id, record_id, place, added_at, removed_at) "
    "values ($1, $3, $5, 7, '2024-10-04', '2024-10-05')",
    ("insights", "is_pinned"): "insert into insights (user_id, kind, key, facts, cores, confidence, priority, "
    "valid_from, valid_until, week_start, week_end, is_pinned, verdict, judged_at, snoozed_until, created_at, "
    "updated_at) values ($1, 'week', 'w', '{\"notes\": 3}', 1, 0.5, 0.25, '2024-08-01', '2024-08-09', '2024-07-29', "
    "'2024-08-04', true, 'useful', '2024-08-08', '2024-08-10', '2024-08-01', '2024-08-02')",
    ("insight_evidence", "is_core"): "insert into insight_evidence (user_id, insight_id, record_id, place, is_core) "
    "select $1, id, $5, 1, true from insights where user_id = $1 and key = 'w'",
    ("learned", "said"): "insert into learned (user_id, category, key, about_id, value, folder_id, hits, seen, "
    "confidence, said, said_folder_id, learned_at, counted_at, confirmed_at, corrected_at, forgotten_at) values "
    "($1, 'folder', 'k', $4, 'v', $2, 3, 4, 0.5, 's', $2, '2024-08-01', '2024-08-02', '2024-08-03', '2024-08-04', "
    "'2024-08-05')",
    ("attachments", "width"): "update attachments set width = 3, height = 2 where user_id = $1 and name = 'Owl.PNG'",
}
IS_THERE = "select exists (select from information_schema.columns where table_name = $1 and column_name = $2)"


async def fill_account(database: Database, blobs: BlobStore, person: Person) -> list[UUID]:
    """As the person, so that policies and triggers are as they are for everybody."""
    ids = [uuid4() for _ in range(5)]
    async with database.reading(person.id) as connection:
        for statement in FILL:
            await _run(connection, statement, person.id, *ids)
        blob, gone = blobs.put(PICTURE), blobs.put(b"thrown away")
        await connection.execute(
            "insert into attachments (user_id, record_id, name, folded, path, sha256, size, media_type, created_at, "
            "deleted_at) values ($1, $2, 'Owl.PNG', 'owl.png', 'pics/Owl.PNG', $3, $4, 'image/png', '2022-06-06', "
            "null), ($1, null, 'old.txt', 'old.txt', 'old.txt', $5, $6, 'text/plain', '2022-06-07', '2024-01-01')",
            person.id, ids[3], blob.sha256, blob.size, gone.sha256, gone.size,
        )  # fmt: skip
        for (table, column), statement in FILL_WHERE_THERE.items():
            if await connection.fetchval(IS_THERE, table, column):
                await _run(connection, statement, person.id, *ids)
    return ids


async def _run(connection: asyncpg.Connection, statement: str, *given: UUID) -> None:
    used = max(int(number) for number in re.findall(r"\$(\d)", statement))
    await connection.execute(_typed(statement.replace("{COMMON}", COMMON), used), *given[:used])


def _typed(statement: str, used: int) -> str:
    """A parameter that a statement does not name has no type."""
    missing = [number for number in range(1, used + 1) if f"${number}" not in statement]
    return (
        statement if not missing else f"with unused as (select {', '.join(f'${n}::uuid' for n in missing)}) {statement}"
    )


async def warm_account(owner: asyncpg.Connection, person: Person) -> None:
    """After the heat slot: attention of every sort, and a tier, a peak and a visit."""
    await owner.execute(
        "insert into attention (user_id, record_id, reason, weight, at, is_undone) "
        "select $1, id, 'open', 0.4, '2023-01-01', title = 'Owls' from notes where user_id = $1", person.id,
    )  # fmt: skip
    await owner.execute(
        "update record_heat set warmth = 12.25, opened_at = '2023-01-01', tier = 'hot', peak = 0.75, "
        "peak_at = '2023-01-02' where user_id = $1 and record_id in (select id from notes where title = 'Owls')",
        person.id,
    )


@pytest.fixture
def blobs(settings) -> BlobStore:
    return BlobStore(settings.blobs_dir)


@pytest.fixture
async def full(owner, database, blobs, alice, reactor) -> list[UUID]:
    """Alice's account with everything in it; ids of a folder, a contact, a topic and two notes."""
    ids = await fill_account(database, blobs, alice)
    await work_through(reactor)
    await warm_account(owner, alice)
    return ids


@pytest.fixture
def take_out(database, blobs, alice, tmp_path) -> Take:
    async def take(person: Person = alice, *, history: bool = False) -> Path:
        path = tmp_path / f"{uuid4().hex}.zip"
        await export_account(database, blobs, person.id, path, KINDS, history=history)
        return path

    return take


@pytest.fixture
def bring_in(database, blobs, alice) -> Bring:
    async def bring(path: Path, person: Person = alice) -> Report:
        return await import_path(database, blobs, person.id, path)

    return bring


@pytest.fixture
def wipe(owner) -> Callable[[Person], Awaitable[Person]]:
    """The account deleted, and one of the same person made anew."""

    async def wipe_account(person: Person) -> Person:
        await owner.execute("select gate_remove_user($1)", person.email)
        return await make_person(owner, person.name, role="owner")

    return wipe_account


async def read_account(owner: asyncpg.Connection, user_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """All that is carried, every column of every row, in the order of its key."""
    tables = catalogue.carried_tables(await catalogue.read_tables(owner))
    found = {}
    for table in tables:
        which = catalogue.CARRIED.get(table.name, "true")
        rows = await owner.fetch(
            f"select to_jsonb(t)::text from {table.name} t where user_id = $1 and {which} "  # noqa: S608
            f"order by {', '.join(table.key)}", user_id,
        )  # fmt: skip
        found[table.name] = [
            {key: value for key, value in json.loads(row[0]).items() if key in table.columns} for row in rows
        ]
    preferences = await catalogue.read_preferences(owner)
    row = json.loads(await owner.fetchval("select to_jsonb(u)::text from users u where id = $1", user_id))
    found[catalogue.PERSON] = [{key: row[key] for key in preferences}]
    return found
