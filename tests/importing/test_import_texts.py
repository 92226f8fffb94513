"""Encodings, front matter and properties: from bytes to what a note says about itself."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.core.properties import read_properties
from app.importing.dating import Calendar
from app.importing.decoding import decode
from app.importing.front_matter import split_front_matter
from app.importing.reading import ImportedNote, read_note
from app.importing.sources import SourceFile, UnreadableError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def file(path: str, content: bytes = b"", modified: datetime | None = None) -> SourceFile:
    return SourceFile(path, len(content), modified, lambda: content)


def note(path: str, text: str, *, shared_stem: bool = False) -> ImportedNote:
    source = file(path, text.encode())
    return read_note(source, Calendar([source], UTC, NOW), shared_stem=shared_stem)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Größe und Übergang", "cp1252"),
        ("“naïve” café — 5 €", "cp1252"),
        ("Größe", "utf-16"),
        ("Это заметка о том, как мы жили летом в деревне. " * 4, "cp1251"),
        ("これは日本語のメモです。今日は天気がいい。", "shift_jis"),
        ("这是一个中文笔记，今天天气很好。", "gb18030"),
        ("Příliš žluťoučký kůň úpěl ďábelské ódy. " * 3, "cp1250"),
        ("plain words", "utf-16-le"),
    ],
)
def test_a_text_in_another_encoding_is_read_and_the_encoding_told(text: str, encoding: str):
    read, notices = decode(text.encode(encoding))
    assert read == text
    assert len(notices) == 1 and notices[0].startswith("decoded from ")


def test_utf_8_is_read_without_a_remark_and_its_mark_is_dropped():
    assert decode("größe".encode("utf-8-sig")) == ("größe", [])
    assert decode("größe 😀".encode()) == ("größe 😀", [])


def test_nul_characters_are_replaced_and_told():
    text, notices = decode(b"a\0b")
    assert text == "a\ufffdb"
    assert "NUL" in notices[0]


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0" * 20, bytes(range(128, 256)) * 9])
def test_what_is_no_text_is_unreadable(content: bytes):
    with pytest.raises(UnreadableError):
        decode(content)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(properties=st.dictionaries(st.text(min_size=1, max_size=12), VALUES, max_size=6), body=st.text())
def test_properties_and_body_come_out_of_a_file_as_they_went_in(properties: dict[str, object], body: str):
    raw = f"---\n{json.dumps(properties)}\n---\n"  # JSON is YAML, whatever the strings hold
    front = split_front_matter(raw + body)
    assert (front.raw, front.body) == (raw, body)
    assert front.problem is None
    assert front.properties == json.loads(json.dumps(properties).replace("\\u0000", "\\ufffd"))


@given(st.text())
def test_whatever_the_text_its_parts_make_it_whole_again(text: str):
    for candidate in (text, f"---\n{text}", f"---\n{text}\n---\n{text}"):
        front = split_front_matter(candidate)
        assert front.raw + front.body == candidate
        json.dumps(front.properties).encode()


@pytest.mark.parametrize(
    ("block", "value"),
    [
        ("no", "no"),
        ("2021-03-08", "2021-03-08"),
        ("007", "007"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("true", True),
        ("3", 3),
        ("1.5", 1.5),
        ("0x1F", "0x1F"),
        ("~", None),
        ("9" * 5000, "9" * 5000),
        ('"\\ud800"', "\ufffd"),
    ],
)
def test_values_stay_what_a_note_app_takes_them_for(block: str, value: object):
    assert split_front_matter(f"---\nkey: {block}\n---\n").properties == {"key": value}


@pytest.mark.parametrize(
    "block",
    [
        "a: &a [x]\nb: *a",
        "key: [unclosed",
        "a: b: c",
        "!!python/object/apply:os.system ['true']",
        "\tx: y",
        "? [a]\n: b",
        "x: " + "[" * 5000,
        "x: " + "y" * 70_000,
    ],
)
def test_broken_or_hostile_front_matter_is_kept_as_text_and_told(block: str):
    text = f"---\n{block}\n---\nbody\n"
    front = split_front_matter(text)
    assert front.body == text
    assert front.properties == {}
    assert front.problem and front.problem.endswith("kept as text")


def test_a_bomb_of_aliases_is_not_expanded():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [*{chr(97 + i)}, *{chr(97 + i)}]\n" for i in range(24)
    )
    assert yaml.safe_load("a: &a 1\nb: *a") == {"a": 1, "b": 1}  # aliases do work in the parser itself
    assert "aliases" in (split_front_matter(f"---\n{bomb}---\n").problem or "")


@pytest.mark.parametrize("text", ["---\n\nProse between two rules.\n\n---\n", "--- \n", "---", "no front matter", ""])
def test_a_rule_is_no_front_matter(text: str):
    front = split_front_matter(text)
    assert (front.body, front.problem) == (text, None)


@pytest.mark.parametrize(
    ("front", "tags"),
    [
        ({"tags": ["a", "#b", "c d"]}, ("a", "b", "c d")),
        ({"tags": "a, b"}, ("a", "b")),
        ({"tags": "a b"}, ("a", "b")),
        ({"Tag": "#a/b"}, ("a/b",)),
        ({"topics": [2021, None, "x"]}, ("2021", "x")),
        ({"tags": None}, ()),
        ({"tags": []}, ()),
        ({"tags": ["a"], "topics": ["a", "b"]}, ("a", "b")),
    ],
)
def test_tags_are_read_in_every_form_that_people_write(front: dict[str, object], tags: tuple[str, ...]):
    assert read_properties(front, "").tags == tags


def test_logseq_properties_at_the_head_are_honoured_and_left_in_the_text():
    text = "title:: Big Idea\ntags:: [[one]], [[two words]], three\nalias:: BI, Idea\n\n- tags:: no\n"
    read = note("pages/x.md", text)
    assert read.title == "Big Idea"
    assert set(read_properties({}, read.content).tags) == {"one", "two words", "three"}
    assert set(read.aliases) == {"BI", "Idea", "x"}
    assert read.content == text


def test_the_file_name_stays_a_name_when_the_title_is_another():
    read = note("dir/notes on x.md", "---\ntitle: On X\naliases: [The X, on x]\n---\nbody\n")
    assert read.title == "On X"
    assert set(read.aliases) == {"notes on x", "The X"}
    assert read.content == "body\n"
    assert read.custom_fields["aliases"] == ["The X", "on x"]


def test_a_name_that_several_files_share_is_told_apart_by_its_folder():
    assert note("a/b/index.md", "", shared_stem=True).aliases == ("a/b/index",)
    assert note("index.md", "", shared_stem=True).aliases == ()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("pages/a%2Fb.md", "a/b"),
        ("pages/a___b.md", "a/b"),
        ("journals/2021_03_08.md", "2021-03-08"),
        ("a___b.md", "a___b"),
        ("100%25.md", "100%25"),
        (".md", ".md"),
        ("x.md.md", "x.md"),
        ("....md", "..."),
    ],
)
def test_a_note_is_called_like_its_file(path: str, title: str):
    assert note(path, "").title == title


def test_a_logseq_day_answers_to_logseqs_own_links():
    read = note("journals/2021_03_22.md", "")
    assert set(read.aliases) == {"2021_03_22", "Mar 22nd, 2021"}
    assert read.dates.day == date(2021, 3, 22)


def test_line_ends_are_plain_and_the_field_says_what_they_were():
    read = note("x.md", "---\r\ntitle: T\r\n---\r\none\r\ntwo\r\n")
    assert (read.title, read.content) == ("T", "one\ntwo\n")
    assert read.custom_fields["_line_ends"] == "crlf"
