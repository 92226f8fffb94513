"""A person says whether and when it comes, is told how it went, and ends it by the link in any of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.conftest import make_client
from tests.digest.conftest import parts

ON = {"on": "1", "at": "06:30"}


@pytest.fixture
def mailing(application, settings):
    """A house that sends mail."""
    given = application.dependencies["shared"]
    before = given.dependency
    shared = replace(before(), settings=replace(
        settings, smtp_host="127.0.0.1", smtp_from="hearth@home.example", base_url="https://home.example"
    ))  # fmt: skip
    given.dependency = lambda: shared
    yield
    given.dependency = before


async def test_without_a_mail_server_nothing_is_offered(alices):
    assert "By e-mail" not in (await alices.get("/insights")).text
    assert (await alices.post("/digest", ON)).status_code == 404


async def test_it_is_switched_on_at_an_hour_and_off(mailing, alices, owner):
    page = (await alices.get("/insights")).text
    assert "By e-mail" in page and "leaves this house" in page and "critical is left out" in page
    assert (await alices.post("/digest", ON)).status_code == 303
    row = await owner.fetchrow("select digest_mail, digest_at::text, digest_from from users")
    assert tuple(row)[:2] == (True, "06:30:00") and row["digest_from"] is not None
    assert 'name="on" value="1" checked' in (await alices.get("/insights")).text
    assert (await alices.post("/digest", {"on": "1", "at": "late"})).status_code == 400
    await alices.post("/digest", {})
    assert await owner.fetchval("select digest_mail from users") is False


@pytest.mark.parametrize(("state", "words"), [
    ("sent", "The last one, of 22 November, went out with 3 things."), ("empty", "there was nothing to send"),
    ("failed", "was not taken (550 &lt;no&gt;); it is tried again from"),
    ("unknown", "is not known"), ("claimed", "is being written"), ("sending", "is being sent"),
])  # fmt: skip
async def test_the_page_tells_how_the_last_one_went(mailing, alices, owner, alice, state, words):
    await owner.execute(
        "insert into digests (user_id, day, state, claimed_by, claimed_until, retry_at, error, told, stop_hash) "
        "values ($1, '2026-11-22', $2, 'w', now() + interval '1 hour', case when $2 = 'failed' then now() end, "
        "'550 <no>', 3, '')", alice.id, state,
    )  # fmt: skip
    page = (await alices.get("/insights")).text
    assert words in page or words.replace("22 November", "22 November 2026") in page


async def test_the_link_of_a_mail_ends_them_without_signing_in(
    application, mailing, sender, mailer, wished, notice, owner, bob
):
    await owner.execute("update users set digest_mail = true where id = $1", bob.id)
    await notice("Tea")
    await sender().run_due()
    (mail,) = mailer.sent
    link = mail["List-Unsubscribe"].strip("<>").removeprefix("https://home.example/hearth")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and link in parts(mail)[0]
    token = link.rpartition("/")[2]
    assert len(token) >= 22
    assert token not in str(await owner.fetch("select * from digests"))
    async with make_client(application, "203.0.113.9") as stranger:
        page = await stranger.get(link)
        assert page.status_code == 200 and page.headers["referrer-policy"] == "no-referrer"
        assert await owner.fetchval("select count(*) from users where digest_mail") == 2
        wrong = await stranger.post("/digest/stop/wrong")
        assert wrong.status_code == 200 and await owner.fetchval("select count(*) from users where digest_mail") == 2
        # As a mail program does it, with a form of either sort, from no page at all.
        done = await stranger.post(link, files={"List-Unsubscribe": (None, "One-Click")})
        assert done.status_code == 200 and "They are ended" in done.text
    assert [row[0] for row in await owner.fetch("select email from users where digest_mail")] == [bob.email]


async def test_the_link_stands_in_no_log():
    from app.main import _loggable

    assert "abc" not in _loggable("/digest/stop/abc")
