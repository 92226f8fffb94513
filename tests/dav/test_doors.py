"""Who gets in: an e-mail address and an app password, and nobody by a cookie."""

from __future__ import annotations

import pytest

from app.account.app_passwords import hash_app_password, new_app_password
from tests.conftest import make_client
from tests.dav.conftest import Phone, add_person, make_card, make_phone, sentence


async def test_without_a_password_a_client_is_asked_for_one(phone):
    answer = await phone.http.request("PROPFIND", phone.book)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


async def test_a_session_opens_nothing_here(alices, phone):
    answer = await alices.http.request("PROPFIND", phone.book)
    assert answer.status_code == 401


async def test_the_person_s_own_password_opens_nothing_here(phone):
    assert (await Phone(phone.http, phone.person, "four words are easy").ask("PROPFIND", Depth="0")).status_code == 401


async def test_a_password_is_the_same_however_it_is_typed(phone):
    typed = Phone(phone.http, phone.person, phone.password.replace("-", " ").upper())
    assert (await typed.ask("PROPFIND", Depth="0")).status_code == 207
    assert len(set(map(hash_app_password, (new_app_password(), new_app_password())))) == 2


async def test_it_goes_with_its_person_s_address_alone(phone, bob):
    assert (await Phone(phone.http, bob, phone.password).ask("PROPFIND", "/dav/", Depth="0")).status_code == 401


async def test_a_token_for_other_things_does_not_do(application, owner, alice):
    answer = await (await make_phone(application, owner, alice, "read")).ask("PROPFIND", Depth="0")
    assert answer.status_code == 403
    assert "“people”" in sentence(answer)


async def test_an_app_password_opens_nothing_else(phone, application):
    async with make_client(application) as http:
        token = phone.password.replace("-", "")
        assert (await http.get("/api/me", headers={"Authorization": f"Bearer {token}"})).status_code == 403


async def test_wrong_tries_are_limited_and_the_right_password_still_opens(phone):
    wrong = Phone(phone.http, phone.person, "wrong")
    told = [(await wrong.ask("PROPFIND", Depth="0")).status_code for _try in range(11)]
    assert told == [401] * 10 + [429]
    assert (await phone.ask("PROPFIND", Depth="0")).status_code == 207


@pytest.mark.parametrize("given", ["Basic", "Basic ???", "Basic YWxpY2U=", "Bearer x", "Basic /w==", "Negotiate abc"])
async def test_a_header_that_cannot_be_read_is_no_password(phone, given):
    answer = await phone.http.request("PROPFIND", phone.book, headers={"Authorization": given})
    assert answer.status_code == 401


async def test_one_s_paths_are_no_other_s(phone, bobs_phone, database, alice):
    contact = await add_person(database, alice, "Ana")
    for path in (phone.principal, phone.principal + "books/", phone.book, f"{phone.book}{contact}.vcf"):
        for method in ("PROPFIND", "REPORT", "PROPPATCH", "GET", "PUT", "DELETE", "MKCOL", "POST"):
            answer = await bobs_phone.ask(method, path, "no request at all")
            assert answer.status_code == 404, (method, path)
    hrefs = f"<d:href>{phone.book}{contact}.vcf</d:href>"
    told = await bobs_phone.report("addressbook-multiget", f"<d:prop><d:getetag/></d:prop>{hrefs}")
    assert "404 Not Found" in told.text
    assert "getetag>" not in told.text


async def test_one_s_uid_is_no_other_s_conflict(phone, bobs_phone):
    assert (await phone.put("a.vcf", make_card("Ana Silva", "u-1"))).status_code == 201
    assert (await bobs_phone.put("a.vcf", make_card("Bea", "u-1"))).status_code == 201


@pytest.mark.parametrize(
    "path", ["/dav/x/", "/dav/{0}/books/other/", "/dav/{0}/books/people/a/b", "/dav/{0}/x", "/dav/%00/"]
)
async def test_what_is_not_there_is_not_there(phone, path):
    answer = await phone.ask("PROPFIND", path.format(phone.person.id), "", Depth="0")
    assert answer.status_code == 404
