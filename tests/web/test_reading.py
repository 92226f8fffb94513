"""What makes a text good to read: callouts, formulas, anchors, embedded texts."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from app.web.markdown import Targets, render_markdown
from app.web.markdown_parts import find_part
from app.web.maths import ATTRIBUTES, DEEPEST, ELEMENTS, LONGEST, MATHS_LIMIT, math_html
from app.web.pieces import Pieces
from tests.web.test_hostile import Walker

TARGETS = Targets(notes={"ada": "/notes/1", "house": "/notes/2"})


def shown(markdown: str, **more) -> str:
    return str(render_markdown(markdown, TARGETS, **more)).strip()


def formula(latex: str, *, display: bool = False) -> str:
    return str(math_html(latex, display=display, budget=[MATHS_LIMIT]))


def test_a_callout_has_its_kind_its_title_and_a_body():
    html = shown("> [!Warning] Mind *this*\n> body")
    assert html == (
        '<blockquote class="callout callout-warning">\n<p class="callout-title">'
        '<span class="callout-kind">Warning</span> Mind <em>this</em></p>\n<p>body</p>\n</blockquote>'
    )


def test_a_callout_without_a_title_is_called_by_its_kind_as_it_was_written():
    assert '<blockquote class="callout callout-note">\n<p class="callout-title">Odd</p>\n<p>x</p>' in shown(
        "> [!odd]\n> x"
    )
    assert 'callout-title">Café</p>' in shown("> [!café]")
    assert shown("> [!1]\n> x").startswith("<blockquote>\n")


@pytest.mark.parametrize(
    ("written", "kind"),
    [("tldr", "abstract"), ("hint", "tip"), ("done", "success"), ("FAQ", "question"), ("attention", "warning"),
     ("missing", "failure"), ("error", "danger"), ("cite", "quote"), ("note|right", "note")],
)  # fmt: skip
def test_aliases_look_like_what_they_stand_for(written, kind):
    assert f'class="callout callout-{kind}"' in shown(f"> [!{written}]\n> x")


def test_a_folded_callout_opens_by_its_title():
    html = shown("> [!tip]- Title\n> body\n>\n> more")
    assert html.startswith('<details class="callout callout-tip">\n<summary class="callout-title"><span')
    assert html.endswith("<p>body</p>\n<p>more</p>\n</details>")
    assert '<details class="callout callout-tip" open="">' in shown("> [!tip]+\n> body")


def test_callouts_stand_within_one_another():
    html = shown("> [!note] a\n> > [!bug]- b\n> > c\n> > > [!tip] d\n> > > e\n>\n> f")
    assert re.findall(r"callout-(note|bug|tip)\b", html) == ["note", "bug", "tip"]
    assert html.count("<details") == html.count("</details>") == 1
    assert html.endswith("<p>f</p>\n</blockquote>")


def test_formulas_within_a_line_and_set_apart():
    assert (
        shown("so $a^2$.") == '<p>so <math display="inline"><mrow><msup><mi>a</mi><mn>2</mn></msup></mrow></math>.</p>'
    )
    assert shown("$$\na\n$$").startswith('<div class="maths" tabindex="0"><math display="block"><mrow><mi>a</mi>')
    assert '<math display="block">' in shown("so $$a$$ there")


@pytest.mark.parametrize(
    "markdown",
    ["$5 and $6", "it is 5$ and 6$", "$ a $", "\\$a$", "`$a$`", "a $ b", "US$100 and $b", "$$", "$", "cost: $20,$30"],
)
def test_money_is_no_formula(markdown):
    assert "<math" not in shown(markdown) and "latex" not in shown(markdown)


@pytest.mark.parametrize("latex", [r"\foo x", r"\frac{1}", "x_", "{", r"\newcommand{\a}{xx}\a", r"\ce{H2O}"])
def test_a_broken_formula_is_shown_as_it_was_written(latex):
    assert formula(latex) == Markup('<code class="latex">${}$</code>').format(latex)
    assert formula(latex, display=True) == Markup('<code class="latex">$${}$$</code>').format(latex)


@pytest.mark.parametrize(
    "latex",
    [r"\begin{aligned}a&=b\\c&=d\end{aligned}", r"\begin{gathered}a\\b\end{gathered}",
     r"\begin{pmatrix}1&2\end{pmatrix}", r"\int_0^\infty e^{-x^2}\,dx", r"\left(\sum_{n=1}^{N} x_n\right)",
     r"\sqrt[3]{x}", "α ≤ β", r"\text{if } x > 0"],
)  # fmt: skip
def test_what_people_write_is_read(latex):
    html = formula(latex)
    assert html.startswith("<math") and "latex" not in html and "&amp;" not in html


def test_formulas_are_bounded_in_length_in_depth_and_together():
    for latex in ("x" * (LONGEST + 1), "{" * (DEEPEST + 1) + "}" * (DEEPEST + 1), r"\sqrt" * (DEEPEST + 1) + "x"):
        assert formula(latex).startswith('<code class="latex">')
    html = shown(" ".join(f"$x_{{{number}}}$" for number in range(2000)))
    assert 0 < html.count("<math") < 2000
    assert html.count("<math") + html.count('class="latex"') == 2000


@pytest.mark.parametrize(
    "latex",
    [r"\sqrt" * 500, "x^" * 900, "a_b^c" * 399, r"\left(" * 300, r"\begin{matrix}" * 140, "{" * 2000, r"\hbox{" * 300,
     r"\frac" * 400, "&" * 1999, r"\text{" + "$x" * 900 + "}", r"\over" * 300],
)  # fmt: skip
def test_no_formula_holds_the_page_up(latex):
    began = time.perf_counter()
    formula(latex)
    assert time.perf_counter() - began < 10


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(
    [r"\frac", "{", "}", "_", "^", "&", r"\\", "x", "1", r"\left", "(", r"\right", ")", r"\begin{matrix}", r"\text",
     r"\end{matrix}", r"\sqrt", "[", "]", r"\hat", r"\limits", r"\href", r"\color", "<b>", '"', "'", r"\mathbb", " "]
), max_size=30))  # fmt: skip
def test_whatever_a_formula_holds_it_is_mathml_of_the_lists_or_its_source(parts):
    html = formula("".join(parts))
    if html.startswith("<code"):
        assert re.fullmatch(r'<code class="latex">[^<>]*</code>', html)
    else:
        assert Walker(html).faults == []
        assert set(re.findall(r"<([a-z]+)", html)) <= ELEMENTS
        assert {name for name, _value in re.findall(r'\s([a-z]+)="([^"]*)"', html)} <= set(ATTRIBUTES)


def test_a_piece_takes_its_place_in_text_alone():
    pieces = Pieces()
    word = pieces.put(Markup('<b title="x">y</b>'))
    clean = f'<p title="{word}" lang="a>b">{word} {word[:-2]}9{word[-1]}</p>'.replace(f"{word[:-2]}9{word[-1]}", "z")
    assert pieces.fill(clean) == f'<p title="{word}" lang="a>b"><b title="x">y</b> z</p>'
    assert Pieces().fill(word) == word


def test_headings_have_ids_of_their_own_whatever_they_are_called():
    html = shown("# a\n# a\n# a-2\n# 北京 früh\n# $x$\n# ☃")
    ids = re.findall(r'<h1 id="user-content-([^"]*)"', html)
    assert len(set(ids)) == 6 and ids[:2] == ["a", "a-2"] and ids[3] == "北京-früh"


def test_a_link_within_the_text_is_called_by_its_heading():
    assert shown("[[#Early life]] [[#Early life|then]]").count(">Early life</a>") == 1
    assert ">then</a>" in shown("[[#Early life|then]]")


def test_links_lead_to_headings_and_blocks():
    for written, href in (
        ("[[Ada#Early life]]", "/notes/1#user-content-early-life"),
        ("[[Ada#Life#Early life]]", "/notes/1#user-content-early-life"),
        ("[[Ada#^ab12]]", "/notes/1#user-content-block-ab12"),
        ("[[#Early life]]", "#user-content-early-life"),
        ("[[#^ab12]]", "#user-content-block-ab12"),
        ("[[Projects/House#Roof]]", "/notes/2#user-content-roof"),
    ):
        assert f'href="{href}"' in shown(written)


@pytest.mark.parametrize(
    ("markdown", "start"),
    [
        ("words here ^ab12", '<p id="user-content-block-ab12">words here</p>'),
        ("- one ^ab12\n- two", '<ul>\n<li id="user-content-block-ab12">one</li>'),
        ("> quote\n\n^ab12", '<blockquote id="user-content-block-ab12">'),
        ("- a\n- b\n\n^ab12", '<ul id="user-content-block-ab12">'),
        ("| a |\n|---|\n| b |\n\n^ab12", '<div class="table-scroll" tabindex="0" id="user-content-block-ab12">'),
        ("```\ncode\n```\n\n^ab12", '<div id="user-content-block-ab12"></div>\n<pre'),
        ("# head ^ab12", '<div id="user-content-block-ab12"></div>\n<h1 id="user-content-head">head</h1>'),
    ],
)
def test_a_block_s_id_is_an_id_and_not_shown(markdown, start):
    html = shown(markdown)
    assert html.startswith(start) and "^" not in html


@pytest.mark.parametrize("markdown", ["2 ^10", "a^b12", "^ab12", "`x ^ab12`", "x ^ab12 y", "- ^ab12"])
def test_what_is_no_block_s_id_stays(markdown):
    assert "^" in shown(markdown) and "block-" not in shown(markdown)


TEXT = """before

# One
a ^first1

## Two *two*
- b
- c ^item22
  - d

| t |
|---|

^table3

# Three
e
"""


@pytest.mark.parametrize(
    ("anchor", "part"),
    [
        ("Two two", "## Two *two*\n- b\n- c ^item22\n  - d\n\n| t |\n|---|\n\n^table3\n"),
        ("One#Two two", "## Two *two*\n- b\n- c ^item22\n  - d\n\n| t |\n|---|\n\n^table3\n"),
        ("three", "# Three\ne\n"),
        ("^first1", "a ^first1"),
        ("^item22", "- c ^item22\n  - d"),
        ("^table3", "| t |\n|---|"),
        ("Four", None),
        ("^gone", None),
    ],
)
def test_a_part_is_what_stands_under_the_heading_or_is_marked(anchor, part):
    found = find_part(TEXT, anchor)
    assert (found and found.rstrip()) == (part and part.rstrip())
    if anchor == "One":
        assert found is not None and "Three" not in found


def test_embedded_texts_are_blocks_of_their_own():
    targets = Targets(notes={"ada": "/notes/1"}, embed=lambda inner: Markup("<div>{}</div>").format(inner))
    assert str(render_markdown("![[Ada]]", targets)) == "<div>Ada</div>\n"
    assert str(render_markdown("![[Ada]]\n![[B#c|d]]", targets)) == "<div>Ada</div>\n<div>B#c|d</div>\n"
    assert str(render_markdown("see ![[Ada]]", targets)) == '<p>see <a class="wiki" href="/notes/1">Ada</a></p>\n'
    assert "<li><div>Ada</div>" in str(render_markdown("- ![[Ada]]", targets)).replace("\n", "")
    assert "<div>" not in str(render_markdown("`![[Ada]]` [[Ada]]", targets))
    files = Targets(files={"a.png": "/files/a.png"}, embed=targets.embed)
    assert "<img" in str(render_markdown("![[a.png]]", files))
    assert "missing-file" in str(render_markdown("![[b.png]]", files))


def test_an_embedded_text_cannot_be_put_into_an_attribute():
    targets = Targets(embed=lambda _inner: Markup('<div title="a">onclick=x</div>'))
    html = str(render_markdown('<div title="\n\n![[Ada]]\n\n">', targets))
    assert Walker(html).faults == [] and "onclick" not in html
