"""The inbox as a person's browser and programs ask for it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.account.tokens import PREFIX
from app.captures.guessing import rules_as_json
from app.settings import PROJECT
from app.web.auth import hash_token
from tests.conftest import write


async def token_of(database, person, *scopes: str) -> dict[str, str]:
    secret = PREFIX + uuid4().hex
    async with database.reading(person.id) as connection:
        await connection.execute(
            "insert into personal_tokens (user_id, name, token_hash, scopes, expires_at) "
            "values ($1, 'a phone', $2, $3, $4)", person.id, hash_token(secret), scopes,
            datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip
    return {"Authorization": f"Bearer {secret}"}


def test_the_page_goes_by_the_server_s_rules():
    assert (PROJECT / "static" / "pages" / "guessing.json").read_text() == rules_as_json() + "\n"


async def test_what_the_dialog_sends_is_caught_once_and_told(alices, owner):
    fields = {"content": "Owls at dusk", "client_id": str(uuid4()), "source": "dialog"}
    for _time in range(2):
        answer = await alices.post("/captures", fields, **{"HX-Request": "true"})
        assert answer.status_code == 200 and "hearth-toast" in answer.text
    assert await owner.fetchval("select count(*) from captures") == 1
    assert (await alices.post("/captures", {"content": " "})).status_code == 422
    assert (await alices.post("/captures", {"content": "x", "client_id": "no"})).status_code == 400


async def test_the_queue_is_oldest_first_and_what_returns_heads_it(alices, owner, database, alice, catch):
    old = await catch("The oldest", dated=datetime.now(UTC) - timedelta(days=9))
    back = await catch("Slept enough")
    await write(database, alice, "A note left here", is_inbox=True)
    await catch("Sleeps on")
    async with database.reading(alice.id) as connection:
        await connection.execute("update captures set snoozed_until = now() - interval '1 hour' where id = $1", back)
        await connection.execute(
            "update captures set snoozed_until = now() + interval '1 day' where content = 'Sleeps on'"
        )
    page = (await alices.get("/inbox")).text
    places = [page.index(title) for title in ("Slept enough", "The oldest", "A note left here")]
    assert places == sorted(places) and "Sleeps on" not in page
    assert "Back again" in page and "9 days" in page and "Asleep 1" in page
    assert "Sleeps on" in (await alices.get("/inbox?show=asleep")).text
    assert "3 wait" in (await alices.get("/inbox/one")).text
    assert str(old) in (await alices.get(f"/inbox/one?at={old}")).text
    assert 'class="count">3<' in (await alices.get("/people")).text
    assert "3 things wait in the inbox" in (await alices.get("/")).text


async def test_types_and_words_narrow_the_queue(alices, catch):
    await catch("Where do owls sleep?")
    await catch("Buy milk")
    assert "milk" not in (await alices.get("/inbox?type=question")).text
    assert "owls" not in (await alices.get("/inbox?q=capture:todo")).text
    assert "milk" in (await alices.get("/inbox?q=capture:todo")).text


async def test_a_form_files_and_undo_works_after_a_reload(alices, owner, catch):
    one, two = await catch("Owls"), await catch("Herons")
    answer = await alices.post("/inbox/file", {"id": str(one), "target": "note", "back": "/inbox"})
    assert answer.status_code == 303
    await alices.post("/inbox/discard", {"id": str(two)})
    assert "Everything has its place." in (await alices.get("/inbox")).text
    for _time in range(2):
        await alices.post("/inbox/undo", {})
    assert await owner.fetchval("select count(*) from captures where processed_at is null and deleted_at is null") == 2
    assert "nothing to undo" in (await alices.post("/inbox/undo", {"mode": "one"}, **{"HX-Request": "true"})).text


async def test_one_after_the_other_by_htmx(alices, catch):
    one = await catch("Owls")
    await catch("Herons")
    fields = {"id": str(one), "target": "note", "mode": "one"}
    answer = await alices.post("/inbox/file", fields, **{"HX-Request": "true", "HX-Target": "triage"})
    assert "Made a note." in answer.text and "Herons" in answer.text and "<html" not in answer.text
    again = await alices.post("/inbox/file", fields, **{"HX-Request": "true", "HX-Target": "triage"})
    assert "had left the inbox already" in again.text


async def test_what_cannot_be_is_said_where_it_was_asked_for(alices, owner, catch):
    one = await catch("Just words")
    answer = await alices.post("/inbox/file", {"id": str(one), "target": "bookmark", "mode": "one"})
    assert answer.status_code == 422 and "There is no web address in it" in answer.text
    assert (await alices.post("/inbox/file", {"target": "note"})).status_code == 422
    assert (await alices.post("/inbox/file", {"id": str(one), "target": "moon"})).status_code == 422
    assert (await alices.post("/inbox/snooze", {"id": str(one), "when": "never"})).status_code == 422
    assert await owner.fetchval("select processed_at from captures") is None


async def test_snoozed_in_words_and_joined_by_name(alices, owner, database, alice, catch):
    note = await write(database, alice, "Night birds", "Owls.\n")
    one, two = await catch("Owls turn their heads"), await catch("Call Ana")
    await alices.post("/inbox/snooze", {"id": str(two), "when": "tomorrow at 9"})
    assert await owner.fetchval("select snoozed_until > now() from captures where id = $1", two)
    found = await alices.get(f"/inbox/one?at={one}&q=Night", **{"HX-Request": "true", "HX-Target": "found"})
    assert str(note) in found.text and "<html" not in found.text
    await alices.post("/inbox/join", {"id": str(one), "into": str(note)})
    assert "turn their heads" in await owner.fetchval("select content from notes")


async def test_several_are_joined_to_one_record_that_is_asked_for_by_its_name(
    alices, bobs, owner, database, alice, catch
):
    note = await write(database, alice, "Night birds", "Owls.\n")
    ids = [str(await catch("Owls turn their heads")), str(await catch("Nightjars churr"))]
    page = await alices.post("/inbox/join", {"id": ids, "back": "/inbox?type=thought"})
    assert page.status_code == 200 and "Nightjars churr" in page.text
    page = await alices.post("/inbox/join", {"id": ids, "back": "/inbox?type=thought", "q": "Night b"})
    assert f'name="into" value="{note}"' in page.text
    assert (await bobs.post("/inbox/join", {"id": ids})).status_code == 404
    assert (await bobs.post("/inbox/join", {"id": ids, "into": str(note)})).status_code == 404
    done = await alices.post("/inbox/join", {"id": ids, "back": "/inbox?type=thought", "into": str(note)})
    assert done.headers["location"] == "/inbox?type=thought"
    text = await owner.fetchval("select content from notes")
    assert "turn their heads" in text and "churr" in text
    assert await owner.fetchval("select count(*) from captures where processed_id = $1", note) == 2
    again = await alices.post("/inbox/join", {"id": ids})
    assert again.status_code == 303
    assert (await alices.post("/inbox/join", {})).status_code == 303


async def test_suggestions_say_why_and_apply_nothing_by_themselves(alices, owner, database, alice, catch):
    async with database.reading(alice.id) as connection:
        await connection.execute("insert into contacts (user_id, full_name) values ($1, 'Ana García')", alice.id)
        await connection.execute("insert into topics (user_id, label, slug) values ($1, 'owls', 'owls')", alice.id)
    one = await catch("Ask Ana García about owls tomorrow at 9")
    page = (await alices.get(f"/inbox/one?at={one}")).text
    for words in (
        "It reads like something to do.",
        "It names that time.",
        "It names this person.",
        "Its words name it.",
    ):
        assert words in page
    assert await owner.fetchval("select snoozed_until is null and processed_at is null from captures")


async def test_many_are_filed_at_once(alices, owner, catch):
    ids = [str(await catch(f"Owl {number}")) for number in range(3)]
    await alices.http.post("/inbox/file", data={"id": ids, "target": "note", "_csrf_token": alices.csrf})
    assert await owner.fetchval("select count(*) from notes") == 3
    await alices.post("/inbox/undo", {})
    assert await owner.fetchval("select count(*) from captures where processed_at is null") == 3


async def test_a_capture_s_own_page_changes_its_words_and_says_where_it_went(alices, owner, catch):
    one = await catch("Owls")
    assert (await alices.post(f"/captures/{one}", {"content": "Herons?", "version": "1"})).status_code == 303
    row = await owner.fetchrow("select content, capture_type, version from captures")
    assert tuple(row)[:2] == ("Herons?", "question")
    assert (await alices.post(f"/captures/{one}", {"content": "x", "version": "1"})).status_code == 409
    await alices.post(f"/captures/{one}/type", {"type": "quote"})
    assert await owner.fetchval("select capture_type from captures") == "quote"
    await alices.post("/inbox/file", {"id": str(one), "target": "note"})
    assert "Filed as Note" in (await alices.get(f"/captures/{one}")).text


async def test_a_program_catches_with_its_token_and_nothing_else(anybody, alices, database, owner, alice):
    headers, client_id = await token_of(database, alice, "capture"), str(uuid4())
    body = {"content": "From a phone", "tags": ["phone"], "client_id": client_id}
    first = await anybody.post("/api/captures", json=body, headers=headers)
    second = await anybody.post("/api/captures", json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json() and UUID(first.json()["id"])
    plain = await anybody.post("/api/captures", content="Wo?", headers={**headers, "Content-Type": "text/plain"})
    assert plain.json()["type"] == "question"
    assert await owner.fetchval("select count(*) from captures where source = 'api'") == 2
    # A cookie opens nothing here.
    assert (await alices.http.post("/api/captures", json=body)).status_code == 401
    reader = await token_of(database, alice, "read")
    assert (await anybody.post("/api/captures", json=body, headers=reader)).status_code == 403


@pytest.mark.parametrize("body", ["[]", "{", '{"content": 3}', '{"content": ""}', '{"content": "x", "client_id": "no"}',
                                  '{"content": "x", "type": "moon"}', '{"content": "x", "tags": "y"}'])  # fmt: skip
async def test_what_a_program_sends_wrongly_is_said_to_it(anybody, database, alice, owner, body):
    headers = {**await token_of(database, alice, "capture"), "Content-Type": "application/json"}
    answer = await anybody.post("/api/captures", content=body, headers=headers)
    assert answer.status_code == 400 and answer.json()["error"]
    assert await owner.fetchval("select count(*) from captures") == 0


async def test_the_api_describes_itself(anybody, alices):
    document = (await anybody.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1") and "post" in document["paths"]["/api/captures"]
    assert json.dumps(document)
    ways = (await alices.get("/inbox/ways")).text
    assert "javascript:void(open(" in ways and "/capture?source=bookmarklet" in ways


async def test_bob_sees_and_moves_nothing(bobs, alices, owner, catch):
    one = await catch("Secret")
    assert "Secret" not in (await bobs.get("/inbox")).text
    assert (await bobs.get(f"/inbox/one?at={one}")).status_code == 404
    for path, fields in (("file", {"target": "note"}), ("discard", {}), ("snooze", {"when": "tomorrow"}),
                         ("tag", {"topic": "x"}), ("join", {"into": str(one)})):  # fmt: skip
        assert (await bobs.post(f"/inbox/{path}", {"id": str(one), **fields})).status_code == 404, path
    await bobs.post("/inbox/undo", {})
    assert await owner.fetchval("select processed_at is null and deleted_at is null from captures")
