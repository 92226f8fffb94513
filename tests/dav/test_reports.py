"""Cards by their names and by what is in them, whole or in part, in the version that is asked for."""

from __future__ import annotations

import pytest

from app.contacts.fields import ContactFields, Labelled, Phone
from app.contacts.service import add_contact
from tests.dav.conftest import DATA, ETAG, D, add_person, entries, make_card

PEOPLE = (
    ContactFields("Ana Silva", nickname="Anni", emails=(Labelled("work", "ana@Example.org"),), notes="tall"),
    ContactFields("Bea Müller", phones=(Phone("cell", "+49 171 1"),), emails=(Labelled("home", "bea@home.net"),)),
    ContactFields("Cleo", company="Vogel, & Söhne"),
)


@pytest.fixture
async def book(database, alice):
    async with database.writing(alice.id) as session:
        return {fields.full_name.split()[0]: (await add_contact(session, alice.id, fields)).id for fields in PEOPLE}


async def ask_for(phone, book, filter_, more: str = "") -> list[str]:
    answer = await phone.report("addressbook-query", f"{ETAG}<c:filter{filter_}</c:filter>{more}")
    found, _token = entries(answer)
    names = {f"{phone.book}{each}.vcf": name for name, each in book.items()}
    return sorted(names.get(path, f"{entry.status}") for path, entry in found.items())


def prop(name: str, inner: str = "", test: str = "") -> str:
    return f'<c:prop-filter name="{name}"{test}>{inner}</c:prop-filter>'


def match(text: str, **attributes: str) -> str:
    named = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<c:text-match{named}>{text}</c:text-match>"


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (">", ["Ana", "Bea", "Cleo"]),
        (">" + prop("EMAIL"), ["Ana", "Bea"]),
        (">" + prop("EMAIL", "<c:is-not-defined/>"), ["Cleo"]),
        (">" + prop("FN", match("muller")), []),
        (">" + prop("FN", match("MÜLLER")), ["Bea"]),
        (">" + prop("FN", match("Mü", collation="i;octet")), ["Bea"]),
        (">" + prop("FN", match("mü", collation="i;octet")), []),
        (">" + prop("EMAIL", match("ANA@EXAMPLE.ORG", collation="i;ascii-casemap", match_type="equals")), ["Ana"]),
        (">" + prop("FN", match("ana", match_type="starts-with")), ["Ana"]),
        (">" + prop("FN", match("silva", match_type="ends-with")), ["Ana"]),
        (">" + prop("ORG", match("Vogel, &amp;")), ["Cleo"]),
        (">" + prop("FN", match("a", negate_condition="yes")), ["Cleo"]),
        (">" + prop("fn", match("Cleo")) + prop("NICKNAME", match("anni")), ["Ana", "Cleo"]),
        (' test="allof">' + prop("FN", match("a")) + prop("TEL"), ["Bea"]),
        (">" + prop("EMAIL", match("ana") + match("org", match_type="ends-with"), ' test="allof"'), ["Ana"]),
        (">" + prop("EMAIL", '<c:param-filter name="TYPE">' + match("work") + "</c:param-filter>"), ["Ana"]),
        (">" + prop("EMAIL", '<c:param-filter name="TYPE"/>'), ["Ana", "Bea"]),
        (">" + prop("EMAIL", '<c:param-filter name="X-NO"><c:is-not-defined/></c:param-filter>'), ["Ana", "Bea"]),
    ],
)
async def test_a_filter_finds_whom_it_describes(phone, book, filter_, expected):
    assert await ask_for(phone, book, filter_) == expected


async def test_a_limit_is_kept_and_told(phone, book):
    limit = "<c:limit><c:nresults>2</c:nresults></c:limit>"
    assert await ask_for(phone, book, ">", limit) == ["507", "Ana", "Bea"]
    assert await ask_for(phone, book, ">", limit.replace("2", "3")) == ["Ana", "Bea", "Cleo"]


@pytest.mark.parametrize(
    ("filter_", "status", "rule"),
    [(">" + prop("FN", match("x", collation="i;basic")), 403, "supported-collation"),
     (">" + prop("FN", match("x", match_type="like")), 400, ""),
     ("><c:comp-filter/>", 403, "supported-filter"), (">" + prop("") , 400, ""),
     (">" + prop("FN", "<c:is-not-defined/>" * 200), 403, "supported-filter")],
)  # fmt: skip
async def test_a_filter_that_nobody_understands_is_refused(phone, filter_, status, rule):
    answer = await phone.report("addressbook-query", f"{ETAG}<c:filter{filter_}</c:filter>")
    assert answer.status_code == status
    assert rule in answer.text


async def test_cards_by_their_names_and_those_that_are_not_there(phone, book):
    hrefs = [f"{phone.book}{book['Ana']}.vcf", f"http://127.0.0.1{phone.book}{book['Cleo']}.vcf", f"{phone.book}no.vcf",
             "/notes", "::::", f"{phone.book}%00"]  # fmt: skip
    inner = DATA + "".join(f"<d:href>{path}</d:href>" for path in hrefs)
    found, _token = entries(await phone.report("addressbook-multiget", inner))
    assert "FN:Ana Silva" in found[f"{phone.book}{book['Ana']}.vcf"].text("address-data")
    assert [found[path].status for path in hrefs[2:]] == [404] * 4


@pytest.mark.parametrize(("version", "line"), [("3.0", "EMAIL;TYPE=WORK:"), ("4.0", "EMAIL;TYPE=work:")])
async def test_the_version_is_the_client_s_to_choose(phone, book, version, line):
    asked = f'<d:prop><c:address-data content-type="text/vcard" version="{version}"/></d:prop>'
    answer = await phone.report("addressbook-query", f"{asked}<c:filter>{prop('NICKNAME')}</c:filter>")
    card = next(iter(entries(answer)[0].values())).text("address-data")
    assert f"VERSION:{version}" in card
    assert line in card


async def test_an_unknown_version_is_refused(phone, book):
    asked = '<d:prop><c:address-data content-type="text/vcard" version="2.1"/></d:prop>'
    answer = await phone.report("addressbook-query", f"{asked}<c:filter/>")
    assert (answer.status_code, "supported-address-data" in answer.text) == (403, True)


async def test_a_part_of_a_card_is_a_card(phone, book):
    asked = '<d:prop><c:address-data><c:prop name="FN"/><c:prop name="note" novalue="yes"/></c:address-data></d:prop>'
    answer = await phone.report("addressbook-query", f"{asked}<c:filter>{prop('NICKNAME')}</c:filter>")
    card = next(iter(entries(answer)[0].values())).text("address-data")
    lines = card.replace("\r", "").strip().split("\n")
    assert lines == ["BEGIN:VCARD", "VERSION:3.0", "FN:Ana Silva", "NOTE:", "END:VCARD"]


async def test_a_property_that_a_card_has_not_is_told(phone, book):
    path = f"{book['Ana']}.vcf"
    entry = (await phone.propfind(path, "<d:getetag/><d:getcontenttype/><d:quota/>"))[phone.book + path]
    assert entry.text("getcontenttype").startswith("text/vcard")
    assert entry.missing == (D + "quota",)


async def test_there_are_no_other_reports(phone):
    for path in ("", "/dav/", phone.principal):
        answer = await phone.ask("REPORT", path, '<d:principal-property-search xmlns:d="DAV:"/>')
        assert (answer.status_code, "supported-report" in answer.text) == (403, True)


async def test_signs_that_xml_cannot_hold_do_not_break_the_answer(phone, database, alice):
    await add_person(database, alice, "Ana \x01\x1b]]> <b>&amp; \ufffe", notes="a\u2028b\x0b")
    await phone.put("x%3Cy%3E&z.vcf", make_card("B <i>", "u<&>"))
    for asked in (DATA, "<d:prop><d:displayname/><d:getetag/></d:prop>"):
        found, _token = entries(await phone.report("addressbook-query", f"{asked}<c:filter/>"))
        assert len(found) == 2
