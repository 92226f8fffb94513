"""Contact Zero is the user: it is in no list and no mention, and no way leads to losing or doubling it."""

from __future__ import annotations

import asyncpg
import pytest

from app.contacts.fields import ContactFields, Labelled
from app.contacts.service import add_contact
from tests.conftest import work_through


async def zero(owner, person) -> str:
    return str(await owner.fetchval("select id from contacts where user_id = $1 and is_self", person.id))


async def one_self(owner, person) -> asyncpg.Record:
    [row] = await owner.fetch(
        "select full_name, archived_at, deleted_at, is_self, emails from contacts where user_id = $1 and is_self",
        person.id,
    )
    return row


@pytest.mark.parametrize("verb", ["discard", "archive"])
async def test_no_route_puts_it_away(alices, owner, alice, verb):
    own = await zero(owner, alice)
    assert (await alices.post(f"/people/{own}/{verb}")).status_code == 403
    row = await one_self(owner, alice)
    assert row["archived_at"] is row["deleted_at"] is None


async def test_a_form_that_says_so_makes_nobody_oneself(alices, owner, alice):
    fields = {"is_whole": "1", "full_name": "Second", "is_self": "true", "card_uid": "x", "deleted_at": "2026-01-01"}
    assert (await alices.post("/people", fields)).status_code == 303
    own = await zero(owner, alice)
    await alices.post(f"/people/{own}", {**fields, "version": "1", "is_self": "false", "full_name": "Alice"})
    assert await owner.fetchval("select count(*) from contacts where user_id = $1 and is_self", alice.id) == 1
    assert (await one_self(owner, alice))["deleted_at"] is None


@pytest.mark.parametrize(
    "statement",
    [
        "update contacts set id = uuidv7() where is_self",
        "update contacts set is_self = true where not is_self",
        "with gone as (delete from contacts where is_self returning *) insert into contacts select * from gone",
        "delete from records where id = (select id from contacts where is_self)",
        "delete from contacts",
        "update contacts set deleted_at = now(), archived_at = now()",
        "insert into contacts (user_id, full_name, is_self) select user_id, 'Twin', is_self from contacts "
        "where is_self",
        "truncate contacts",
        "alter table contacts disable trigger user",
        "delete from users",
    ],
)
async def test_no_sql_of_the_application_loses_or_doubles_it(database, alice, owner, statement):
    async with database.writing(alice.id) as session:
        await add_contact(session, alice.id, ContactFields("Somebody"))
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        async with database.reading(alice.id) as connection:
            await connection.execute(statement)
    row = await one_self(owner, alice)
    assert (row["archived_at"], row["deleted_at"]) == (None, None)


async def test_an_undo_of_everything_leaves_it_where_it_is(alices, owner, alice):
    for action in await owner.fetch("select distinct action_id from change_log where user_id = $1", alice.id):
        await alices.post(f"/history/{action[0]}/undo")
    assert (await one_self(owner, alice))["deleted_at"] is None


async def test_it_is_in_no_list_no_search_as_one_types_and_no_mention(alices, owner, alice, database, reactor):
    async with database.writing(alice.id) as session:
        await add_contact(session, alice.id, ContactFields("Alina", emails=(Labelled("", "alina@example.org"),)))
    await work_through(reactor)
    own = await zero(owner, alice)
    for path in ("/people", "/people?q=ali", "/people?q=alice%40example.org", "/people?q=is:favourite"):
        page = await alices.http.get(path, headers={"hx-request": "true", "hx-target": "people-list"})
        assert own not in page.text, path
    offered = (await alices.get("/complete?mark=%40&q=ali")).json()["items"]
    assert [item["title"] for item in offered if item["kind"] == "contact"] == ["Alina"]
    names = await owner.fetch("select origin from names where record_id = $1::text::uuid", own)
    assert {row[0] for row in names} == {"title"}


async def test_the_account_s_page_and_contact_zero_say_the_same(alices, owner, alice):
    own = await zero(owner, alice)
    await alices.post(f"/people/{own}/facts/company", {"version": "1", "company": "Tea Ltd"})
    fields = {"full_name": "Alice Liddell", "version": str(await owner.fetchval(
        "select version from contacts where id = $1::text::uuid", own))}  # fmt: skip
    assert (await alices.post(f"/people/{own}", fields)).status_code == 303
    assert "Alice Liddell" in (await alices.get("/account")).text
