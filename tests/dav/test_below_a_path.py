"""A house below a path, with the proxy taking the path off or not: what a client is told leads back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.main import create_app
from tests.conftest import make_client
from tests.dav.conftest import D, Phone, add_person, make_phone

PREFIX = "/hearth"


@pytest.fixture
async def below(settings, owner, alice):
    app = create_app(replace(settings, base_url=f"https://home.example.org{PREFIX}"))
    made = await make_phone(app, owner, alice)
    async with make_client(app) as http:
        yield Phone(http, alice, made.password)
    await made.http.aclose()
    await app.state.database.close()


@pytest.mark.parametrize("stripped", [True, False], ids=["stripped", "passed on"])
async def test_every_address_is_below_the_path_and_leads_back(below, database, alice, stripped):
    made = await add_person(database, alice, "Ana")

    def come_in(path: str) -> str:
        return path.removeprefix(PREFIX) if stripped else path

    answer = await below.ask("GET", come_in(f"{PREFIX}/.well-known/carddav"))
    assert answer.headers["location"] == f"{PREFIX}/dav/"
    root = await below.propfind(come_in(answer.headers["location"]), "<d:current-user-principal/>")
    principal = root[f"{PREFIX}/dav/"].props[D + "current-user-principal"].findtext(D + "href")
    assert principal == f"{PREFIX}/dav/{alice.id}/"
    cards = await below.propfind(come_in(f"{principal}books/people/"), "<d:getetag/>", "1")
    card = f"{principal}books/people/{made}.vcf"
    assert card in cards
    assert (await below.ask("GET", come_in(card))).status_code == 200
    asked = f"<d:prop><d:getetag/></d:prop><d:href>{card}</d:href>"
    answer = await below.report("addressbook-multiget", asked)
    assert "HTTP/1.1 404" not in answer.text
