"""A person changes what they sign in with; the current password is asked for."""

from __future__ import annotations

import re

from app.account.service import hash_password
from tests.conftest import PASSWORD


async def give_password(owner, person) -> None:
    await owner.execute("update users set password_hash = $2 where id = $1", person.id, await hash_password(PASSWORD))


async def test_a_new_address_is_taken_with_the_password(alices, owner, alice):
    await give_password(owner, alice)
    answer = await alices.post("/account/email", {"email": " New@Example.org ", "password": PASSWORD})
    assert answer.status_code == 303
    assert await owner.fetchval("select email from users where id = $1", alice.id) == "new@example.org"
    assert (
        await owner.fetchval("select emails -> 0 ->> 'value' from contacts where is_self and user_id = $1", alice.id)
        == "new@example.org"
    )


async def test_without_the_password_nothing_changes_and_the_form_keeps_what_was_typed(alices, owner, alice):
    await give_password(owner, alice)
    answer = await alices.post("/account/email", {"email": "new@example.org", "password": "wrong wrong wrong"})
    assert answer.status_code == 422
    assert "not your current password" in answer.text
    assert "new@example.org" in answer.text
    assert await owner.fetchval("select email from users where id = $1", alice.id) == alice.email


async def test_another_s_address_and_what_is_none_are_refused(alices, owner, alice, bob):
    await give_password(owner, alice)
    for email, words in ((bob.email, "in use here already"), ("nothing", "has an @ in it"), ("", "has an @ in it")):
        answer = await alices.post("/account/email", {"email": email, "password": PASSWORD})
        assert answer.status_code == 422
        assert words in answer.text


async def test_a_new_password_ends_the_other_sessions(alices, owner, alice, database, application):
    from tests.conftest import sign_in_as

    await give_password(owner, alice)
    other = await sign_in_as(application, database, alice)
    answer = await alices.post("/account/password", {"current": PASSWORD, "new": "five words are easier"})
    assert answer.status_code == 303
    assert (await alices.get("/account")).status_code == 200
    assert (await other.get("/account")).status_code == 303
    await other.http.aclose()


async def test_a_nul_in_a_name_or_an_address_breaks_nothing(alices, anybody, owner, alice):
    assert (await alices.post("/settings/you", {"name": "Ali\0ce B."})).status_code == 303
    assert await owner.fetchval("select full_name from contacts where is_self") == "Alice B."
    page = await anybody.get("/sign-in")
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)[1]
    answer = await anybody.post("/sign-in", data={"email": "a\0@b.c", "password": "x" * 12, "_csrf_token": token})
    assert answer.status_code == 422


async def test_an_open_session_cannot_be_used_to_guess_the_password(alices, owner, alice):
    await owner.execute("update users set password_hash = $2 where id = $1", alice.id, await hash_password(PASSWORD))
    for _ in range(10):
        assert (await alices.post("/account/password", {"current": "a guess", "new": "five words"})).status_code == 422
    for path, fields in (("/account/password", {"current": PASSWORD, "new": "five words are it"}),
                         ("/account/leave", {"password": PASSWORD})):  # fmt: skip
        assert (await alices.post(path, fields)).status_code == 429


async def test_a_stranger_s_form_with_files_is_not_even_read(anybody, settings):
    anybody.cookies.set("hearth_session", "made-up")
    answer = await anybody.post("/imports/files", files={"files": ("a.zip", b"x" * 3_000_000)})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in"
