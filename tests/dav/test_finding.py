"""How a client finds the book, from the house's name alone."""

from __future__ import annotations

import pytest

from tests.dav.conftest import C, D, add_person


async def test_the_well_known_address_leads_to_where_a_client_begins(phone):
    for method in ("GET", "PROPFIND", "OPTIONS"):
        answer = await phone.ask(method, "/.well-known/carddav")
        assert (answer.status_code, answer.headers["location"]) == (301, "/dav/")


async def test_from_there_it_finds_its_person_their_home_and_the_book(phone):
    root = (await phone.propfind("/dav/", "<d:current-user-principal/>"))["/dav/"]
    principal = root.props[D + "current-user-principal"].findtext(D + "href")
    assert principal == phone.principal
    home = (await phone.propfind(principal, "<c:addressbook-home-set/>"))[principal]
    path = home.props[C + "addressbook-home-set"].findtext(D + "href")
    found = await phone.propfind(path, "<d:resourcetype/><d:displayname/>", "1")
    books = [at for at, e in found.items() if e.props[D + "resourcetype"].find(C + "addressbook") is not None]
    assert books == [phone.book]


async def test_the_book_says_what_it_can(phone):
    asked = "<c:supported-address-data/><d:supported-report-set/><d:current-user-privilege-set/><c:max-resource-size/>"
    book = (await phone.propfind("", asked + "<s:getctag/><d:sync-token/><d:quota/>"))[phone.book]
    formats = book.props[C + "supported-address-data"].findall(C + "address-data-type")
    assert [f.get("version") for f in formats] == ["3.0", "4.0"]
    reports = {e[0][0].tag for e in book.props[D + "supported-report-set"]}
    assert reports == {C + "addressbook-multiget", C + "addressbook-query", D + "sync-collection"}
    assert D + "write" in {e[0].tag for e in book.props[D + "current-user-privilege-set"]}
    assert book.text("sync-token") == book.text("getctag")
    assert book.missing == (D + "quota",)


async def test_options_tell_everybody_the_same_and_no_other_site_anything(phone):
    answer = await phone.http.options(phone.book, headers={"Origin": "https://evil.example"})
    assert "addressbook" in answer.headers["dav"]
    assert {"PROPFIND", "REPORT"} <= set(answer.headers["allow"].split(", "))
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_a_depth_without_end_is_refused(phone):
    for headers in ({}, {"Depth": "infinity"}):
        answer = await phone.ask("PROPFIND", "", "", **headers)
        assert answer.status_code == 403
        assert "propfind-finite-depth" in answer.text


async def test_all_properties_and_their_names(phone, database, alice):
    await add_person(database, alice, "Ana")
    for body in ("", '<d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>'):
        answer = await phone.ask("PROPFIND", "", body, Depth="1")
        assert "getetag" in answer.text
        assert "supported-report-set" not in answer.text
    names = await phone.ask("PROPFIND", "", '<d:propfind xmlns:d="DAV:"><d:propname/></d:propfind>', Depth="1")
    assert "<d:getetag/>" in names.text


async def test_there_is_one_book_and_it_keeps_its_properties(phone):
    answer = await phone.ask("MKCOL", phone.principal + "books/more/", "")
    assert answer.status_code == 404
    answer = await phone.ask("MKCOL", "", "")
    assert answer.status_code == 403
    body = '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><d:displayname>X</d:displayname></d:prop></d:set>'
    answer = await phone.ask("PROPPATCH", "", body + "</d:propertyupdate>")
    assert answer.status_code == 207
    assert "403 Forbidden" in answer.text


@pytest.mark.parametrize("method", ["POST", "COPY", "MOVE", "LOCK", "PATCH", "DELETE", "PUT", "GET"])
async def test_what_cannot_be_done_to_the_book_is_said(phone, method):
    answer = await phone.ask(method, "", "")
    assert answer.status_code == 405
    assert "PROPFIND" in answer.headers["allow"]
