"""Passages cover a text, stay within their bound, and are cut where Markdown cuts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.passages import AIM, CONTEXT, MOST, OVERLAP, Passage, TokenScale, split_passages

LINES = st.sampled_from(
    [
        "", "  ", "\t", "# Bread", "## Rye #", "### ", "#tag", "Title\n===", "Other\n---", "```", "~~~ python",
        "- item", "  - nested", "\t* deep", "1. first", "> said", "| a | b |\n|---|---|", "    code", "# no heading",
        "[[Link|shown]]", "A sentence. Another one! A third? ", "The dough rests overnight in a cool place. " * 12,
        "漢字かな交じり文。" * 40, "한국어문장" * 30, "é" * 50, "🕯️" * 30, "\u2028", "\0", "  " * 300, "...!!!" * 60,
        "x" * 900, "https://example.org/a/b?c=" + "d3F9" * 60,
    ]
)  # fmt: skip
BODIES = st.one_of(
    st.text(max_size=400),
    st.builds(
        lambda lines, ends: "".join(line + end for line, end in zip(lines, ends, strict=False)),
        st.lists(LINES | st.text(max_size=30), max_size=25),
        st.lists(st.sampled_from(["\n", "\n\n", "\r\n", "\r", "\n \n", " "]), min_size=25, max_size=25),
    ),
)
TITLES = st.sampled_from(["", "  ", "Bread", "A title " * 40, "題" * 300]) | st.text(max_size=20)


def weigh(text: str) -> int:
    return TokenScale(text).weigh(0, len(text))


def cut(body: str, title: str = "Bread") -> list[str]:
    return [body[passage.start : passage.end] for passage in split_passages(title, body)]


@given(title=TITLES, body=BODIES)
def test_every_character_that_can_be_seen_is_in_a_passage(title: str, body: str):
    covered = 0
    for passage in split_passages(title, body):
        assert not body[covered : max(covered, passage.start)].strip()
        assert passage.end >= covered
        covered = passage.end
    assert not body[covered:].strip()


@given(title=TITLES, body=BODIES)
def test_no_passage_is_longer_than_the_bound(title: str, body: str):
    for passage in split_passages(title, body):
        assert weigh(passage.text) <= CONTEXT + OVERLAP + MOST + 4  # runs that a cut parts count twice
        assert len(passage.heading) <= 200


@given(title=TITLES, body=BODIES)
def test_offsets_point_at_the_piece_that_the_text_ends_with(title: str, body: str):
    passages = split_passages(title, body)
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    for passage in passages:
        piece = body[passage.start : passage.end]
        assert 0 <= passage.start <= passage.end <= len(body)
        assert passage.text.endswith(piece)
        assert piece == piece.strip()
        assert piece or not body.strip()


@given(title=TITLES, body=BODIES)
def test_passages_advance_and_repeat_no_more_than_a_little(title: str, body: str):
    passages = split_passages(title, body)
    for before, after in pairwise(passages):
        assert before.start < after.start
        assert before.end < after.end
        assert weigh(body[after.start : before.end]) <= OVERLAP + 2


@given(title=TITLES, body=BODIES)
def test_the_same_text_is_cut_the_same(title: str, body: str):
    assert split_passages(title, body) == split_passages(title, body)


def test_a_note_without_a_body_is_found_by_its_title():
    assert split_passages(" Bread ", " \n\n") == [Passage(0, "", 0, 0, "Bread")]


def test_a_note_without_anything_has_no_passage():
    assert split_passages(" ", "\n \t\n") == []


def test_a_short_note_is_one_passage_with_its_title_for_context():
    body = "# Bread\n\nFlour and water.\n\n## Rye\n\n- dark\n- dense\n"
    assert split_passages("Baking", body) == [
        Passage(0, "Bread", 0, len(body) - 1, f"Baking — Bread\n{body.strip()}"),
    ]


PARAGRAPH = "The dough rests overnight in a cool place until it has doubled. " * 12


def test_a_long_note_is_cut_at_its_headings_and_each_piece_knows_where_it_stands():
    body = f"# Bread\n\n{PARAGRAPH}\n\n## Rye\n\n{PARAGRAPH}\n\n### Dark\n\n{PARAGRAPH}\n\n## Wheat\n\n{PARAGRAPH}\n"
    passages = split_passages("Baking", body)
    assert [passage.heading for passage in passages] == ["Bread", "Bread › Rye", "Bread › Rye › Dark", "Bread › Wheat"]
    assert passages[2].text.startswith("Baking — Bread › Rye › Dark\n### Dark\n")


def test_underlined_headings_are_headings():
    body = f"Bread\n=====\n\n{PARAGRAPH}\n\nRye #1\n---\n\n{PARAGRAPH}\n"
    assert [passage.heading for passage in split_passages("", body)] == ["Bread", "Bread › Rye #1"]


@pytest.mark.parametrize(
    "line", ["#tag", "```\n# comment\n```", "~~~\n```\n# comment\n~~~", "- item\n---", "two\nlines\n---", "####### 7"]
)
def test_what_only_looks_like_a_heading_is_none(line: str):
    assert {passage.heading for passage in split_passages("", f"{PARAGRAPH}\n\n{line}\n\n{PARAGRAPH}")} == {""}


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("# Bread ##", "Bread"),
        ("## C#", "C#"),
        ("#\tRye", "Rye"),
        ("   ### #", ""),
        ("# #1", "#1"),
        ("# a # b", "a # b"),
    ],
)
def test_a_heading_s_text_is_read_as_markdown_reads_it(line: str, heading: str):
    assert split_passages("", f"{line}\n\ntext")[0].heading == heading


def test_paragraphs_are_kept_whole_where_they_fit():
    paragraphs = [f"Paragraph {number}. " + "The dough rests. " * 20 for number in range(12)]
    pieces = cut("\n\n".join(paragraphs))
    assert len(pieces) > 3
    for paragraph in paragraphs:
        assert any(paragraph.strip() in piece for piece in pieces)


def test_lists_are_cut_before_an_item_at_the_margin():
    body = "\n".join(f"- item {number} of the list\n\t- with something below it\n\t- and more" for number in range(60))
    pieces = cut(body)
    assert len(pieces) > 3
    for piece, following in pairwise(pieces):
        assert piece.endswith("\t- and more")
        assert following.startswith("- item ")


def test_neighbours_overlap_by_whole_sentences():
    body = " ".join(f"Sentence number {number} is about bread." for number in range(120))
    pieces = cut(body)
    assert len(pieces) > 3
    for piece, following in pairwise(pieces):
        assert piece.endswith("bread.")
        assert following.startswith("Sentence number ")
        assert following.split(".")[0] in piece


@pytest.mark.parametrize("body", ["漢" * 5000, "한" * 5000, "x" * 20_000, "0" * 20_000, "." * 5000])
def test_a_line_without_any_place_to_cut_is_cut_all_the_same(body: str):
    passages = split_passages("", body)
    assert len(passages) > 5
    assert all(weigh(passage.text) <= MOST + OVERLAP for passage in passages)
    assert all(after.start < before.end for before, after in pairwise(passages))


def test_the_aim_makes_passages_of_about_two_hundred_tokens():
    body = "\n\n".join("The dough rests overnight in a cool place. " * 3 for _ in range(200))
    weights = [weigh(piece) for piece in cut(body)]
    assert all(AIM // 2 <= weight <= MOST + OVERLAP for weight in weights[:-1])
