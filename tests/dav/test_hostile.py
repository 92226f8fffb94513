"""What a client should not send: told in a sentence, and nothing happens."""

from __future__ import annotations

import pytest

from tests.dav.conftest import SPACES, entries, make_card, sentence

BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><d:propfind xmlns:d="DAV:"><d:prop>&b;</d:prop></d:propfind>"""
OUTSIDE = '<!DOCTYPE x SYSTEM "file:///etc/passwd"><d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>'


@pytest.mark.parametrize(
    ("body", "told"),
    [(BOMB, "document type"), (OUTSIDE, "document type"), ("<d:propfind", "cannot be read"), ("\0", "cannot be read"),
     (f"<d:propfind {SPACES}>" + "<d:prop>" * 100, "nested too deeply"), (b"\xff\xfe\x00", "cannot be read"),
     ('<?xml version="1.0" encoding="nonsense"?><a/>', "cannot be read"),
     (f"<d:propfind {SPACES}/>", "which properties")],
)  # fmt: skip
async def test_xml_that_means_harm_or_nothing(phone, body, told):
    for method in ("PROPFIND", "REPORT") if "which" not in told else ("PROPFIND",):
        answer = await phone.ask(method, "", body, Depth="0")
        assert answer.status_code == 400, method
        assert told in sentence(answer)
        assert "passwd" not in answer.text


async def test_bodies_beyond_all_need(phone):
    answer = await phone.ask("PROPFIND", "", b" " * (4 * 2**20 + 1), Depth="0")
    assert (answer.status_code, "At most 4 MB" in sentence(answer)) == (413, True)

    async def endless():
        while True:
            yield b"x" * 2**20

    basic = (await phone.ask("OPTIONS")).request.headers["authorization"]
    answer = await phone.http.request(
        "PUT", phone.book + "a.vcf", content=endless(), headers={"Authorization": basic, "Content-Type": "text/vcard"}
    )
    assert (answer.status_code, "At most 8 MB" in sentence(answer)) == (413, True)
    assert await phone.etags() == {}


async def test_a_body_is_not_read_before_one_is_let_in(phone):
    async def unread():
        raise AssertionError
        yield b""

    answer = await phone.http.request("PUT", phone.book + "a.vcf", content=unread())
    assert answer.status_code == 401


@pytest.mark.parametrize("depth", ["2", "-1", "x"])
async def test_a_depth_that_there_is_not(phone, depth):
    assert (await phone.ask("PROPFIND", "", "", Depth=depth)).status_code == 400


async def test_a_card_with_lines_of_another_is_one_card(phone):
    """What is escaped in a note stays in the note."""
    await phone.put("a.vcf", make_card("Ana", "u-1", "NOTE:END:VCARD\\nBEGIN:VCARD\\nFN:Eve"))
    card = (await phone.ask("GET", "a.vcf")).text
    assert card.count("\r\nFN:") == 1


async def test_a_uid_of_another_person_s_contact_tells_nothing(phone, bobs_phone):
    await phone.put("a.vcf", make_card("Ana", "u-1"))
    answer = await bobs_phone.report(
        "addressbook-multiget", f"<d:prop><d:getetag/></d:prop><d:href>{phone.book}a.vcf</d:href>"
    )
    found, _token = entries(answer)
    assert [entry.status for entry in found.values()] == [404]


async def test_a_secret_is_in_no_log_and_no_page(phone, alices, caplog, capsys):
    await phone.put("a.vcf", make_card("Ana", "u-1"))
    await phone.ask("PUT", "b.vcf", "x")
    told = caplog.text + "".join(capsys.readouterr()) + (await alices.get("/account/phones")).text
    assert phone.password not in told
    assert phone.password.replace("-", "") not in told
