"""A mail is taken apart without losing anything; one that cannot be is kept as it came."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.importing.letters import read_letter
from app.importing.markup import read_html


def mail(text: str = "Hello", **headers: str) -> EmailMessage:
    message = EmailMessage()
    given = {"From": "Ana García <ana@example.org>", "To": "bob@example.org", "Subject": "Kites", **headers}
    for name, value in given.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def test_a_mail_says_who_wrote_what_when():
    letter = read_letter(bytes(mail("Häuser\n", Date="Sun, 08 Mar 2026 10:00:00 +0100", Cc="C <c@example.org>")))
    assert letter.subject == "Kites"
    assert letter.text == (
        "From: Ana García <ana@example.org>  \nTo: bob@example.org  \nCopy to: C <c@example.org>\n\nHäuser"
    )
    assert letter.dated == datetime(2026, 3, 8, 9, tzinfo=UTC)
    assert (letter.enclosed, letter.notice) == ((), "")


def test_of_several_forms_the_plain_one_is_read():
    message = mail("plain words")
    message.add_alternative("<p>html words</p>", subtype="html")
    letter = read_letter(bytes(message))
    assert "plain words" in letter.text and "html" not in letter.text and letter.enclosed == ()


def test_html_alone_becomes_markdown_without_what_runs_loads_or_hides():
    message = EmailMessage()
    message["From"] = "a@example.org"
    html = (
        "<html><head><style>p{}</style><title>t</title></head><body><h1>Hi</h1><p>See <a href='https://x.example/'>this"
        "</a> or <a href='javascript:x()'>that</a></p><script>alert(1)</script><img src='https://spy.example/p.gif' "
        "alt='logo'><div style='display:none'>preheader</div><ul><li>one</li></ul></body></html>"
    )
    message.set_content(html, subtype="html")
    text = read_letter(bytes(message)).text
    assert "# Hi" in text and "[this](https://x.example/)" in text and "- one" in text and "logo" in text
    assert not any(word in text for word in ("alert", "javascript", "spy.example", "preheader", "p{}"))


def test_every_text_is_read_and_every_file_comes_along():
    message = mail("first")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bill.pdf")
    message.add_attachment("second, inline", disposition="inline")
    message.add_attachment(mail("inner words", Subject="Inner"))
    letter = read_letter(bytes(message))
    assert "first" in letter.text and "second, inline" in letter.text
    assert [file.name for file in letter.enclosed] == ["bill.pdf", "Inner.eml"]
    assert letter.enclosed[0].content == b"%PDF" and b"inner words" in letter.enclosed[1].content


@pytest.mark.parametrize(
    "raw",
    [
        b"no mail at all",
        b"From: a@example.org\nContent-Type: multipart/mixed\n\n--x\nwords",
        b"From: a@example.org\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\n\nwords",
        b"From: a@example.org\nContent-Type: multipart/mixed; boundary=x\n\nno such boundary: words",
    ],
)
def test_what_is_malformed_is_kept_with_a_note(raw):
    letter = read_letter(raw)
    assert letter.notice == "This mail is malformed, so it is kept as it came."
    assert letter.text.startswith(letter.notice) and raw.decode() in letter.text and letter.enclosed == ()


def test_bytes_that_no_text_can_hold_come_along_as_a_file():
    raw = b"From: a@example.org\nContent-Type: multipart/mixed\n\n\xff\x00\xfe ```` words"
    letter = read_letter(raw)
    assert "\0" not in letter.text and "`````" in letter.text
    assert [file.content for file in letter.enclosed] == [raw]


def test_a_strange_charset_or_header_loses_no_word():
    raw = (
        b"From: =?nope?q?x?= <a@example.org>\nSubject: =?utf-8?q?broken=\nDate: yesterday\n"
        b"Content-Type: text/plain; charset=klingon\n\nGr\xfc\xdfe"
    )
    letter = read_letter(raw)
    assert "Grüße" in letter.text and letter.dated is None


def test_the_same_mail_by_another_way_is_the_same_and_two_that_share_an_id_are_two():
    one, again = mail("words", Message_ID="<1@example.org>"), mail("words", Message_ID="<1@example.org>")
    again["X-Status"] = "read"
    other = mail("other words", Message_ID="<1@example.org>")
    known = [read_letter(bytes(message)).identity for message in (one, again, other)]
    assert known[0] == known[1] != known[2]


@given(st.binary(max_size=2000))
def test_nothing_that_is_called_a_mail_stops_the_reading(raw):
    letter = read_letter(raw)
    assert "\0" not in letter.text + letter.subject + letter.identity
    letter.text.encode()


@given(st.text(alphabet="<>/ab!-[]\"'= &;pdivscript", max_size=400))
def test_no_html_stops_the_reading(html):
    assert isinstance(read_html(html).text, str)


def test_html_deeper_than_anything_written_is_read_by_its_words():
    assert "deep" in read_html("<div>" * 20_000 + "deep").text
