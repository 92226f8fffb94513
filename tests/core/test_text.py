import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.text import fold, preview, search_words, sentence_around, slug


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "cafe"),
        ("İSTANBUL", "istanbul"),
        ("ısı", "ISI"),
        ("Straße", "STRASSE"),
        ("Ærø", "aero"),
        ("ﬃ", "FFI"),
        ("Ｆｕｌｌ", "full"),
        ("Ёлка", "елка"),
        ("  two\n\twords ", "Two words"),
        ("soft\u00adhyphen", "softhyphen"),
        ("e\u0301", "é"),
    ],
)
def test_spellings_of_one_name_fold_to_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("दिल", "दल"), ("が", "か"), ("한국", "한귝"), ("C#", "C"), ("a-b", "a b")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing_and_never_loses_a_name(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert bool(fold(text)) == bool(text.strip())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World!", "hello-world"),
        ("दृष्टि का", "दृष्टि-का"),
        ("今日は 旅行", "今日は-旅行"),
        ("a/b c", "a-b-c"),
        ("🍮", "🍮"),
        ("???", "3f-3f-3f"),
        ("  ", ""),
    ],
)
def test_a_slug_keeps_every_script(text: str, expected: str) -> None:
    assert slug(text) == expected


@given(st.text(min_size=1))
def test_a_slug_is_one_segment_of_a_path(text: str) -> None:
    assert not set(slug(text)) & set("/?#%&\\ \n\t")
    assert bool(slug(text)) == bool(text.strip())


def around(text: str, mark: str, limit: int = 240) -> str:
    start = text.index(mark)
    return sentence_around(text, start, start + len(mark), limit)


def test_the_evidence_is_the_sentence_and_not_its_neighbours() -> None:
    text = "First one. Then [[Ada]] wrote it! And a third.\nAnother line."
    assert around(text, "[[Ada]]") == "Then [[Ada]] wrote it!"


def test_the_evidence_of_a_list_item_has_no_list_mark() -> None:
    assert around("# Day\n\n  - [ ] ask [[Ada]]\n  - rest", "[[Ada]]") == "ask [[Ada]]"


def test_long_evidence_is_cut_on_both_sides_of_the_mark() -> None:
    evidence = around("word " * 500 + "[[Ada]]" + " word" * 500, "[[Ada]]", limit=80)
    assert len(evidence) <= 80
    assert evidence.startswith("…") and evidence.endswith("…") and "[[Ada]]" in evidence


@given(st.text(alphabet="ab. \n[]-", max_size=80), st.data())
def test_the_evidence_always_holds_the_mark(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    mark = text[start:end].strip()
    assert mark in sentence_around(text, start, end)


def test_a_preview_shows_words_and_no_marks() -> None:
    markdown = (
        "# Title #\n\n<!-- hidden -->\n- [x] **bold** _it_ and `code`\n> quote [link](http://x.y/a_(b)) "
        "[[Ada]] [[Ada|her]]\n\n| a | b |\n|---|---|\n| snake_case | 2 |\n\n```py\nrun()\n```\n"
        "<b>raw</b> ~~gone~~"
    )
    assert preview(markdown) == ("Title bold it and code quote link Ada her a b snake_case 2 run() raw gone")


@given(st.text(), st.integers(20, 200))
def test_a_preview_is_one_line_within_its_limit(text: str, limit: int) -> None:
    shown = preview(text, limit)
    assert len(shown) <= limit
    assert "\n" not in shown


def test_a_preview_of_a_long_note_ends_at_a_word() -> None:
    assert preview("alpha beta " * 100, 40) == "alpha beta alpha beta alpha beta alpha…"


def test_the_index_sees_targets_code_and_comments() -> None:
    words = search_words("[[Ada Lovelace|she]] <!-- aside --> `x_1` see https://example.org/page **now**")
    for word in ("Ada Lovelace", "she", "aside", "x_1", "https://example.org/page", "now"):
        assert word in words
    assert "*" not in words and "`" not in words and "[" not in words
