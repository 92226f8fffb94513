"""Tables of people come in by what their columns are called, whoever wrote them and in whatever charset."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contacts.cards.card import CardAddress, CardDate, Labelled
from app.contacts.cards.table import MEANINGS, decode_table, guess_meanings, read_day, read_table, row_card, table_cards

GOOGLE = ("First Name,Last Name,Organization Name,Organization Title,Birthday,Notes,Labels,E-mail 1 - Label,"
          "E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Street,Address 1 - City\n"
          'Ana,García,Mill,Miller,1980-02-29,"likes\ntea",* myContacts ::: Friends,Work,ana@x.org ::: a@y.org,'
          "Mobile,0171 23,Rue 1,Paris\n")  # fmt: skip
OUTLOOK = ('"First Name","Last Name","Company","Business Phone","Mobile Phone","E-mail Address","E-mail Display Name",'
           '"Home Street","Home Postal Code","Birthday"\n"Bo","Lind","Farm","030 1","0172 9","bo@x.org","Bo L",'
           '"Weg 2","12345","2/29/1980"\n')  # fmt: skip
GERMAN = (
    "Vorname;Nachname;Firma;E-Mail-Adresse;Telefon (privat);Geburtstag\nJörg;Müller;Mühle;j@x.org;030 2;29.2.1980\n"
)


def one_of(text: str):
    table = read_table(text)
    [card] = table_cards(table, guess_meanings(table.heads))
    return card


def test_google():
    card = one_of(GOOGLE)
    assert (card.full_name, card.company, card.role_title, card.notes) == ("Ana García", "Mill", "Miller", "likes\ntea")
    assert card.emails == (Labelled("", "ana@x.org"), Labelled("", "a@y.org"))
    assert card.categories == ("myContacts", "Friends")
    assert card.addresses == (CardAddress("", "Rue 1", city="Paris"),)
    assert card.dates == (CardDate("birthday", "1980-02-29"),)


def test_outlook():
    card = one_of(OUTLOOK)
    assert card.phones == (Labelled("work", "030 1"), Labelled("cell", "0172 9"))
    assert card.emails == (Labelled("", "bo@x.org"),)
    assert card.addresses == (CardAddress("home", "Weg 2", postcode="12345"),)
    assert card.dates == (CardDate("birthday", "1980-02-29"),)


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_german_outlook_in_every_charset(charset):
    card = one_of(decode_table(GERMAN.encode(charset)))
    assert (card.full_name, card.company, card.phones) == ("Jörg Müller", "Mühle", (Labelled("home", "030 2"),))
    assert card.dates == (CardDate("birthday", "1980-02-29"),)


def test_what_is_not_what_its_column_says_is_kept_in_the_notes():
    card = row_card(["Name", "Mail", "Born"], ["Ana", "at the mill", "in spring"], ["full_name", "email:", "birthday"])
    assert card
    assert card.notes == "Mail: at the mill\n\nBorn: in spring"


@pytest.mark.parametrize(
    ("cell", "day"),
    [("1980-02-29", "1980-02-29"), ("29.02.1980", "1980-02-29"), ("2/29/1980", "1980-02-29"),
     ("29/2/1980", "1980-02-29"), ("--0229", "--02-29"), ("0.0.00", None), ("31.2.1980", None), ("soon", None)],
)  # fmt: skip
def test_days_in_many_forms(cell, day):
    assert read_day(cell) == day


@given(text=st.text(max_size=300), heads=st.lists(st.text(max_size=12), max_size=5))
def test_no_table_makes_the_reader_stumble(text, heads):
    assert set(guess_meanings(heads)) <= set(MEANINGS)
    try:
        table = read_table(text)
    except ValueError:
        return
    for card in table_cards(table, MEANINGS):
        assert card.full_name
