"""Leaving: seven days to think again, then nothing that names the account or came from it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.account.removing import remove_who_leave
from app.account.service import hash_password
from app.chores import House, run_due_chores
from app.importing.staging import Staging
from app.ports.blobs import BlobStore
from tests.conftest import PASSWORD, Browser, work_through, write

SOON, LATER = timedelta(days=6, hours=23), timedelta(days=7, minutes=1)


@pytest.fixture
async def bob_with_password(owner, bob):
    await owner.execute("update users set password_hash = $2 where id = $1", bob.id, await hash_password(PASSWORD))
    return bob


@pytest.fixture
def blobs(settings) -> BlobStore:
    return BlobStore(settings.blobs_dir)


async def live_here(browser: Browser, database, reactor, blobs: BlobStore) -> list[str]:
    """Leave traces everywhere: gives the ids of all that they made."""
    person = browser.person
    first = await write(
        database, person, "Zugvogel", "[[Kranich]] #heron @Egret about cranes", custom_fields={"wing": "left"}
    )
    await browser.post(f"/notes/{first}", {"version": "1", "title": "Zugvogel", "content": "Kranichzug #heron"})
    await browser.get(f"/notes/{first}")
    await write(database, person, "Kranich")
    gone = await write(database, person, "Wiedehopf")
    await browser.post(f"/notes/{gone}/discard", {"version": "1"})
    await browser.post("/people/new", {"full_name": "Egret Heronson"})
    await browser.post("/account/tokens", {"name": "Kranichphone", "scopes": "read", "days": "30"})
    await browser.get("/account/second-step")
    blob = blobs.put(f"the picture of {person.name}".encode())
    async with database.reading(person.id) as connection:
        file_id = await connection.fetchval(
            "insert into attachments (user_id, name, folded, path, sha256, size, media_type) "
            "values ($1, 'kranich.png', 'kranich.png', 'kranich.png', $2, 6, 'image/png') returning id",
            person.id, blob.sha256,
        )  # fmt: skip
    zip_of_theirs = {"name": f"{person.name}.zip", "size": "4", "fingerprint": person.name}
    import_id = (await browser.post("/imports", zip_of_theirs)).json()["id"]
    await browser.http.post(f"/imports/{import_id}/part?offset=0", content=person.name[:3].encode(),
                            headers={"x-csrftoken": browser.csrf})  # fmt: skip
    other = await write(database, person, "Storch", "#stork")
    await work_through(reactor)
    both = {"id": [str(first), str(other)], "topic": "marsh", "keep": str(first)}
    await browser.post("/notes/selected/tag", both)
    async with database.reading(person.id) as connection:
        topic = await connection.fetchval("select id from topics where slug = 'heron'")
    await browser.post(f"/topics/{topic}/merge", {"into": "marsh"})
    await browser.post("/notes/selected/merge", both)
    async with database.reading(person.id) as connection:
        assert await connection.fetchval("select count(*) from notes where merged_into is not null") == 1
    return [import_id, str(person.id), str(first), str(gone), str(file_id)]


async def find_traces(owner, words: list[str]) -> list[str]:
    """Every row of every table that has one of the words in it, read as the role that no policy binds."""
    assert await owner.fetchval("select rolsuper from pg_roles where rolname = current_user")
    tables = await owner.fetch(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname in ('public', 'pg_temp')"
    )
    found = []
    for (table,) in tables:
        rows = await owner.fetch(f"select t::text from {table} t")  # noqa: S608
        found += [f"{table}: {row[0]}" for row in rows if any(word.lower() in row[0].lower() for word in words)]
    return found


def find_files(folder: Path, words: list[str]) -> list[str]:
    return [
        str(path)
        for path in folder.rglob("*")
        if any(word in str(path) for word in words)
        or (path.is_file() and any(word.encode() in path.read_bytes() for word in words))
    ]


async def test_after_seven_days_nothing_of_the_account_is_left_but_an_audit_without_its_name(
    alices, bobs, bob_with_password, database, worker_database, reactor, owner, blobs, settings
):
    await live_here(alices, database, reactor, blobs)
    ids = await live_here(bobs, database, reactor, blobs)
    before = await owner.fetch("select kind, count(*) from records where user_id = $1 group by 1", alices.person.id)
    words = [*ids, "bob@example.org", "Bob", "the picture of Bob"]
    assert len(find_files(settings.data_dir, words)) == 3  # a picture, and the half of an upload in its folder
    assert len({trace.partition(":")[0] for trace in await find_traces(owner, words)}) > 12

    answer = await bobs.post("/account/leave", {"password": PASSWORD})
    assert answer.status_code == 303
    now = datetime.now(UTC)
    assert await remove_who_leave(worker_database, blobs, now + SOON) == 0
    assert "leave" in await run_due_chores(House(worker_database, blobs, Staging(settings.imports_dir)), now + LATER)

    assert await find_traces(owner, words) == []
    assert find_files(settings.data_dir, words) == []
    after = await owner.fetch("select kind, count(*) from records where user_id = $1 group by 1", alices.person.id)
    assert before == after
    page = (await alices.get("/members/audit")).text
    assert "An account was deleted" in page
    assert "Asked for the account to be deleted" in page
    assert "Bob" not in page
    assert (await bobs.get("/notes")).status_code == 303


async def test_a_content_that_another_has_too_is_kept(
    alices, bobs, bob_with_password, database, worker_database, owner, blobs
):
    blob = blobs.put(b"the same picture")
    for person in (alices.person, bobs.person):
        async with database.reading(person.id) as connection:
            await connection.execute(
                "insert into attachments (user_id, name, folded, path, sha256, size, media_type) "
                "values ($1, 'a.png', 'a.png', 'a.png', $2, 6, 'image/png')", person.id, blob.sha256,
            )  # fmt: skip
    await bobs.post("/account/leave", {"password": PASSWORD})
    assert await remove_who_leave(worker_database, blobs, datetime.now(UTC) + LATER) == 1
    assert blobs.path(blob.sha256).exists()


async def test_whoever_thinks_again_stays(bobs, bob_with_password, worker_database, blobs, alices):
    await bobs.post("/account/leave", {"password": PASSWORD})
    assert "Your account is deleted after" in (await bobs.get("/notes")).text
    await bobs.post("/account/stay")
    assert "Your account is deleted after" not in (await bobs.get("/notes")).text
    assert await remove_who_leave(worker_database, blobs, datetime.now(UTC) + LATER) == 0


async def test_without_the_password_nothing_happens(bobs, bob_with_password, owner):
    answer = await bobs.post("/account/leave", {"password": "another one"})
    assert answer.status_code == 422
    assert "not your current password" in answer.text
    assert await owner.fetchval("select leaves_at from users where id = $1", bobs.person.id) is None


async def test_asking_twice_makes_it_no_later(bobs, bob_with_password, owner):
    await bobs.post("/account/leave", {"password": PASSWORD})
    first = await owner.fetchval("select leaves_at from users where id = $1", bobs.person.id)
    await bobs.post("/account/leave", {"password": PASSWORD})
    assert await owner.fetchval("select leaves_at from users where id = $1", bobs.person.id) == first


async def test_an_owner_hands_the_house_over_before_leaving_it(
    alices, bobs, alice, owner, worker_database, blobs, database
):
    await owner.execute("update users set password_hash = $2 where id = $1", alice.id, await hash_password(PASSWORD))
    assert (await alices.post("/account/leave", {"password": PASSWORD})).status_code == 404
    heir = re.search(r'<option value="([\w-]+)">Bob', (await alices.get("/account/leave")).text)[1]
    await alices.post("/account/hand-over", {"heir": heir, "password": PASSWORD})
    assert await owner.fetchval("select role from users where id = $1", bobs.person.id) == "owner"
    assert (await alices.post("/account/leave", {"password": PASSWORD})).status_code == 303
    assert await remove_who_leave(worker_database, blobs, datetime.now(UTC) + LATER) == 1


async def test_nobody_else_can_hand_the_house_over(alices, bobs, bob_with_password, alice, owner):
    for heir in (alice.id, bobs.person.id):
        answer = await bobs.post("/account/hand-over", {"heir": str(heir), "password": PASSWORD})
        assert answer.status_code == 404
    assert await owner.fetchval("select role from users where id = $1", alice.id) == "owner"


async def test_an_owner_alone_leaves_an_empty_house_and_stays_when_somebody_came(
    alices, alice, owner, worker_database, blobs, database
):
    await owner.execute("update users set password_hash = $2 where id = $1", alice.id, await hash_password(PASSWORD))
    await alices.post("/account/leave", {"password": PASSWORD})
    carol = await owner.fetchval("select gate_create_user('c@example.org', 'Carol', '', 'member', 'UTC', 'en', false)")
    assert await remove_who_leave(worker_database, blobs, datetime.now(UTC) + LATER) == 0
    await owner.fetch("select gate_remove_user('c@example.org')")
    assert carol
    await alices.post("/account/leave", {"password": PASSWORD})
    assert await remove_who_leave(worker_database, blobs, datetime.now(UTC) + LATER) == 1
    assert (await alices.http.get("/sign-in")).headers["location"] == "/setup"


async def test_the_audit_is_for_those_who_look_after_the_house(alices, bobs, bob):
    await alices.post(f"/members/{bob.id}/suspend")
    await alices.post(f"/members/{bob.id}/readmit")
    page = (await alices.get("/members/audit")).text
    assert re.search(r"Was suspended.*?Bob.*?by Alice", page, re.S)


async def test_a_member_is_refused_the_audit(alices, bobs):
    assert (await bobs.get("/members/audit")).status_code == 403
