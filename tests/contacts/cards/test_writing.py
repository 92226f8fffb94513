"""A person written as a vCard and read again is the same, in each version, with all that Hearth does not model."""

from __future__ import annotations

import dataclasses

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contacts.cards.card import Card, CardAddress, CardDate, CardHandle, Labelled, Photo
from app.contacts.cards.reading import read_cards
from app.contacts.cards.writing import WIDTH, write_card
from tests.contacts.cards.oracle import CARDS

SIGNS = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"], exclude_characters="\x85")
WORD = st.text(SIGNS, min_size=1, max_size=12)
LINE = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
LABEL = st.one_of(st.sampled_from(["", "home", "work fax", "cell", "Boat", "a;b,c:d\\"]), WORD).filter(
    lambda label: not label.startswith("_$!<") and label.lower() not in ("mobile", "handy", "homepage")
)
LABELLED = st.lists(st.builds(Labelled, LABEL, LINE), unique=True, max_size=3).map(tuple)
MAYBE = st.one_of(st.just(""), LINE)
NAME_WORD = st.one_of(st.just(""), WORD.map(lambda word: word.replace(",", "")))
NO_COMMA = WORD.map(lambda word: word.replace(",", "x"))
DATES = st.builds(
    CardDate, st.sampled_from(["birthday", "anniversary", "first met"]),
    st.sampled_from(["1980-02-29", "--02-29", "--12-31", "1999-01-01"]),
)  # fmt: skip
EXTRA = st.sampled_from([
    ["x-one", {"type": ["a", "b;c"], "group": "item1"}, "unknown", "a\\;b;c"], ["related", {}, "unknown", "urn:x"],
    ["x-two", {"x-p": 'say "^n"\nall'}, "unknown", "é"],
])  # fmt: skip
CARD = st.builds(
    Card, full_name=LINE, uid=MAYBE, prefix=NAME_WORD, first_name=NAME_WORD, middle_name=NAME_WORD,
    last_name=NAME_WORD, suffix=NAME_WORD, pronouns=MAYBE, company=MAYBE, role_title=MAYBE,
    nickname=NAME_WORD, notes=st.lists(MAYBE, max_size=4).map("\n".join).map(lambda text: text.strip("\n")),
    emails=LABELLED.map(lambda e: tuple(Labelled(x.label, f"a@{x.value}") for x in e)), urls=LABELLED,
    phones=LABELLED.map(lambda e: tuple(x for x in e if not x.value.lower().startswith("tel:"))),
    addresses=st.lists(st.builds(CardAddress, LABEL, NAME_WORD, NAME_WORD, city=NO_COMMA),
                       unique=True, max_size=2).map(tuple),
    handles=st.lists(st.builds(CardHandle, st.sampled_from(["xmpp", "x", "mastodon"]), LINE), unique=True, max_size=2)
    .map(tuple).map(lambda handles: tuple(h for h in handles if not h.value.startswith("x-apple:"))),
    dates=st.lists(DATES, unique_by=lambda dated: dated.label, max_size=3).map(tuple),
    categories=st.lists(WORD, unique=True, max_size=3).map(tuple),
    photo=st.sampled_from([None, Photo(b"\x89PNG\r\n\x1a\n" + bytes(200), "image/png")]),
    own=st.dictionaries(st.sampled_from(["role", "fields"]), st.tuples(LINE), max_size=2),
    extra=st.lists(EXTRA, max_size=3, unique_by=str).map(tuple),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(card=CARD, version=st.sampled_from(["3.0", "4.0"]))
def test_what_is_written_is_read_again_as_the_same(card, version):
    text = write_card(card, version)
    assert all(len(line.encode()) <= WIDTH for line in text.split("\r\n"))
    [read] = read_cards(text)
    assert read == dataclasses.replace(card, version=version)
    [again] = read_cards(write_card(read, version))
    assert again == read


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_the_collection_survives_being_read_and_written(version):
    for path in sorted(CARDS.glob("*.vcf")):
        for card in read_cards(path.read_bytes()):
            if isinstance(card, Card):
                [again] = read_cards(write_card(card, version))
                assert dataclasses.replace(again, version=card.version) == card, path.name


def test_another_program_reads_what_is_written():
    card = Card("Ana; García, Dr.", last_name="García", phones=(Labelled("cell", "1"), Labelled("Boat", "2")),
                notes="a\nb", dates=(CardDate("birthday", "--03-22"),), categories=("a,b", "c"))  # fmt: skip
    for version in ("3.0", "4.0"):
        [read] = vobject.readComponents(write_card(card, version))
        assert read.fn.value == "Ana; García, Dr."
        assert read.n.value.family == "García"
        assert [tel.value for tel in read.contents["tel"]] == ["1", "2"]
        assert read.note.value == "a\nb"
        assert read.categories.value == ["a,b", "c"]


def test_phones_that_show_n_alone_find_a_name_there():
    text = write_card(Card("Grandma"), "3.0")
    assert "N;X-HEARTH-GUESS=1:;Grandma;;;" in text
    [read] = read_cards(text)
    assert (read.first_name, read.last_name) == ("", "")
