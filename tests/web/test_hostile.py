"""Nothing hostile survives rendering, checked on the result by a walker that shares no code with it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from app.core.text import fold
from app.web.markdown import Targets, commonmark_parser, render_markdown

SCHEMES = {"http", "https", "mailto", "tel"}
ELEMENTS = {
    "script",
    "style",
    "iframe",
    "object",
    "embed",
    "form",
    "button",
    "svg",
    "base",
    "meta",
    "link",
}
# Formulas are written by the server: of these elements and attributes, and of nothing else.
FORMULA = {
    "math", "menclose", "mfrac", "mi", "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom",
    "mprescripts", "mroot", "mrow", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd",
    "mtext", "mtr", "munder", "munderover", "none",
}  # fmt: skip
FORMULA_ATTRIBUTES = {
    "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "display", "displaystyle",
    "fence", "form", "height", "largeop", "linethickness", "lspace", "mathvariant", "maxsize", "minsize",
    "movablelimits", "notation", "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "stretchy",
    "symmetric", "voffset", "width",
}  # fmt: skip
ADDRESSES = {
    "href",
    "src",
    "action",
    "formaction",
    "cite",
    "poster",
    "data",
    "background",
    "srcset",
    "xlink:href",
}
CONTEXTS = {
    "as body": "{0}",
    "as heading and list": "# {0}\n\n- [ ] {0}\n\n> [!note] {0}",
    "as title": "[[{0}]] [[Ada|{0}]] ![[{0}]] ![[i.png|{0}]] #{0} @{0} @[[{0}]]",
    "as address": '[a]({0}) [b](<{0}>) ![c]({0}) <{0}> [d](x "{0}") [{0}](y)\n\n[e]\n\n[e]: {0}',
    "in code": "`{0}`\n\n```html\n{0}\n```\n\n```{0}\nx\n```",
    "in raw HTML": '<a href="{0}" title="{0}" id="{0}" class="{0}">{0}</a><img src="{0}" alt="{0}">',
}


class Walker(HTMLParser):
    """Collects whatever a page must not hold."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.in_formula = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_formula = self.in_formula or tag == "math"
        if tag in ELEMENTS or (self.in_formula != (tag in FORMULA)):
            self.faults.append(f"<{tag}>")
        if self.in_formula:
            self.faults += [f"<{tag} {name}={value!r}>" for name, value in attrs if name not in FORMULA_ATTRIBUTES]
        self.faults += [f"<{tag} {name}={value!r}>" for name, value in attrs if is_fault(tag, name, value or "")]

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self.in_formula = self.in_formula and tag != "math"

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.faults.append(f"<!{decl}>")

    handle_pi = unknown_decl = handle_comment


def is_fault(tag: str, name: str, value: str) -> bool:
    if name.startswith(("on", "hx-", "data-", "aria-", "x-", ":", "@")) or name in {
        "style",
        "srcset",
        "name",
    }:
        return True
    if name == "id":
        return not value.startswith("user-content-")
    if name == "src":
        return not value.startswith("/files/")
    return name in ADDRESSES and not is_safe_address(value)


def is_safe_address(value: str) -> bool:
    bare = re.sub(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]", "", value).lower()
    for candidate in (bare, re.sub(r"[\x00-\x20]", "", unquote(bare))):
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", candidate)
        if scheme and scheme[1] not in SCHEMES and not bare.startswith(("/", "#", "?")):
            return False
    return True


@pytest.mark.parametrize(
    "html",
    ["<script>", "<b onclick=x>", "<a href='java\tscript:x'>", "<a href='&#106;avascript:x'>",
     "<a href='java%09script:x'>", "<a href='java&#1;script:x'>", "<p hx-get=/x>",
     "<p data-x>", "<p style=x>", "<p id=x>", "<img src=http://x>", "<svg/onload=x>", "<!-- x -->",
     "<a href=data:x>", "<math><p>", "<math><mtext><mglyph>", "<math><annotation-xml>", "<math href=x>",
     "<math class=x>", "<mi>"],
)  # fmt: skip
def test_the_walker_sees_each_fault(html: str) -> None:
    assert Walker(html).faults


def test_without_the_sanitiser_the_walker_finds_plenty(shared_data: Path) -> None:
    parser = commonmark_parser()
    assert sum(bool(Walker(parser.render(payload)).faults) for payload in payloads(shared_data)) > 3000


def payloads(shared_data: Path) -> list[str]:
    return (shared_data / "hostile" / "xss_payloads.txt").read_text(encoding="utf-8").splitlines()


def naughty_strings(shared_data: Path) -> list[str]:
    strings = json.loads((shared_data / "hostile" / "naughty_strings.json").read_text(encoding="utf-8"))
    return [str(string) for string in strings]


def faults(context: str, string: str) -> list[str]:
    markdown = CONTEXTS[context].replace("{0}", string)
    # As a name that nothing bears and, where names stand, also as one that everything bears.
    known = {fold(string): "/notes/1", "i.png": "/files/i.png"}
    every = Targets(notes=known, people=known, topics=known, files={"i.png": "/files/i.png"})
    targets = [Targets(), every] if context == "as title" else [every]
    return [fault for it in targets for fault in Walker(str(render_markdown(markdown, it))).faults]


@pytest.mark.parametrize("context", CONTEXTS)
def test_no_script_injection_survives(shared_data: Path, context: str) -> None:
    found = [(string, fault) for string in payloads(shared_data) if (fault := faults(context, string))]
    assert found == []


@pytest.mark.parametrize("context", CONTEXTS)
def test_no_naughty_string_survives(shared_data: Path, context: str) -> None:
    strings = naughty_strings(shared_data)
    assert [(string, fault) for string in strings if (fault := faults(context, string))] == []


def test_all_payloads_in_one_note_do_no_harm_either(shared_data: Path) -> None:
    for separator in ("\n", "\n\n", " "):
        assert Walker(str(render_markdown(separator.join(payloads(shared_data)), Targets()))).faults == []


@pytest.mark.parametrize(
    "html",
    [
        '<div hx-get="/x" hx-trigger="load" data-hx-post="/y" x-data="{}">t</div>',
        '<p style="position:fixed" class="shell topbar" id="main">t</p>',
        '<a href="#main" name="main">t</a>',
        '<form action="/sign-out" method="post"><button formaction="/x">t</button></form>',
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=x&gt;">',
        "<math><annotation-xml encoding=text/html><a href=x>y</a></annotation-xml></math>",
        "<math><maction actiontype=statusline xlink:href=javascript:x>y</maction></math><math href=//x.org>z</math>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        '<a href="java&#0;script:alert(1)">t</a><a href=" &#14; javascript:alert(1)">t</a>',
        "[t](javascript&colon;alert(1)) [t](<java\tscript:alert(1)>) [t](vbscript:x) [t](data:text/html,x)",
        "<meta http-equiv=refresh content='0;url=https://x.org'><base href=https://x.org>",
        "<video src=x onerror=alert(1)></video><audio autoplay src=//x.org/a.mp3></audio>",
    ],
)
def test_what_would_act_in_the_page_is_gone(html: str) -> None:
    assert Walker(str(render_markdown(html, Targets()))).faults == []


FORMULAS = [
    r"\text{<script>x</script>}", r"\text{&#60;script&#62;x}", r"\unicode{x3c}script\unicode{x3e}",
    r"\href{javascript:x}{y}", r"\class{x}{y}", r"\style{position:fixed}{y}", r"\color{\" onclick=x}{y}",
    r"\mathrm{<img src=x onerror=y>}", r"\hspace{1em\" onclick=\"x}", r"\begin{array}{c\" onclick=x} a \end{array}",
    r"\text{</mtext></math><script>}", r"<!--", r"\operatorname{<svg onload=x>}", r"\id{main}{x}", r"\data{x}{y}",
    r"\rule[1em]{9em}{9em}", r"\tag{<b>}", r"\cssId{x}{y}", r"\def\a{<b>}\a", r"\hbox{<i>$<u>$</i>}",
]  # fmt: skip


@pytest.mark.parametrize("latex", FORMULAS)
def test_a_formula_brings_nothing_but_a_formula(latex: str) -> None:
    html = str(render_markdown(f"a ${latex}$ b\n\n$${latex}$$\n\n> [!note] ${latex}$", Targets()))
    assert Walker(html).faults == []
    assert "onclick=" not in re.sub(r">[^<]*<", "><", html)


@pytest.mark.parametrize(
    "markdown",
    [
        '<div title="\n\n$\\text{ onclick=x }$\n\n">',
        '<a href="/x" title="\n\n$$x$$\n\n" id=\'y\'>',
        '<p title="$x$ \n\n- $\\text{/><script>}$',
        "<img alt='\n\n$x$\n\n'>",
        "![$x$](i.png) [$x$]: /y '$x$'",
        "<math>$x$</math>",
        "<pre title='>\n\n$\\text{<b>}$",
    ],
)
def test_a_formula_cannot_break_out_of_what_stands_around_it(markdown: str) -> None:
    html = str(render_markdown(markdown, Targets(files={"i.png": "/files/i.png"})))
    assert Walker(html).faults == []
    for tag in re.findall(r'<[a-z](?:[^">]|"[^"]*")*>', html):
        assert "<math" not in tag[1:] and "onclick" not in re.sub(r'"[^"]*"', "", tag)


def test_raw_formulas_do_not_pass() -> None:
    assert str(render_markdown("<math><mi>x</mi></math> y", Targets())).strip() == "<p> y</p>"


def test_a_link_cannot_point_at_a_block_of_the_page_around() -> None:
    html = str(render_markdown('<a id="main" href="#main">t</a> [t](#main)', Targets()))
    assert 'id="user-content-main"' in html
    assert html.count('href="#user-content-main"') == 2
