import re
from pathlib import Path

import pytest

from app.web.markdown import NESTING_LIMIT, Targets, commonmark_parser, render_markdown
from app.web.markdown_targets import PictureHref

TARGETS = Targets(
    notes={"ada": "/notes/1", "hypha#coop": "/notes/2", "foo bar": "/notes/3"},
    people={"ann": "/people/1"},
    topics={"tea": "/topics/tea"},
    files={"i.png": "/files/aa/i.png", "d/a.pdf": "/files/bb/a.pdf"},
)
NEW = "/notes/new?title="


def shown(markdown: str, *, full: bool = True) -> str:
    return str(render_markdown(markdown, TARGETS, full=full)).strip()


def line(markdown: str) -> str:
    return shown(markdown).removeprefix("<p>").removesuffix("</p>")


def examples(shared_data: Path) -> list[tuple[str, str]]:
    specification = (shared_data / "commonmark_spec.txt").read_text(encoding="utf-8").replace("→", "\t")
    found = re.findall(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$", specification, re.DOTALL | re.MULTILINE)
    return list(found)


def test_every_commonmark_example_comes_out_to_the_letter(shared_data: Path) -> None:
    parser = commonmark_parser()
    wrong = [markdown for markdown, html in examples(shared_data) if parser.render(markdown) != html]
    assert len(examples(shared_data)) == 655
    assert wrong == []


# #hashtag, ./target.md, [[foo]] thrice, https://… twice: what is read in them is the addition.
ADDED_TO = {64, 486, 550, 561, 592, 604, 613}


def test_the_additions_change_no_example_that_does_not_use_them(shared_data: Path) -> None:
    changed = set()
    for number, (markdown, html) in enumerate(examples(shared_data), start=1):
        if "<" in markdown.replace("<http", "") or "<img" in html or 'id="' in html:
            continue  # raw HTML and remote images pass the sanitiser, not the parser alone
        if normalised(shown(markdown, full=False)) != normalised(html):
            changed.add(number)
    assert changed == ADDED_TO | SANITISED


# What looks like an unknown scheme, `foo):`, loses its href; #fragment gets its prefix.
SANITISED = {502, 503}


def normalised(html: str) -> str:
    html = re.sub(r' (?:rel|class|tabindex|loading)="[^"]*"', "", html).replace(" />", ">")
    return html.replace("&quot;", '"').replace("&nbsp;", "\u00a0").replace("\n", "").strip()


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("[[Ada]]", '<a class="wiki" href="/notes/1">Ada</a>'),
        ("[[ÁDA|she]]", '<a class="wiki" href="/notes/1">she</a>'),
        ("[[Ada#Early Life]]", '<a class="wiki" href="/notes/1#user-content-early-life">Ada#Early Life</a>'),
        ("[[hypha#coop]]", '<a class="wiki" href="/notes/2">hypha#coop</a>'),
        ("[[A/B & C]]", f'<a class="missing" href="{NEW}A%2FB%20%26%20C">A/B &amp; C</a>'),
        ("[x](../Foo%20Bar.md)", '<a href="/notes/3" class="wiki">x</a>'),
        ("[x](file:///home/a/Foo bar.md)", '<a class="wiki" href="/notes/3">x</a>'),
        ("[x](Nothing.md)", f'<a href="{NEW}Nothing" class="missing">x</a>'),
        ("[x](file:///etc/passwd)", '<a rel="noopener noreferrer nofollow">x</a>'),
        ("`[[Ada]]`", "<code>[[Ada]]</code>"),
        (r"\[[Ada]]", "[[Ada]]"),
    ],
)
def test_links_lead_to_notes_or_offer_to_create_them(markdown: str, html: str) -> None:
    assert line(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("#Tea.", '<a class="topic" href="/topics/tea">#Tea</a>.'),
        ("#new/one", '<a class="topic" href="/notes?topic=new-one">#new/one</a>'),
        ("@Ann!", '<a class="person" href="/people/1">@Ann</a>!'),
        ('@"Bo Li"', '<a class="missing" href="/people/new?name=Bo%20Li">@Bo Li</a>'),
        ("@[[Bo Li]]", '<a class="missing" href="/people/new?name=Bo%20Li">@Bo Li</a>'),
        ("#1 a@b.org `#x @y`", "#1 a@b.org <code>#x @y</code>"),
        ("[#tea @Ann](/x)", '<a href="/x">#tea @Ann</a>'),
    ],
)
def test_topics_and_people_are_links(markdown: str, html: str) -> None:
    assert line(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("![[i.png|300]]", '<img src="/files/aa/i.png" alt="i.png" width="300" loading="lazy">'),
        ("![A cat](some/where/i.png)", '<img src="/files/aa/i.png" alt="A cat" loading="lazy">'),
        ("<img src='i.png' onerror='x' alt='A'>", '<img src="/files/aa/i.png" alt="A" loading="lazy">'),
        ("![[d/a.pdf]]", '<a class="file" href="/files/bb/a.pdf">d/a.pdf</a>'),
        ("[the paper](d/a.pdf)", '<a href="/files/bb/a.pdf" class="file">the paper</a>'),
        ("![[gone.png]]", '<span class="missing-file">gone.png</span>'),
        ("![x](data:image/png;base64,AAAA)", '<span class="missing-file">x</span>'),
    ],
)
def test_attachments_are_shown(markdown: str, html: str) -> None:
    assert line(markdown) == html


@pytest.mark.parametrize("markdown", ["![A](https://x.org/a.png)", "<img alt=A src=//x.org/a.png>"])
def test_a_remote_image_is_offered_and_not_loaded(markdown: str) -> None:
    html = shown(markdown)
    assert "<img" not in html
    assert 'class="remote-image"' in html and 'rel="noopener noreferrer nofollow"' in html and ">A</a>" in html


def test_bare_addresses_are_links_without_the_full_stop_after_them() -> None:
    html = line("(see https://x.org/a_(b)_c?d=1#e), [[Ada]].")
    assert '<a href="https://x.org/a_(b)_c?d=1#e" rel="noopener noreferrer nofollow">' in html
    assert ">https://x.org/a_(b)_c?d=1#e</a>), <a " in html


def test_only_outside_links_carry_rel() -> None:
    assert 'rel="' not in shown("[a](/notes) [b](#c) [[Ada]]")
    for address in ("https://x.org", "//x.org", "mailto:a@b.org"):
        assert 'rel="noopener noreferrer nofollow"' in shown(f"[a]({address})")


def test_a_task_may_begin_with_a_mention_or_a_link() -> None:
    html = shown("- [ ] @Kofi: the ladder\n- [x] [[House]]\n- [ ] **now**\n- [ ]")
    assert html.count('type="checkbox"') == 3


def test_tasks_are_dead_checkboxes_named_by_their_words() -> None:
    html = shown("- [ ] do *it*\n- [x] done\n- [y] no task\n\n1. [X] third")
    assert '<label><input type="checkbox" disabled=""> do <em>it</em></label>' in html
    assert '<label><input type="checkbox" disabled="" checked=""> done</label>' in html
    assert html.count("<input") == 3
    assert html.count('class="contains-task-list"') == 2


def test_raw_inputs_become_dead_checkboxes() -> None:
    html = shown("<input type=password name=p value=v autofocus>")
    assert sorted(html.strip("<>").split()) == ['disabled=""', "input", 'type="checkbox"']


def test_tables_keep_their_alignment_without_a_style_attribute() -> None:
    html = shown("| a | b |\n|---|--:|\n| [[Ada\\|x]] | 2 |")
    assert '<div class="table-scroll" tabindex="0"><table>' in html
    assert '<td class="align-right">2</td>' in html
    assert '<a class="wiki" href="/notes/1">x</a>' in html


def test_headings_have_distinct_prefixed_ids_that_links_reach() -> None:
    html = shown("# Été *one*\n# Été one\n[up](#été-one) [[#Été one]]")
    assert '<h1 id="user-content-été-one">' in html and '<h1 id="user-content-été-one-2">' in html
    assert 'class="wiki" href="#user-content-été-one"' in html


def test_footnotes_lead_there_and_back() -> None:
    html = shown("a[^n]\n\n[^n]: the note")
    assert 'href="#user-content-fn1" id="user-content-fnref1"' in html
    assert '<li id="user-content-fn1" class="footnote-item">' in html
    assert 'href="#user-content-fnref1" class="footnote-backref"' in html


def test_code_is_coloured_by_classes_up_to_a_limit() -> None:
    assert '<span class="k">def</span>' in shown("```python\ndef f(): pass\n```")
    assert "<span" not in shown("```python\n" + "x = 1\n" * 5000 + "```")
    assert "<span" not in shown("```nolanguage\ndef f(): pass\n```")
    assert "<span" not in shown("```python\ndef f(): pass\n```", full=False)


def test_a_brief_rendering_has_no_ids() -> None:
    assert "id=" not in shown("# a\n\nb[^1]\n\n[^1]: c", full=False)


@pytest.mark.parametrize(
    "markdown",
    [
        "> " * (NESTING_LIMIT + 5) + "deep",
        "<div>\n" * 5000,
        "*a " * 5000 + " a*" * 5000,
        "[" * 5000 + "]" * 5000,
    ],
)
def test_what_nests_too_deep_is_shown_as_written(markdown: str) -> None:
    html = shown(markdown)
    assert html.startswith('<pre tabindex="0">') and html.count("<") == 2


def test_a_deep_outline_is_still_a_list() -> None:
    assert shown("".join("  " * depth + f"- {depth}\n" for depth in range(60))).count("<ul>") == 60


@pytest.mark.parametrize("text", ["", " ", "\0", "\ud800 lone", "\ufffe", "\r\n\r", "\u202e"])
def test_odd_characters_do_not_break_the_page(text: str) -> None:
    shown(text).encode()
    shown(f"[[{text}]] #{text} @{text}").encode()


def test_a_picture_of_known_size_is_shown_small_keeps_its_room_and_leads_to_the_whole():
    targets = Targets(files={"cat.png": PictureHref("/files/1/cat.png", 1920, 1080)})
    whole = render_markdown("![[cat.png]]", targets)
    assert '<a class="picture" href="/files/1/cat.png" title="cat.png">' in whole.replace("  ", " ")
    for part in ('src="/files/1/cat.png?width=960"', 'width="960"', 'height="540"', 'loading="lazy"'):
        assert part in whole
    narrow = render_markdown("![[cat.png|300]] ![[cat.png|30x40]]", targets)
    assert 'width="300"' in narrow
    assert 'height="169"' in narrow
    assert 'width="30"' in narrow
    assert 'height="40"' in narrow


@pytest.mark.parametrize(
    "text", ["[![a cat](cat.png)](https://example.org)", '<a href="/x"><img src="cat.png" alt="a cat"></a>']
)
def test_a_picture_within_a_link_leads_where_the_link_leads(text):
    html = render_markdown(text, Targets(files={"cat.png": PictureHref("/files/1/cat.png", 19, 10)}))
    assert html.count("<a ") == 1
    assert 'src="/files/1/cat.png?width=960"' in html


def test_the_width_of_a_raw_image_may_be_nonsense():
    targets = Targets(files={"cat.png": PictureHref("/files/1/cat.png", 19, 10)})
    for width in ("9" * 5000, "0", "٣", "-1", "1e9"):
        assert "<img " in render_markdown(f'<img src="cat.png" width="{width}">', targets)
