"""Types as values show them, and what a form makes of a value that it never touched."""

from __future__ import annotations

import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.importing.front_matter import split_front_matter
from app.properties.names import check_name
from app.properties.values import (
    NESTED,
    TYPES,
    change_value,
    effective_type,
    fits,
    form_text,
    guess_type,
    infer_type,
    read_json,
    read_value,
    write_json,
)

FRONT_MATTER = """---
place: Lisbon
rating: 4.50
year: 2026
code: 007
day: 2024-03-01
at: 2021-08-27T12:50:38+02:00
begun: 2024-03-01 18:30
read: true
lent: no
kinds: [novel, travel]
author: "[[José Saramago]]"
source: [[tara]]
site: https://example.org/a?b=c
write to: ana@example.org
nothing:
hook: {order: 10}
not-a-day: 2024-13-01
not-safe: javascript:alert(1)
---
"""
TYPES_OF = {
    "place": "text", "rating": "number", "year": "number", "code": "text", "day": "date", "at": "moment",
    "begun": "moment", "read": "yes_no", "lent": "text", "kinds": "list", "author": "link", "source": "link",
    "site": "url", "write to": "email", "nothing": "text", "hook": NESTED, "not-a-day": "text", "not-safe": "text",
}  # fmt: skip


def stored(front_matter: str) -> dict:
    """As a page reads what the importer wrote."""
    return read_json(json.dumps(split_front_matter(front_matter).properties))


def test_front_matter_shows_its_types():
    assert {name: infer_type(value) for name, value in stored(FRONT_MATTER).items()} == TYPES_OF


def test_the_garden_s_front_matter_shows_its_types(shared_data: Path):
    with zipfile.ZipFile(shared_data / "garden.zip") as garden:
        texts = [garden.read(name).decode("utf-8", "replace") for name in garden.namelist() if name.endswith(".md")]
    found: dict[str, set[str]] = {}
    for text in texts:
        for name, value in stored(text.replace("\r\n", "\n")).items():
            found.setdefault(name, set()).add(infer_type(value))
    assert {name: found[name] for name in ("source", "date", "modified", "tags", "hooks.snippet", "commit")} == {
        "source": {"link"}, "date": {"date"}, "modified": {"moment"}, "tags": {"text"}, "hooks.snippet": {NESTED},
        "commit": {"text"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("12", "number"), ("-0.5", "number"), ("007", "text"), ("1e9", "text"), ("true", "yes_no"), ("no", "text"),
     ("2026-11-21", "date"), ("2026-11-21 18:30", "moment"), ("2026-02-30", "text"), ("[[Lisbon|there]]", "link"),
     ("https://example.org", "url"), ("https://", "text"), ("javascript:alert(1)", "text"),
     ("ana@example.org", "email"), ("a, b", "text"), ("", "text"), ("٢٠٢٤-٠٣-٠١", "text")],
)  # fmt: skip
def test_what_is_typed_is_guessed_as_front_matter_would_be_read(typed, kind):
    assert guess_type(typed) == kind


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [("number", " 1 200,50 ", Decimal("1200.50")), ("number", "+007", Decimal(7)), ("yes_no", "Yes", True),
     ("yes_no", "", None), ("date", "2026-11-21", "2026-11-21"), ("list", "a\n\n b ", ["a", "b"]), ("list", "", []),
     ("link", "Lisbon", "[[Lisbon]]"), ("link", "[[Lisbon|there]]", "[[Lisbon|there]]"),
     ("text", " as it is ", " as it is "), ("url", "http://example.org:8080/x", "http://example.org:8080/x")],
)  # fmt: skip
def test_a_text_becomes_a_value_of_its_type(kind, typed, value):
    assert read_value(kind, typed) == value


@pytest.mark.parametrize(
    ("kind", "typed"),
    [("number", "five"), ("number", "1,000,000"), ("number", "nan"), ("number", "9" * 31), ("date", "2026-02-30"),
     ("date", "tomorrow"), ("moment", "2026-11-21"), ("moment", "2026-11-21 25:00"), ("yes_no", "perhaps"),
     ("url", "javascript:alert(1)"), ("url", "https://exa mple.org"), ("url", 'https://x"onclick='), ("email", "ana"),
     ("email", "a@b\n.org"), ("link", "[[a]] [[b]]"), ("text", "nul\0"), ("text", "x" * 10_001),
     ("list", "\n".join("x" * 501))],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(kind, typed):
    with pytest.raises(Invalid, match=r"\w+ \w+ \w+.*\."):
        read_value(kind, typed)


@pytest.mark.parametrize(
    ("value", "defined", "effective"),
    [("12", "number", "number"), ("twelve", "number", "text"), (Decimal(5), "date", "number"), (None, "date", "date"),
     (Decimal(5), "text", "number"), (["a"], "text", "list"), ("a", "list", "text"), ({"a": 1}, "text", NESTED),
     ([["tara"]], "link", "link"), ("Lisbon", "link", "link"), ("yes", "yes_no", "yes_no")],
)  # fmt: skip
def test_a_value_that_does_not_fit_its_name_s_type_keeps_its_own(value, defined, effective):
    assert effective_type(value, defined) == effective


def test_a_list_keeps_what_its_items_are():
    former = [Decimal("1.50"), True, "Lisbon, Portugal", [["tara"]]]
    assert change_value(former, "list", "list", "1.50\r\ntrue\r\nLisbon, Portugal\r\n[[tara]]") is former
    assert change_value(former, "list", "list", "[[tara]]\ntrue\nnew") == [[["tara"]], True, "new"]
    assert change_value([Decimal(1)], "list", "list", "1\n2.5") == [Decimal(1), Decimal("2.5")]
    assert change_value("a, b", "text", "list", "a, b") == ["a", "b"]
    assert change_value(["a", "b"], "list", "text", "a\nb") == "a, b"


SCALARS = (
    st.none() | st.booleans() | st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.text(max_size=30)
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner,
                                                                                          max_size=3))  # fmt: skip


@given(VALUES)
def test_a_form_sent_back_as_it_came_changes_nothing(value):
    value = read_json(write_json(value))
    for kind in (infer_type(value), *(kind for kind in TYPES if fits(value, kind))):
        if kind != NESTED:
            sent = form_text(value).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
            assert change_value(value, kind, kind, sent) is value


@given(VALUES)
def test_numbers_keep_their_digits_on_the_way_through(value):
    assert read_json(write_json(value)) == read_json(write_json(read_json(write_json(value))))
    assert write_json(Decimal("1.50")) == "1.50"
    assert write_json(read_json("12345678901234567890123")) == "12345678901234567890123"


@pytest.mark.parametrize(
    ("typed", "word"),
    [("", "needs a name"), ("  ", "needs a name"), ("x" * 101, "at most 100"), ("a\0b", "NUL"),
     ("_sha256", "underscore"), ("Title", "together with the text"), ("tags", "written in the text"),
     ("ALIASES", "former title"), ("created", "History"), ("Last Modified", "History")],
)  # fmt: skip
def test_a_name_that_cannot_be_says_why(typed, word):
    with pytest.raises(Invalid, match=word):
        check_name(typed, None)


def test_a_name_that_was_imported_may_stay():
    assert check_name("tags", "tags") == "tags"
    assert check_name(" two \n words ", None) == "two words"
    assert check_name("date", None) == "date"
    with pytest.raises(Invalid):
        check_name("title", "tags")
