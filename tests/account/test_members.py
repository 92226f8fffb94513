"""Several people in one house: invited by a link that works once, helped back in, suspended, and kept apart."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from tests.conftest import Browser, Person, make_client, make_person, sign_in_as, write

LINK = re.compile(r'value="http://127\.0\.0\.1(/(?:join|reset)/[\w-]+)"')
NEW = {"name": "Carol", "email": "Carol@Example.org", "password": "five words are easier", "time_zone": "Europe/Lisbon"}


async def invite(browser: Browser, role: str = "member") -> str:
    answer = await browser.post("/members/invite", {"role": role})
    assert answer.headers["cache-control"] == "no-store"
    return LINK.search(answer.text)[1]


async def reset_link(browser: Browser, person: Person) -> str:
    return LINK.search((await browser.post(f"/members/{person.id}/reset")).text)[1]


async def fill(http: httpx.AsyncClient, path: str, fields: dict[str, str]) -> httpx.Response:
    """Open a page of the door and send its form."""
    page = await http.get(path)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    return await http.post(path, data={**fields, "_csrf_token": token[1] if token else ""})


@pytest.fixture
async def carol(application, anybody) -> httpx.AsyncClient:
    """A browser of somebody who is not here yet."""
    async with make_client(application) as http:
        yield http


async def test_an_invited_person_moves_in_and_sees_nothing_of_others(alices, database, alice, owner, carol):
    await write(database, alice, "Secret of Alice")
    path = await invite(alices)
    page = await carol.get(path)
    assert "Alice invites you" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    answer = await fill(carol, path, NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")
    assert "Secret of Alice" not in (await carol.get("/notes")).text
    row = await owner.fetchrow("select role, time_zone, status from users where email = 'carol@example.org'")
    assert tuple(row) == ("member", "Europe/Lisbon", "active")


async def test_an_invitation_works_once(alices, carol, application, owner):
    path = await invite(alices)
    await fill(carol, path, NEW)
    async with make_client(application) as another:
        answer = await another.get(path)
    assert answer.status_code == 404
    assert "used already" in answer.text
    assert await owner.fetchval("select count(*) from users") == 2


async def test_what_is_wrong_with_the_form_is_said_and_the_link_still_works(alices, bob, carol):
    path = await invite(alices)
    answer = await fill(carol, path, NEW | {"password": "short"})
    assert answer.status_code == 422
    assert "Carol@Example.org" in answer.text
    answer = await fill(carol, path, NEW | {"email": bob.email})
    assert "in use here already" in answer.text
    assert (await fill(carol, path, NEW)).status_code == 303


@pytest.mark.parametrize("spoil", ["revoke", "expire", "suspend"])
async def test_a_link_that_was_taken_back_opens_nothing(alices, application, database, owner, alice, carol, spoil):
    admin = await make_person(owner, "Dora", role="admin")
    doras = await sign_in_as(application, database, admin)
    path = await invite(doras)
    if spoil == "revoke":
        link = await owner.fetchval("select id from account_links")
        await doras.post(f"/members/invitations/{link}/revoke")
    elif spoil == "expire":
        await owner.execute("update account_links set expires_at = now() - $1::interval", timedelta(seconds=1))
    else:
        await alices.post(f"/members/{admin.id}/suspend")
    assert (await carol.get(path)).status_code == 404
    await doras.http.aclose()


async def test_no_token_is_kept_or_logged(alices, owner, carol, capsys):
    path = await invite(alices)
    await carol.get(path)
    token = path.rpartition("/")[2]
    rows = await owner.fetch("select to_jsonb(l)::text from account_links l")
    assert token not in str(rows)
    assert token not in "".join(capsys.readouterr())
    assert token not in (await alices.get("/members")).text


async def test_a_reset_link_sets_a_password_and_ends_all_sessions(alices, bobs, bob, carol):
    path = await reset_link(alices, bob)
    assert bob.email in (await carol.get(path)).text
    assert (await fill(carol, path, {"password": "short"})).status_code == 422
    assert (await fill(carol, path, {"password": "five words are easier"})).status_code == 303
    assert (await bobs.get("/notes")).status_code == 303
    signed = await fill(carol, "/sign-in", {"email": bob.email, "password": "five words are easier"})
    assert signed.headers["location"] == "/"
    assert (await carol.get(path)).status_code == 404


async def test_who_is_suspended_is_out_at_once_and_cannot_come_back_alone(alices, bobs, bob):
    await alices.post(f"/members/{bob.id}/suspend")
    assert (await bobs.get("/notes")).status_code == 303
    page = (await alices.get("/members")).text
    assert "suspended" in page
    await alices.post(f"/members/{bob.id}/readmit")
    assert "suspended" not in (await alices.get("/members")).text


RIGHTS = [
    ("owner", "admin", "suspend", True), ("owner", "member", "make-admin", True),
    ("owner", "admin", "make-member", True),
    ("owner", "member", "reset", True), ("owner", "owner", "suspend", False), ("owner", "owner", "reset", False),
    ("admin", "member", "suspend", True), ("admin", "member", "reset", True), ("admin", "member", "make-admin", False),
    ("admin", "admin", "suspend", False), ("admin", "admin", "reset", False), ("admin", "owner", "suspend", False),
    ("admin", "owner", "reset", False), ("member", "member", "suspend", False),
    ("member", "admin", "make-member", False),
    ("member", "owner", "reset", False),
]  # fmt: skip


@pytest.mark.parametrize(("who", "whom", "verb", "may"), RIGHTS)
async def test_nobody_does_anything_to_their_own_rank_or_above(application, database, owner, who, whom, verb, may):
    actor, target = await make_person(owner, "Actor", role=who), await make_person(owner, "Target", role=whom)
    browser = await sign_in_as(application, database, actor)
    before = await owner.fetch("select id, role, status from users order by id")
    answer = await browser.post(f"/members/{target.id}/{verb}")
    await browser.http.aclose()
    assert (answer.status_code != 404) is may
    if not may:
        assert await owner.fetch("select id, role, status from users order by id") == before
        assert await owner.fetchval("select count(*) from account_links") == 0


async def test_nobody_changes_themselves(alices, alice):
    for verb in ("suspend", "make-member", "reset"):
        assert (await alices.post(f"/members/{alice.id}/{verb}")).status_code == 404


async def test_an_administrator_invites_no_administrator(application, database, owner):
    admin = await make_person(owner, "Dora", role="admin")
    browser = await sign_in_as(application, database, admin)
    assert (await browser.post("/members/invite", {"role": "admin"})).status_code == 404
    await browser.post("/members/invite", {"role": "owner"})
    assert [row[0] for row in await owner.fetch("select role from account_links")] == ["member"]
    await browser.http.aclose()


async def test_a_member_sees_no_list_of_members(bobs):
    assert (await bobs.get("/members")).status_code == 403
    assert (await bobs.post("/members/invite")).status_code == 403
