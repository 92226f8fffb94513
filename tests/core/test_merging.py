"""Two texts that began as one: nothing that either side added goes by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.merging import Piece, compose, merge_pieces, merge_texts

TEXTS = st.lists(st.sampled_from(["one", "two", "", "# Head", "- item", "a b c d", "a b\u2028c d"]), max_size=8).map(
    "\n".join
)


@pytest.mark.parametrize(
    ("base", "theirs", "mine", "merged"),
    [
        ("a\nb\nc", "A\nb\nc", "a\nb\nC", "A\nb\nC"),
        ("one two three four", "one 2 three four", "one two three four five", "one 2 three four five"),
        ("a\nb", "A\nb", "a\nB", "A\nB"),
        ("", "", "new", "new"),
        ("gone\nstays", "stays", "gone\nstays\nmore", "stays\nmore"),
        ("- a", "- a\n- theirs", "- a\n- mine", "- a\n- theirs\n- mine"),
        ("- a", "- a\n- mi", "- a\n- mine", "- a\n- mine"),
        ("x", "same", "same", "same"),
        ("ends with a break\n", "ends with a break", "ends with a break\n", "ends with a break"),
        ("one\u2028two", "one\u2028two", "one\u2028three", "one\u2028three"),
    ],
)
def test_what_does_not_conflict_is_merged(base, theirs, mine, merged):
    assert merge_texts(base, theirs, mine) == merged


def test_a_place_that_both_changed_is_left_to_a_person():
    pieces = merge_pieces("first\nblue\nlast", "first\nred\nlast", "first\ngreen\nlast")
    assert pieces == (Piece("first\n", "first\n"), Piece("red\n", "green\n"), Piece("last\n", "last\n"))
    assert merge_texts("blue", "red", "green") is None
    assert compose(pieces, ["theirs"]) == "first\nred\nlast"
    assert compose(pieces, ["mine"]) == "first\ngreen\nlast"
    assert compose(pieces, ["both"]) == "first\nred\ngreen\nlast"


def test_what_one_rewrote_and_the_other_took_away_is_left_to_a_person():
    assert merge_texts("a\nb\nc", "a\nc", "a\nb, but better\nc") is None


def test_without_a_base_all_that_differs_is_open():
    pieces = merge_pieces(None, "a\nx\nb", "a\ny\nb\nz")
    assert [piece.is_agreed for piece in pieces] == [True, False, True, False]
    assert compose(pieces, ["both", "both"]) == "a\nx\ny\nb\nz"


@given(base=TEXTS, theirs=TEXTS, mine=TEXTS)
def test_each_side_can_be_had_whole_and_agreement_is_symmetric(base, theirs, mine):
    pieces = merge_pieces(base, theirs, mine)
    merged = merge_texts(base, theirs, mine)
    if theirs == base:
        assert merged == mine
    if mine == base:
        assert merged == theirs
    if theirs == mine:
        assert merged == mine
    for choice in ("theirs", "mine", "both"):
        assert isinstance(compose(pieces, [choice] * len(pieces)), str)


@given(base=TEXTS, ours=st.lists(st.integers(0, 9), max_size=4), yours=st.lists(st.integers(0, 9), max_size=4))
def test_no_added_word_is_lost_when_both_only_add(base, ours, yours):
    theirs, mine = _add_words(base, ours, "T"), _add_words(base, yours, "M")
    pieces = merge_pieces(base, theirs, mine)
    text = compose(pieces, ["both"] * len(pieces))
    for at, _line in enumerate(ours):
        assert f"T{at}T" in text
    for at, _line in enumerate(yours):
        assert f"M{at}M" in text


def _add_words(base: str, places: list[int], mark: str) -> str:
    lines = base.split("\n")
    for at, place in enumerate(places):
        lines.insert(min(place, len(lines)), f"{mark}{at}{mark}")
    return "\n".join(lines)
