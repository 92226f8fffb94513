"""What the rules find, and what they leave alone: numbers that only look like it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.privacy.judging import Sensitivity, judge_text, weigh
from app.privacy.numbers import has_card, passes_97, passes_luhn

FOUND = {
    "card": [
        "4111 1111 1111 1111", "4111111111111111", "card: 5555-5555-5555-4444.", "Amex 3782 822463 10005",
        "378282246310005", "2223 0031 2200 3222", "Diners 3056 930902 5904", "6011 1111 1111 1117",
        "3530 1113 3330 0000", "in 2024 4111 1111 1111 1111 12/28", "4111 1111 1111 1111 123", "(4111 1111 1111 1111)",
        "4111\u00a01111\u00a01111\u00a01111", "４１１１ １１１１ １１１１ １１１１",
        "4111\u200b1111\u200b1111\u200b1111",
        "Rechnung bezahlt mit 4111 1111 1111 1111",
    ],
    "bank": [
        "DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "iban: de89370400440532013000 is mine",
        "PT50 0002 0123 1234 5678 9015 4", "GB29 NWBK 6016 1331 9268 19", "FR14 2004 1010 0505 0001 3M02 606",
        "NL91ABNA0417164300.", "to 50 DE89 3704 0044 0532 0130 00", "NO93 8601 1117 947",
        "routing number 021000021", "ABA: 011401533",
    ],
    "identity": [
        "Steuer-ID 86 095 742 719", "86095742719", "Rentenversicherung 65 170839 J 003", "15070649C103",
        "Versichertennummer A123456780", "Personalausweis L01X00T471", "Ausweisnummer: T220001293",
        "NIF 123 456 789", "contribuinte: 501964843", "NISS 11234567890", "00000000 0 ZZ4", "SSN 123-45-6789",
        "078-05-1120", "ITIN 912-70-1234", "Passport no. AB1234567", "Reisepass C01X0006H", "passport 340007237",
    ],
    "health": [
        "Blood pressure 140/90 today", "Blutdruck: 135 zu 85", "HbA1c 6,4 %", "glucose 110", "98 mg/dL in the morning",
        "Diagnose: J45.0", "ICD-10 F32.1", "Insulin 12 units before dinner", "two tablets of 500 mg",
        "400 mg twice", "Medikament: 5 mg", "colesterol total: 210", "PHQ-9: 14",
    ],
    "secret": ["password: hunter2!", "Passwort = Sommer2024", "-----BEGIN RSA PRIVATE KEY-----", "PIN: 4821"],
}  # fmt: skip
LEFT = [
    # Telephones, orders, books, things.
    "+49 1511 1111 1111 11", "+351 912 345 678", "0049 30 901820", "(030) 9018 2000", "+1 415-555-2671", "912345678",
    "order 4111111111111111", "Bestellnummer: 4111 1111 1111 1111", "tracking no. 4111111111111111",
    "ISBN 978-3-16-148410-0", "978 0 306 40615 7", "EAN 4006381333931", "4006381333931", "IMEI 490154203237518",
    "4111 1111 1111 1112", "1234 5678 9012 3456", "1111111111111111", "0000 0000 0000 0000", "8.4111111111111111",
    "https://example.org/4111111111111111", "id-4111111111111111", "4111111111111111a", "x4111111111111111",
    "3.14159265358979323846", "2024-11-22 10:15:30.123456", "192.168.100.200", "550e8400-e29b-41d4-a716-446655440000",
    # Accounts and identities that are none.
    "DE89 3704 0044 0532 0130 01", "XX89 3704 0044 0532 0130 00", "DE89 3704", "in 12 3456 7890 1234 5678 90 cases",
    "86 095 742 718", "12345678912", "11111111111", "123456789", "NIF 123 456 788", "NISS 11234567891",
    "000-12-3456", "666-12-3456", "123-45-67890", "2024-11-2234", "routing 021000022", "A123456780",
    "00000000 0 ZZ5", "The pass was 123456789 steps long", "65 170839 J 004",
    # Health in words, and numbers of other things.
    "My blood pressure is fine", "She has diabetes", "3 eggs and 200 g of sugar", "ran 10 km in 52 minutes",
    "the diagnosis is open", "chapter J45", "25 mg/l in the river", "a dose of irony", "at 7 a.m. 100 people",
    # Secrets that are none.
    "I forgot my password", "password: see the keeper", "PIN the note to the wall",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in FOUND.items() for text in texts])
def test_what_is_found(rule, text):
    found = judge_text(f"Some words. {text}\nAnd more.")
    assert rule in found.reasons and found.level == ("high" if rule == "health" else "critical")


@pytest.mark.parametrize("text", LEFT)
def test_what_is_left_alone(text):
    assert judge_text(f"Some words. {text}\nAnd more.") == Sensitivity("low"), judge_text(text)


@given(st.integers(10**13, 10**14 - 1), st.integers(1, 9))
def test_every_right_card_is_found_and_every_slip_of_one_digit_is_not(middle, slip):
    digits = "4" + str(middle)
    digits += next(str(check) for check in range(10) if passes_luhn(digits + str(check)))
    assert has_card(" ".join(digits[at : at + 4] for at in range(0, 16, 4)))
    place = random.Random(middle).randrange(1, 16)
    wrong = digits[:place] + str((int(digits[place]) + slip) % 10) + digits[place + 1 :]
    assert not has_card(wrong)


@given(st.text(alphabet="0123456789", min_size=18, max_size=18))
def test_every_right_account_is_found(number):
    check = 98 - int(number + "131400") % 97
    account = f"DE{check:02}{number}"
    assert passes_97(account)
    assert "bank" in judge_text(f"x {account}").reasons


@given(st.text(max_size=300))
def test_any_text_is_judged(text):
    assert judge_text(text).level in ("low", "high", "critical")


@pytest.mark.parametrize(
    ("found", "said", "chosen", "level"),
    [("critical", "normal", None, "critical"), ("critical", "normal", "normal", "normal"),
     ("critical", "low", "normal", "critical"), ("low", "high", None, "high"), ("normal", "critical", "critical",
     "critical"), ("high", "critical", None, "critical"), ("critical", "high", None, "critical"),
     ("low", "normal", None, "low"), ("normal", "low", "low", "low")],
)  # fmt: skip
def test_a_choice_counts_for_as_long_as_the_record_says_the_same(found, said, chosen, level):
    assert weigh(Sensitivity(found), said, chosen).level == level
