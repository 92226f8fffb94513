"""Nobody sees or writes what is another's: walked over the whole catalogue and the whole route table."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute

from app.ports.blobs import BlobStore
from tests.conftest import work_through, write

DERIVED = ("records", "record_words", "change_log", "pipeline", "property_values", "participants", "contact_rhythm",
           "frame_scores", "group_members")  # fmt: skip
RECORD_TABLES = ("notes", "contacts", "topics", "interactions", "reminders", "groups")
DERIVED = ("records", "record_words", "change_log", "pipeline", "property_values")
RECORD_TABLES = ("notes", "contacts", "topics", "captures", "bookmarks")
RECORD_TABLES = ("notes", "contacts", "topics", "entities")


async def owned_tables(owner: asyncpg.Connection) -> list[str]:
    rows = await owner.fetch(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id' "
        "where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by 1"
    )
    return [row[0] for row in rows]


async def fill(database, reactor, *people) -> None:
    for person in people:
        await write(database, person, "House", f"[[Garden]] #topic @Ana of {person.name}")
        await write(database, person, "Garden")
    await work_through(reactor)


async def test_every_owned_table_has_forced_row_level_security_and_a_policy(owner):
    for table in [*await owned_tables(owner), "users"]:
        row = await owner.fetchrow(
            "select relrowsecurity, relforcerowsecurity, "
            "exists (select from pg_policies where tablename = relname and policyname = 'own') "
            "from pg_class where relname = $1",
            table,
        )
        assert tuple(row) == (True, True, True), table


async def test_every_table_is_owned_or_known_to_be_nobodys(owner):
    rows = await owner.fetch(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    nobodys = {row[0] for row in rows} - set(await owned_tables(owner))
    assert nobodys == {
        "users",
        "sign_in_attempts",
        "embedding_models",
        "language_model",
        "heartbeats",
        "chores",
        "house_settings",
        "audit",
        "alembic_version",
    }


async def test_every_record_table_has_its_triggers(owner):
    for table in RECORD_TABLES:
        rows = await owner.fetch(
            "select tgname from pg_trigger where tgrelid = $1::regclass and not tgisinternal", table
        )
        assert {"move_version", "record_changed", "record_properties"} <= {row[0] for row in rows}, table


async def test_every_key_to_an_owned_row_carries_its_owner(owner):
    rows = await owner.fetch(
        "select conrelid::regclass::text, conname, array(select attname from pg_attribute "
        "where attrelid = conrelid and attnum = any(conkey)) from pg_constraint "
        "where contype = 'f' and confrelid = any(array(select attrelid from pg_attribute where attname = 'user_id'))"
    )
    assert rows
    for table, name, columns in rows:
        assert "user_id" in columns, f"{table}.{name}"


@pytest.mark.parametrize("role", ["app", "worker"])
async def test_without_a_user_no_owned_row_is_seen(database, worker_database, reactor, owner, alice, bob, role):
    await fill(database, reactor, alice, bob)
    await write(database, alice, "Waiting")
    door = database if role == "app" else worker_database
    for table in [*await owned_tables(owner), "users"]:
        if role == "worker" and table == "pipeline":
            continue
        async with door.anonymous() as connection:
            if await connection.fetchval("select has_table_privilege($1, 'select')", table):
                assert await connection.fetchval(f"select count(*) from {table}") == 0, table  # noqa: S608


async def test_the_worker_sees_whose_work_waits(database, worker_database, owner, alice, bob):
    for person in (alice, bob):
        await write(database, person, "Waiting")
    async with worker_database.anonymous() as connection:
        assert await connection.fetchval("select count(distinct user_id) from pipeline") == 2


async def test_as_one_user_no_row_of_another_is_seen(database, worker_database, reactor, owner, alice, bob):
    await fill(database, reactor, alice, bob)
    for door in (database, worker_database):
        for table in await owned_tables(owner):
            if door is worker_database and table == "pipeline":
                continue
            async with door.reading(alice.id) as connection:
                if await connection.fetchval("select has_table_privilege($1, 'select')", table):
                    users = await connection.fetch(f"select distinct user_id from {table}")  # noqa: S608
                    assert {row[0] for row in users} <= {alice.id}, table


@pytest.mark.parametrize("verb", ["insert", "update", "delete", "truncate"])
async def test_what_is_derived_cannot_be_written_by_the_web(database, owner, alice, verb):
    for table in DERIVED:
        async with database.reading(alice.id) as connection:
            assert not await connection.fetchval("select has_table_privilege($1, $2)", table, verb), table


@pytest.mark.parametrize("table", ["records", "change_log"])
@pytest.mark.parametrize("verb", ["insert", "update", "delete", "truncate"])
async def test_the_worker_cannot_forge_registry_or_history(worker_database, alice, table, verb):
    async with worker_database.reading(alice.id) as connection:
        assert not await connection.fetchval("select has_table_privilege($1, $2)", table, verb)


async def test_nobody_who_serves_may_make_temporary_tables_or_schemas(servers):
    for url in (servers.app_database_url, servers.worker_database_url):
        connection = await asyncpg.connect(url)
        for right in ("temporary", "create"):
            assert not await connection.fetchval("select has_database_privilege(current_database(), $1)", right)
        assert not await connection.fetchval("select has_schema_privilege('public', 'create')")
        await connection.close()


async def test_no_row_can_point_at_another_person_s(database, owner, alice, bob):
    theirs = await write(database, bob, "Secret")
    mine = await write(database, alice, "Mine")
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with database.reading(alice.id) as connection:
            await connection.execute(
                "insert into entity_links (user_id, source_id, target_id, origin) values ($1, $2, $3, 'manual')",
                alice.id, mine, theirs,
            )  # fmt: skip


async def test_a_pooled_connection_never_carries_a_user_over(database, alice):
    await write(database, alice, "Mine")
    for _time in range(3):
        async with database.reading(alice.id) as connection:
            assert await connection.fetchval("select count(*) from notes") == 1
        async with database.anonymous() as connection:
            assert await connection.fetchval("select count(*) from notes") == 0
            assert await connection.fetchval("select app_user_id()") is None


def routes(app: Litestar) -> list[tuple[str, str, bool]]:
    """(method, path, public) of every route that browsers ask for."""
    return [
        (method, route.path, bool(handler.opt.get("public")))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in handler.http_methods
        if method in {"GET", "POST"} and "scope" not in handler.opt
    ]


async def ids_of(database, settings, owner, person) -> dict[str, str]:
    """Something of that person's for each parameter that a path may have; a new parameter must be added here."""
    note = await write(database, person, "Secret", "secret")
    blob = BlobStore(settings.blobs_dir).put(b"secret")
    async with database.reading(person.id) as connection:
        contact = await connection.fetchval(
            "insert into contacts (user_id, full_name) values ($1, 'Secret') returning id", person.id
        )
        file_id = await connection.fetchval(
            "insert into attachments (user_id, name, folded, path, sha256, size, media_type) "
            "values ($1, 'a.png', 'a.png', 'a.png', $2, 6, 'image/png') returning id", person.id, blob.sha256,
        )  # fmt: skip
        folder = await connection.fetchval(
            "insert into folders (user_id, name) values ($1, 'Secret') returning id", person.id
        )
    action = await owner.fetchrow("select action_id, seq from change_log where record_id = $1", note)
    async with database.reading(person.id) as connection:
        topic = await connection.fetchval(
            "insert into topics (user_id, label, slug) values ($1, 'Secret', 'secret') returning id", person.id
        )
        entity = await connection.fetchval(
            "insert into entities (user_id, name, normalised_name, entity_type) "
            "values ($1, 'Secret', 'secret', 'person') returning id", person.id,
        )  # fmt: skip
    async with database.reading(person.id) as connection:
        tie = await connection.fetchval(
            "insert into entity_links (user_id, source_id, target_id, relation, origin, evidence) "
            "values ($1, $2, $3, 'about', 'manual', 'secret') returning id", person.id, note, entity,
        )  # fmt: skip
    async with database.reading(person.id) as connection:
        link = await connection.fetchval("select gate_make_link('join', $1, 'member', null, 7)", b"l" * 32)
        token = await connection.fetchval(
            "insert into personal_tokens (user_id, name, token_hash, scopes, expires_at) "
            "values ($1, 'Secret', $2, '{read}', now() + interval '1 day') returning id", person.id, b"t" * 32,
        )  # fmt: skip
    async with database.reading(person.id) as connection:
        passkey = await connection.fetchval(
            "insert into passkeys (user_id, credential_id, public_key, sign_count, transports, backed_up, "
            "relying_party, name) values ($1, 'c', 'k', 0, '{}', false, 'localhost', 'Secret') returning id", person.id,
        )  # fmt: skip
    async with database.reading(person.id) as connection:
        coming = await connection.fetchval(
            "insert into imports (user_id, name, size) values ($1, 'secret.zip', 10) returning id", person.id
        )
        saved = await connection.fetchval(
            "insert into saved_searches (user_id, name, query) values ($1, 'Secret', 'secret') returning id", person.id
        )
        leaving = await connection.fetchval(
            "insert into exports (user_id, state, ended_at) values ($1, 'done', now()) returning id", person.id
        )
    later = await _later_ids(database, person, note, contact)
    settings.exports_dir.mkdir(parents=True, exist_ok=True)
    (settings.exports_dir / f"{leaving}.zip").write_bytes(b"PK")
    session = await owner.fetchval("select id from sessions where user_id = $1", person.id)
    return {
        "{fact:str}": "emails", "{note_id:uuid}": str(note),
        "{contact_id:uuid}": str(contact), "{session_id:uuid}": str(session),
        "{file_id:uuid}": str(file_id), "{name:str}": "a.png", "{record_id:uuid}": str(note),
        "{entity_id:uuid}": str(entity), "{tie_id:uuid}": str(tie),
        "{topic_id:uuid}": str(topic), "{member_id:uuid}": str(person.id), "{link_id:uuid}": str(link),
        "{token_id:uuid}": str(token),
        "{action_id:uuid}": str(action["action_id"]), "{seq:int}": str(action["seq"]),
        "{passkey_id:uuid}": str(passkey), "{folder_id:uuid}": str(folder),
        "{import_id:uuid}": str(coming), "{export_id:uuid}": str(leaving),
        "{search_id:uuid}": str(saved), "{model_id:int}": "1", "{verb:str}": "pause",
        **later,
    }  # fmt: skip


THINGS = {
    "{insight_id:uuid}": "insert into insights (user_id, kind, key, facts, confidence, priority, valid_from) "
    "values ($1, 'on_this_day', 'secret', jsonb_build_object('years', 1), 1, 1, current_date)",
    "{learned_id:uuid}": "insert into learned (user_id, category, about_id, value, hits, seen, confidence) "
    "values ($1, 'name', $2, 'Secret', 3, 3, 0.5)",
    "{run_id:uuid}": "insert into sleep_runs (user_id, kind, night, day) values ($1, 'secret', now(), now())",
    "{cluster_id:uuid}": "insert into clusters (user_id, label) values ($1, 'Secret')",
    "{deed_id:uuid}": "insert into cluster_deeds (user_id, verb, clusters, before, versions) "
    "values ($1, 'rename', array[$2::uuid], '{}', '{1}')",
    "{stack_id:uuid}": "insert into stacks (user_id, name) values ($1, 'Secret')",
    "{interaction_id:uuid}": "insert into interactions (user_id, participant_ids) values ($1, array[$2::uuid])",
    "{reminder_id:uuid}": "insert into reminders (user_id, record_id, due_at) values ($1, $2, now())",
    "{group_id:uuid}": "insert into groups (user_id) values ($1)",
    "{capture_id:uuid}": "insert into captures (user_id, content) values ($1, 'Secret')",
    "{bookmark_id:uuid}": "insert into bookmarks (user_id, url, normal_url, title) "
    "values ($1, 'https://secret.example.org', 'secret.example.org', 'Secret')",
    "{linked_id:uuid}": "insert into captures (user_id, content, url) "
    "values ($1, 'secret', 'https://a.example/secret')",
}
READ_LINK = """
insert into link_pages (record_id, user_id, url, host, state, title, text, favicon)
values ($1, $2, 'https://a.example/secret', 'a.example', 'done', 'Secret', 'secret', 'png')"""


PROVE = "insert into insight_evidence (user_id, insight_id, record_id, place, is_core) values ($1, $2, $3, 1, false)"


async def _later_ids(database, person, note, contact) -> dict[str, str]:
    found = {}
    async with database.reading(person.id) as connection:
        for name, statement in THINGS.items():
            given = [person.id, contact if "participant" in statement else note][: 1 + ("$2" in statement)]
            found[name] = str(await connection.fetchval(f"{statement} returning id", *given))
        await connection.execute(PROVE, person.id, found["{insight_id:uuid}"], note)
        await connection.execute(READ_LINK, found["{linked_id:uuid}"], person.id)
    return found


async def test_a_second_user_gets_404_for_every_url_of_the_first(
    application, alices, bobs, database, settings, owner, alice
):
    ids = await ids_of(database, settings, owner, alice)
    walked = 0
    before = await owner.fetch("select id, version from notes union all select id, version from contacts order by 1")
    for method, path, public in routes(application):
        if "{" not in path or public:
            continue
        for parameter, value in ids.items():
            path = path.replace(parameter, value)
        assert "{" not in path, f"{path}: tell ids_of about its parameter"
        fields = {
            "version": "1",
            "title": "mine now",
            "content": "mine now",
            "full_name": "Mine Now",
            "column": "title",
            "name": "mine now",
            "value": "mine now",
        }
        answer = await (bobs.get(path) if method == "GET" else bobs.post(path, fields))
        assert answer.status_code == 404, (method, path)
        assert "secret" not in answer.text.lower()
        walked += 1
    after = await owner.fetch("select id, version from notes union all select id, version from contacts order by 1")
    assert walked >= 15
    assert before == after


async def test_whoever_is_not_signed_in_is_sent_to_the_door(application, alices, anybody):
    for method, path, public in routes(application):
        path = path.replace("{fact:str}", "emails").replace("{name:str}", "a").replace("{path:path}", "a")
        path = path.replace("{seq:int}", "1").replace("{model_id:int}", "1").replace("{verb:str}", "pause")
        for name in (
            "note_id",
            "contact_id",
            "session_id",
            "file_id",
            "record_id",
            "action_id",
            "topic_id",
            "entity_id",
            "tie_id",
            "member_id",
            "link_id",
            "token_id",
            "passkey_id",
            "import_id",
            "export_id",
            "search_id",
            "folder_id",
            "interaction_id",
            "reminder_id",
            "group_id",
            "capture_id",
            "bookmark_id",
            "linked_id",
            "insight_id",
            "learned_id",
            "run_id",
            "cluster_id",
            "deed_id",
            "stack_id",
        ):
            path = path.replace(f"{{{name}:uuid}}", str(uuid4()))
        if public:
            continue
        answer = await (anybody.get(path) if method == "GET" else anybody.post(path))
        # A form without its token is refused before anybody asks who sent it; one that only fills in a page has none.
        assert answer.status_code == (303 if method == "GET" or path == "/share" else 403), (method, path)


async def test_a_program_without_a_good_token_is_told_so_whatever_cookie_it_has(application, alices, bobs):
    walked = 0
    for route in application.routes:
        for handler in getattr(route, "route_handlers", ()):
            if "scope" in handler.opt:
                for browser, given in ((alices, {}), (bobs, {"Authorization": "Bearer hearth_no"})):
                    answer = await browser.http.request(next(iter(handler.http_methods)), route.path, headers=given)
                    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "bearer")
                    assert answer.json()["error"]
                walked += 1
    assert walked
