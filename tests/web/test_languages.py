"""Who is spoken to in which language: a person in theirs, whoever is not known as their browser asks."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.web import locale
from tests.account.test_members import invite
from tests.account.test_sign_in import form_token, set_up
from tests.conftest import PASSWORD, write

GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.8"}


@pytest.fixture(autouse=True)
def speak_english_again():
    yield
    locale.use_locale("en", "UTC")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de"), ("en-GB,de;q=0.9", "en"), ("fr,de;q=0.4,en;q=0.3", "de"), ("fr", "en"),
        ("", "en"), ("*", "en"), ("DE", "de"), ("de;q=0", "en"), ("de;q=nonsense,en;q=0.1", "en"), (",;q=,", "en"),
        ("de" * 5000, "en"),
    ],
)  # fmt: skip
def test_the_language_that_a_browser_likes_best_is_chosen(accepted, language):
    assert locale.choose_locale(accepted) == language


def test_dates_are_written_as_the_language_writes_them():
    long_ago = datetime(1999, 3, 14, 15, 9, tzinfo=UTC)
    this_year = datetime.now(UTC).replace(month=1, day=2)
    locale.use_locale("de", "UTC")
    assert (locale.day(long_ago), locale.brief(long_ago)) == ("14. März 1999", "März 1999")
    assert locale.day(this_year) == "2. Januar"
    locale.use_locale("en", "UTC")
    assert (locale.day(long_ago), locale.brief(long_ago)) == ("14 March 1999", "Mar 1999")
    assert locale.day(this_year) == "2 January"


async def test_the_door_speaks_as_the_browser_asks(anybody, alice):
    german = await anybody.get("/sign-in", headers=GERMAN)
    assert '<html lang="de">' in german.text
    assert "Anmelden" in german.text
    assert "Accept-Language" in german.headers["vary"]
    assert '<html lang="en">' in (await anybody.get("/sign-in", headers={"accept-language": "fr"})).text


async def test_an_address_that_nobody_has_is_told_in_the_browser_s_language(anybody):
    answer = await anybody.get("/no/such/address", headers=GERMAN)
    assert answer.status_code == 404
    assert '<html lang="de">' in answer.text
    assert "Hier ist nichts" in answer.text


async def test_a_person_s_own_language_wins_over_the_browser_s(alices):
    answer = await alices.get("/notes", **GERMAN)
    assert '<html lang="en">' in answer.text
    assert "Accept-Language" not in answer.headers["vary"]
    missing = await alices.get("/notes/01000000-0000-7000-8000-000000000000", **GERMAN)
    assert "Nothing here" in missing.text


async def test_whoever_moves_in_is_spoken_to_as_at_the_door(anybody, owner):
    anybody.headers.update(GERMAN)
    assert (await set_up(anybody)).status_code == 303
    assert await owner.fetchval("select locale from users") == "de"
    assert "Heute" in (await anybody.get("/", headers={"accept-language": "en"})).text


async def test_an_invitation_is_accepted_in_the_guest_s_language(alices, anybody, owner):
    path = await invite(alices)
    anybody.headers.update(GERMAN)
    fields = {"name": "Bo", "email": "bo@example.org", "password": PASSWORD}
    token = await form_token(anybody, path)
    assert (await anybody.post(path, data={**fields, "_csrf_token": token})).status_code == 303
    assert await owner.fetchval("select locale from users where email = 'bo@example.org'") == "de"


async def test_errors_and_toasts_speak_the_person_s_language(alices, database, alice, owner):
    await owner.execute("update users set locale = 'de'")
    refused = await alices.post("/people", {"full_name": ""})
    assert "Eine Person braucht einen Namen" in refused.text
    note = await write(database, alice, "Brot")
    await alices.post(f"/notes/{note}/discard")
    page = await alices.get(f"/notes/{note}")
    assert "In den Papierkorb gelegt." in page.text
    assert "Rückgängig" in page.text


async def test_what_is_kept_rendered_is_kept_by_language(alices, database, alice, owner):
    """The rail, and rows of lists, are rendered once and shown again (app/web/kept.py)."""
    await write(database, alice, "Brot")
    english = (await alices.get("/notes")).text
    await alices.post("/settings/you", {"locale": "de", "time_zone": "UTC"})
    german = (await alices.get("/notes")).text
    assert ">People<" in english and ">Menschen<" in german
    await alices.post("/settings/you", {"locale": "en", "time_zone": "UTC"})
    assert ">People<" in (await alices.get("/notes")).text


async def test_a_language_that_is_not_spoken_here_is_not_stored(alices, owner):
    await alices.post("/settings/you", {"locale": "tlh", "time_zone": "UTC"})
    assert await owner.fetchval("select locale from users") == "en"
