"""vCards of many clients come in as what they say, or are refused with a reason; nothing makes the reader stumble."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contacts.cards.card import Card, CardAddress, CardDate, CardHandle, Labelled, Refused
from app.contacts.cards.reading import A_LIST, NOBODY, read_cards
from tests.contacts.cards.oracle import CARDS, readings

# Where this reader and the other differ, and why this one is right: (file, card, field).
DEFENDED = {
    ("032.vcf", 0, "full_name"): "a comma that nobody escaped: vobject ends the name there, of which there is one (FN)",
    ("048.vcf", 0, "nickname"): "`Jim,Jimmie` are two nicknames (RFC 2426, 3.1.3): vobject leaves the second out",
    ("029.vcf", 4, "emails"): "an address without @ is none: it is kept as it stands",
    ("046.vcf", 0, "addresses"): "an unquoted parameter with colons in it: where the value begins is anybody's guess",
}
FIELDS = ("full_name", "name", "nickname", "company", "role_title", "notes", "uid", "birthday", "emails", "phones",
          "urls", "addresses", "categories")  # fmt: skip


def mine(card: Card, field: str) -> list[str]:
    if field == "name":
        return [";".join((card.last_name, card.first_name, card.middle_name, card.prefix, card.suffix))]
    if field == "birthday":
        return [dated.date for dated in card.dates if dated.label == "birthday"]
    if field == "addresses":
        return [";".join((a.po_box, a.extra, a.street, a.city, a.region, a.postcode, a.country))
                for a in card.addresses]  # fmt: skip
    if field in ("emails", "phones", "urls"):
        return [entry.value for entry in getattr(card, field)]
    if field == "categories":
        return list(card.categories)
    value = getattr(card, field)
    return re.split(", ", value) if field == "nickname" else [value]


def alike(text: str, field: str) -> str:
    """What is left where two writings of one thing are one: blanks, line ends, the form of a date or an address."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if field == "birthday":
        return re.sub(r"T.*", "", text).replace("-", "")
    if field == "phones":
        text = text.removeprefix("tel:")
    if field in ("name", "addresses"):
        text = re.sub(r",\s*", " ", text)
    parts = text.split(";") if field in ("name", "addresses") else [text]
    return ";".join(" ".join(part.split()) for part in parts)


def agree(card: Card, other: dict[str, list[str]], field: str) -> bool:
    theirs = [word for text in other.get(field, []) if (word := alike(text, field)).strip("; ")]
    own = [word for text in mine(card, field) if (word := alike(text, field)).strip("; ")]
    if not theirs or (field == "birthday" and not any(re.fullmatch(r"\d{8}|\d{4}", text) for text in theirs)):
        return True
    if field == "notes":
        return all(text in own[0] for text in theirs) if own else False
    if field in ("emails", "phones", "urls", "addresses", "categories", "nickname"):
        return sorted(set(own)) == sorted(set(theirs))
    return bool(own) and own[0] in theirs


@pytest.mark.usefixtures("shared_data")
def test_every_card_of_the_collection_comes_in_or_is_refused_with_a_reason():
    files = sorted(CARDS.glob("*.vcf"))
    assert len(files) == 78
    marks = cards = 0
    for path in files:
        content = path.read_bytes()
        marks += len(re.findall(rb"BEGIN:VCARD", content.replace(b"\\n", b"\n"), re.I))
        found = list(read_cards(content))
        assert found, path.name
        assert all(card.reason in (NOBODY, A_LIST) for card in found if isinstance(card, Refused))
        assert all(card.full_name for card in found if isinstance(card, Card))
        cards += len(found)
    # Three stand in another one as its AGENT, and are kept with it.
    assert (marks, cards) == (114, 111)


@pytest.mark.usefixtures("shared_data")
def test_each_property_is_read_as_another_parser_reads_it():
    compared, differing = 0, []
    for path, others in readings():
        own = list(read_cards(path.read_bytes()))
        if len(own) != len(others):
            differing.append((path.name, len(own), f"{len(others)} cards"))
            continue
        for place, (card, other) in enumerate(zip(own, others, strict=True)):
            if isinstance(card, Card):
                compared += sum(1 for field in FIELDS if other.get(field))
                differing += [(path.name, place, field) for field in FIELDS if not agree(card, other, field)]
    undefended = [difference for difference in differing if difference not in DEFENDED]
    assert not undefended
    assert compared > 300
    assert len(differing) <= compared * 0.05


def test_what_each_version_says_its_own_way_is_one_and_the_same():
    old = ("BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg\r\n"
           "TEL;CELL;PREF:0171 23\r\nBDAY:19800229\r\n"
           "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0A=\r\nb\r\nEND:VCARD\r\n")  # fmt: skip
    middle = ("BEGIN:VCARD\nVERSION:3.0\nN:Müller;Jörg;;;\nFN:Jörg Müller\nitem1.TEL;type=CELL;type=pref:0171 23\n"
              "BDAY;VALUE=date:1980-02-29\nNOTE:a\\n\n b\nEND:VCARD\n")  # fmt: skip
    new = ("BEGIN:VCARD\nVERSION:4.0\nN:Müller;Jörg;;;\nFN:Jörg Müller\nTEL;VALUE=uri;PREF=1;TYPE=\"cell,voice\":"
           "tel:0171 23\nBDAY:19800229\nNOTE:a\\nb\nEND:VCARD\n")  # fmt: skip
    for text in (old.encode("latin-1"), middle.encode(), new.encode()):
        [card] = read_cards(text)
        assert isinstance(card, Card)
        assert (card.full_name, card.last_name, card.first_name) == ("Jörg Müller", "Müller", "Jörg")
        assert card.phones == (Labelled("cell", "0171 23"),)
        assert card.dates == (CardDate("birthday", "1980-02-29"),)
        assert card.notes == "a\nb"


def test_labels_of_apple_days_without_a_year_and_the_many_names_of_handles():
    [card] = read_cards(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nitem1.TEL:1\nitem1.X-ABLabel:Boat\nitem2.X-ABDATE:2001-05-06\n"
        "item2.X-ABLabel:_$!<Anniversary>!$_\nBDAY;X-APPLE-OMIT-YEAR=1604:1604-03-22\nX-JABBER:ana@x\n"
        "IMPP;X-SERVICE-TYPE=Matrix:x-apple:@ana:x\nX-SOCIALPROFILE;type=mastodon:https://m/@ana\n"
        "ADR;TYPE=home:;;Rue 1\\, links;Paris;;75001;\nEND:VCARD\n"
    )
    assert isinstance(card, Card)
    assert card.phones == (Labelled("Boat", "1"),)
    assert card.dates == (CardDate("anniversary", "2001-05-06"), CardDate("birthday", "--03-22"))
    assert card.handles == (
        CardHandle("xmpp", "ana@x"), CardHandle("matrix", "@ana:x"), CardHandle("mastodon", "https://m/@ana"),
    )  # fmt: skip
    assert card.addresses == (CardAddress("home", "Rue 1, links", city="Paris", postcode="75001"),)


def test_what_hearth_does_not_model_is_kept_as_it_stands():
    [card] = read_cards(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nORG:Mill;Flour\nBDAY:circa 1800\nPHOTO;VALUE=uri:http://x/y.png\n"
        'item3.X-ABRELATEDNAMES;X-A="p;q":Bo\\, Cy\nitem3.X-ABLabel:Dog\nAGENT:BEGIN:VCARD\\nEND:VCARD\nEND:VCARD\n'
    )
    assert isinstance(card, Card)
    assert card.company == "Mill"
    assert list(card.extra) == [
        ["org", {}, "unknown", "Mill;Flour"],
        ["bday", {}, "unknown", "circa 1800"],
        ["photo", {"value": "uri"}, "unknown", "http://x/y.png"],
        ["x-abrelatednames", {"x-a": "p;q", "group": "item3"}, "unknown", "Bo\\, Cy"],
        ["x-ablabel", {"group": "item3"}, "unknown", "Dog"],
        ["agent", {}, "unknown", "BEGIN:VCARD\\nEND:VCARD"],
    ]


NAMES = st.sampled_from(
    ["BEGIN", "END", "N", "FN", "TEL", "ADR", "BDAY", "PHOTO", "TEXT", "TAKE", "CARD", "X-ABLabel", "item1.URL", "ORG",
     "IMPP", "X-HEARTH-ROLE", "NOTE;ENCODING=QUOTED-PRINTABLE", "N;CHARSET=utf-7", "PHOTO;ENCODING=b", "DATED", ".", ""]
)  # fmt: skip
VALUES = st.one_of(st.sampled_from(["VCARD", "=", "==\n", "\\", ";;;", "data:image/png;base64,=", "--0230", "\ud800"]),
                   st.text(max_size=30))  # fmt: skip
LINES = st.tuples(NAMES, st.sampled_from([":", ";:", "", ';"', ";TYPE=,:"]), VALUES).map("".join)


@settings(max_examples=300)
@given(lines=st.lists(LINES, max_size=15), end=st.sampled_from(["\n", "\r\n", "\r\r\n", "\n "]))
def test_no_text_makes_the_reader_stumble(lines, end):
    for card in read_cards(end.join(["BEGIN:VCARD", "FN:x", *lines, "END:VCARD"])):
        assert isinstance(card, Card | Refused)
        assert "\0" not in repr(card)
        repr(card).encode()


@settings(max_examples=300)
@given(
    content=st.binary(max_size=200), begin=st.sampled_from([b"", b"BEGIN:VCARD\nN;CHARSET=x:", b"\xff\xfe", b"BEGI\0"])
)
def test_no_bytes_make_the_reader_stumble(content, begin):
    assert all(isinstance(card, Card | Refused) for card in read_cards(begin + content))
