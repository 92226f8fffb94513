import re
import zipfile
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.references import WrittenLink, parse_references
from app.core.text import fold


def link(markdown: str) -> WrittenLink:
    (found,) = parse_references(markdown).links
    return found


def topics(markdown: str) -> list[str]:
    return [topic.name for topic in parse_references(markdown).topics]


def people(markdown: str) -> list[str]:
    return [person.name for person in parse_references(markdown).people]


@pytest.mark.parametrize(
    ("written", "name", "anchor", "shown"),
    [
        ("[[ Ada ]]", "Ada", "", "Ada"),
        ("[[Ada|her]]", "Ada", "", "her"),
        ("[[Ada#Early life]]", "Ada", "Early life", "Ada#Early life"),
        ("[[Ada#^ab12cd|there]]", "Ada", "^ab12cd", "there"),
        ("[[Ada^ab12cd]]", "Ada", "^ab12cd", "Ada^ab12cd"),
        ("[[Ada\\|her]]", "Ada", "", "her"),
        ("[[C#]]", "C#", "", "C#"),
        ("[[C# notes]]", "C# notes", "", "C# notes"),
        ("[[2^10]]", "2^10", "", "2^10"),
    ],
)
def test_a_wiki_link_is_name_anchor_and_shown_text(written: str, name: str, anchor: str, shown: str) -> None:
    found = link(f"see {written} there")
    assert (found.name, found.anchor, found.shown, found.form) == (name, anchor, shown, "wiki")
    assert (found.start, found.end) == (4, 4 + len(written))
    assert found.sentence == f"see {written} there"


def test_a_title_that_holds_a_sign_of_the_syntax_is_looked_up_first() -> None:
    assert link("[[hypha#coop]]").names == ("hypha#coop", "hypha")
    assert link("[[pipe alias|pipe aliases]]").names == ("pipe alias|pipe aliases", "pipe alias")


def test_an_embed_is_a_link_that_says_so() -> None:
    assert link("![[image.png]]").embed
    assert not link("[[image.png]]").embed


def test_the_innermost_brackets_are_the_link() -> None:
    assert [found.name for found in parse_references("[[nested [[links]]]] [[[x]]]").links] == ["links", "x"]


@pytest.mark.parametrize("markdown", ["[[a\nb]]", "[[]]", "[[ ]]", "[[#only a heading]]", r"\[[escaped]]", "[x]"])
def test_what_looks_like_a_link_but_is_none(markdown: str) -> None:
    assert parse_references(markdown).links == ()


@pytest.mark.parametrize(
    ("destination", "name", "anchor"),
    [
        ("../dir/Foo%20bar.md", "../dir/Foo bar.md", ""),
        ("Foo.md#Part%20one", "Foo.md", "Part one"),
        ("<Foo bar.md>", "Foo bar.md", ""),
        ('Foo.md "A title"', "Foo.md", ""),
        ("Foo (old).md", "Foo (old).md", ""),
        ("file:///home/a/garden/Foo bar.md", "/home/a/garden/Foo bar.md", ""),
    ],
)
def test_a_link_to_a_markdown_file_is_a_link_by_path(destination: str, name: str, anchor: str) -> None:
    found = link(f"[x]({destination})")
    assert (found.form, found.name, found.anchor, found.shown) == ("path", name, anchor, "x")
    assert found.names == (name, PurePosixPath(name).stem)


@pytest.mark.parametrize("destination", ["https://x.org/a.md", "//x.org/a.md", "a.pdf", "#part", "mailto:a@b.md"])
def test_other_destinations_are_no_notes(destination: str) -> None:
    assert parse_references(f"[x]({destination})").links == ()


def test_topics_may_be_nested_and_of_any_script() -> None:
    assert topics("#a/b, (#été) *#दृष्टि*. #today's #_x #2025-plan #今日") == [
        "a/b", "été", "दृष्टि", "today", "_x", "2025-plan", "今日",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "markdown",
    ["# Heading", "## two", "#1", "#2024-10", "a#b", "https://x.org/#frag", "&#35;x", r"\#x", "[x](y#z)",
     "[#in a label](x)", "<b title='#x'>", "[[Note#part]]", "[[Note #part]]", "##x", "{#id}", "C#"],
)  # fmt: skip
def test_what_looks_like_a_topic_but_is_none(markdown: str) -> None:
    assert topics(markdown) == []


def test_people_by_word_and_by_full_name() -> None:
    markdown = '@Ann, (@bob.b) and @[[Cy Dee]], @"Éva Ö": @o-k.'
    assert people(markdown) == ["Ann", "bob.b", "Cy Dee", "Éva Ö", "o-k"]
    assert parse_references(markdown).links == ()


@pytest.mark.parametrize(
    "markdown",
    ["a@b.org", "@ann@social.example", "@types/node", "@ann:matrix.org", "<ann@b.org>", "https://x.org/@ann",
     "[x](https://x.org/@ann)", "[[note @ann]]", "@ ann", "@12", r"\@ann"],
)  # fmt: skip
def test_what_looks_like_a_person_but_is_none(markdown: str) -> None:
    assert people(markdown) == []


@pytest.mark.parametrize(
    "markdown",
    ["`#x @ann`", "``a ` #x @ann``", "```\n#x @ann\n```", "~~~py\n@ann #x\n~~~", "- ```\n  #x @ann\n  ```",
     "text\n\n    #x @ann\n", "<!-- #x @ann [[hidden]] -->", "```\n#x @ann never closed"],
)  # fmt: skip
def test_code_and_comments_hold_no_topics_people_or_hidden_links(markdown: str) -> None:
    found = parse_references(markdown)
    assert (found.topics, found.people, found.links) == ((), (), ())


def test_after_code_references_count_again() -> None:
    assert topics("`#a` #b\n\n```\n#c\n```\n\n#d\n\n    #e\n\n#f ` #g\n\n` #h") == ["b", "d", "f", "g", "h"]


def test_an_indented_outline_is_no_code() -> None:
    assert topics("- a\n    - #b\n\n    #c\n") == ["b", "c"]


def test_wiki_links_in_code_are_still_links() -> None:
    assert [found.name for found in parse_references("`[[a]]`\n```\n[[b]]\n```\n[[c]]").links] == [
        "a",
        "b",
        "c",
    ]


@given(st.text(alphabet="ab1 #@[]()|^!`~<>-\\/.\n\t\"'", max_size=120))
def test_every_place_is_where_the_reference_stands(markdown: str) -> None:
    found = parse_references(markdown)
    for written in found.links:
        assert markdown[written.start : written.end].endswith(("]]", ")"))
        assert written.name
    for topic in found.topics:
        assert markdown[topic.start : topic.end] == f"#{topic.name}"
    for person in found.people:
        assert markdown[person.start] == "@" and person.name in markdown[person.start : person.end]


@pytest.fixture(scope="module")
def garden(shared_data: Path) -> dict[str, str]:
    with zipfile.ZipFile(shared_data / "garden.zip") as archive:
        return {
            name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist() if name.endswith(".md")
        }


def counted(garden: dict[str, str]) -> tuple[int, set[str], set[str]]:
    """Links, distinct targets, targets that name a file: without the product's parser.

    The rule behind the published figures: whatever stands between `[[` and the next `]]` with no `]` in it
    (line breaks, `|` and `#` included), lower-cased, blanks kept; a file is named by its lower-cased stem.
    """
    links = [inner.lower() for text in garden.values() for inner in re.findall(r"\[\[([^\]]+)\]\]", text)]
    stems = {PurePosixPath(name).stem.lower() for name in garden}
    return len(links), set(links), {target for target in set(links) if target in stems}


def test_the_independent_count_gives_the_published_figures(garden: dict[str, str]) -> None:
    links, targets, named = counted(garden)
    assert (len(garden), links, len(targets), len(named)) == (7772, 52_488, 17_778, 6_152)


def test_every_target_that_names_a_file_is_found_by_the_parser(garden: dict[str, str]) -> None:
    found = {fold(name) for text in garden.values() for it in parse_references(text).links for name in it.names}
    assert {target for target in counted(garden)[2] if fold(target) not in found} == set()


def test_the_files_linked_by_path_are_found(garden: dict[str, str]) -> None:
    written = re.compile(r"\]\((?!https?:)[^)\s]*\.md\)")
    count = sum(len(written.findall(text)) for text in garden.values())
    paths = [it for text in garden.values() for it in parse_references(text).links if it.form == "path"]
    assert count == 939
    assert len([it for it in paths if " " not in it.written]) >= count - 2  # two stand in code
